import { readFileSync } from 'node:fs';
import { type CredentialSource, fixedCredentials, secretCredentials } from '../aws/credentials.ts';
import type { Clock } from '../kit/clock.ts';
import type { SinkOptions } from '../options/table.ts';
import { withFreshCredentials } from '../pipeline/fresh-credentials.ts';
import type { IngestDeps } from '../pipeline/ingest.ts';
import type { Telemetry } from '../pipeline/telemetry.ts';
import type { CsvLayout } from '../rows/csv-rows.ts';
import { decodeDelimiter } from '../rows/delimiters.ts';
import { createRouter, type RouteRules } from '../rows/route.ts';
import { createSchemaCache } from '../starrocks/schema-cache.ts';
import { createSend } from '../starrocks/send.ts';
import { createStarRocks } from '../starrocks/stream-load.ts';

export function credentialsOf(options: SinkOptions, clock: Clock): CredentialSource {
  const { 'sink.secret-id': secretId, username = '', password = '' } = options;
  return secretId === undefined ? fixedCredentials({ username, password }) : secretCredentials(secretId, clock);
}

/** Everything the ingest pipeline needs, made from options. */
export function wireIngest(
  options: SinkOptions,
  credentials: CredentialSource,
  clock: Clock,
  telemetry: Telemetry,
): IngestDeps {
  const ca = options['sink.tls.ca'];
  const send = createSend(
    {
      loadUrls: options['load-url'],
      credentials: () => credentials.read(),
      connectTimeoutMs: options['sink.connect.timeout-ms'],
      waitForContinueMs: options['sink.wait-for-continue.timeout-ms'],
      redirectHosts: options['sink.redirect.hosts'],
      redirectMap: options['sink.redirect.map'],
      ...(ca === undefined ? {} : { ca: ca.startsWith('-----BEGIN') ? ca : readFileSync(ca, 'utf8') }),
    },
    clock,
  );
  const sanitize = options['sink.sanitize-error-log'];
  const starrocks = createStarRocks({
    send,
    clock,
    maxRetries: options['sink.max-retries'],
    sanitizeErrorLog: sanitize,
  });
  const connectTimeoutMs = options['sink.connect.timeout-ms'];
  const schemas = createSchemaCache(options['jdbc-url'], credentials, connectTimeoutMs, clock);
  const rules: RouteRules = {
    database: options['database-name'],
    table: options['table-name'],
    allow: options['sink.tables.allow'],
    properties: options.properties,
  };
  return {
    decode: {
      maxInflatedBytes: options['sink.max-inflated-bytes'],
      defaultFormat: options.properties['format'] === 'csv' ? 'csv' : undefined,
      csv: csvLayoutOf(options),
    },
    rules,
    route: createRouter(rules),
    schemaOf: async (target) => {
      const schema = await schemas(target);
      return schema?.columns.filter((column) => !column.generated).map((column) => column.name);
    },
    limits: { maxRows: options['sink.buffer-flush.max-rows'], maxBytes: options['sink.buffer-flush.max-bytes'] },
    delivery: {
      ...{ semantic: 'at-least-once', clock, telemetry, labelPrefix: options['sink.label-prefix'] },
      starrocks: withFreshCredentials(starrocks, () => credentials.forget()),
    },
    telemetry,
  };
}

function csvLayoutOf({ properties }: SinkOptions): CsvLayout {
  return {
    columnSeparator: decodeDelimiter(properties['column_separator'] ?? '\t'),
    rowDelimiter: decodeDelimiter(properties['row_delimiter'] ?? '\n'),
    enclose: properties['enclose'],
    escape: properties['escape'],
  };
}
