import type { IngestDeps } from '../pipeline/ingest.ts';
import { holdRows } from '../pipeline/payload.ts';
import type { Staging } from '../pipeline/stage-batch.ts';
import { joinChunks, joinSegment } from '../rows/body.ts';
import { createRouter, type RouteRules } from '../rows/route.ts';
import { createSchemaCache } from '../starrocks/schema-cache.ts';
import { csvLayoutOf, keepsBadRows, type Parts, wireDelivery } from './wiring.ts';

/** Rows of one invocation are joined in memory, so its batches stay below this whatever max-bytes says. */
const maxDirectBytes = 90 * 1024 ** 2;
/** Event sources wait no longer; beyond it every batch is staged, and a schedule loads them. @source AWS Lambda: 300 s */
export const longestWindowMs = 300_000;

/** Everything the ingest pipeline needs, made from options. */
export function wireIngest(parts: Parts): IngestDeps {
  const { options, credentials, clock, telemetry } = parts;
  const rules: RouteRules = {
    database: options['database-name'],
    table: options['table-name'],
    allow: options['sink.tables.allow'],
    properties: options.properties,
  };
  const csv = csvLayoutOf(options);
  const schemas = createSchemaCache(options['jdbc-url'], credentials, options['sink.connect.timeout-ms'], clock);
  return {
    decode: {
      maxInflatedBytes: options['sink.max-inflated-bytes'],
      defaultFormat: options.properties['format'] === 'csv' ? 'csv' : undefined,
      csv,
    },
    payloads: parts.payloads,
    rules,
    route: createRouter(rules),
    schemaOf: async (target) => {
      const schema = await schemas(target);
      if (schema === undefined) return undefined;
      const names = (columns: typeof schema.columns) => columns.map(({ name }) => name);
      return {
        columns: names(schema.columns.filter(({ generated }) => !generated)),
        primaryKey: schema.model === 'primary' ? names(schema.columns.filter(({ key }) => key)) : undefined,
      };
    },
    limits: {
      maxRows: options['sink.buffer-flush.max-rows'],
      maxBytes: Math.min(options['sink.buffer-flush.max-bytes'], maxDirectBytes),
    },
    delivery: wireDelivery(parts),
    chunks: {
      join: joinChunks(csv),
      badRows: keepsBadRows(parts) ? { objects: parts.objects, csv, read: holdRows } : undefined,
    },
    staging: stagingOf(parts),
    postpone: parts.postpone,
    telemetry,
  };
}

function stagingOf({ options, objects, sendPointer }: Parts): Staging | undefined {
  if (objects === undefined || sendPointer === undefined) return undefined;
  const waitsLonger = options['sink.buffer-flush.interval-ms'] > longestWindowMs;
  return {
    ...{ objects, sendPointer },
    aboveBytes: waitsLonger ? 0 : options['sink.stage-above-bytes'],
    compression: options['sink.segment.compression'],
    join: joinSegment(csvLayoutOf(options)),
  };
}
