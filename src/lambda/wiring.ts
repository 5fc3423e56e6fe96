import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type CredentialSource, fixedCredentials, secretCredentials } from '../aws/credentials.ts';
import type { Clock } from '../kit/clock.ts';
import type { ObjectStore } from '../object-store.ts';
import type { SinkOptions } from '../options/table.ts';
import type { Postpone } from '../pipeline/back-pressure.ts';
import type { Delivery } from '../pipeline/delivery.ts';
import type { PolledQueue } from '../pipeline/drain.ts';
import { withFreshCredentials } from '../pipeline/fresh-credentials.ts';
import type { Payloads } from '../pipeline/payload.ts';
import type { Telemetry } from '../pipeline/telemetry.ts';
import type { SendToStarRocks } from '../ports.ts';
import type { CsvLayout } from '../rows/csv-rows.ts';
import { decodeDelimiter } from '../rows/delimiters.ts';
import type { Segment } from '../rows/segment.ts';
import { createSend } from '../starrocks/send.ts';
import { createStarRocks } from '../starrocks/stream-load.ts';
import { createTransactions } from '../starrocks/transaction.ts';

/** What both functions are made from. */
export interface Parts {
  readonly options: SinkOptions;
  readonly credentials: CredentialSource;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** No run of a function lasts longer; a claim that is older and has no decision was left behind. */
  readonly longestRunMs: number;
  /** The bucket, when one is set. */
  readonly objects: ObjectStore | undefined;
  readonly postpone: Postpone;
  /** Where large payloads may stand. */
  readonly payloads: Payloads | undefined;
  /** The load queue, to be polled, when one is set. */
  readonly queue: PolledQueue | undefined;
  /** Sends a pointer to the load queue, when one is set. */
  readonly sendPointer: ((segment: Segment) => Promise<void>) | undefined;
}

/** How long StarRocks keeps a prepared transaction; half of it, so that clocks may differ, is counted on. */
const preparedTimeoutS = 86_400;

export function credentialsOf(options: SinkOptions, clock: Clock): CredentialSource {
  const { 'sink.secret-id': secretId, username = '', password = '' } = options;
  return secretId === undefined ? fixedCredentials({ username, password }) : secretCredentials(secretId, clock);
}

/** How rows get into StarRocks, by the semantic that is set. */
export function wireDelivery(parts: Parts): Delivery {
  const { options, credentials, clock, telemetry, objects, longestRunMs } = parts;
  const send = wireSend(parts);
  const sanitizeErrorLog = options['sink.sanitize-error-log'];
  const maxRetries = options['sink.max-retries'];
  const publishTimeoutMs = options['sink.publish-timeout.ms'];
  const settings = { clock, telemetry, labelPrefix: options['sink.label-prefix'] };
  if (options['sink.semantic'] === 'at-least-once') {
    const starrocks = createStarRocks({ send, clock, maxRetries, sanitizeErrorLog });
    return { ...settings, semantic: 'at-least-once', starrocks: withFreshCredentials(starrocks, credentials.forget) };
  }
  if (objects === undefined) throw new TypeError('Options that passed their checks have a bucket.');
  const sendPointer = parts.sendPointer ?? (async () => Promise.reject(new Error('sink.load-queue-url is not set.')));
  const prefix = options['sink.label-prefix'] ?? 'sink';
  return {
    ...settings,
    semantic: 'exactly-once',
    transactions: createTransactions({
      ...{ send, clock, sanitizeErrorLog },
      ...(publishTimeoutMs > 0 ? { publishTimeoutMs } : {}),
    }),
    ledger: { objects, sendPointer, longestRunMs, preparedForMs: (preparedTimeoutS * 1000) / 2 },
    newBatchId: (table) => {
      const readable = `${prefix}-${table.replace(/[^-\w]/g, '_')}`.slice(0, 80);
      return `${readable}-${randomBytes(16).toString('hex')}`;
    },
    maxRetries,
    preparedTimeoutS,
  };
}

function wireSend({ options, credentials, clock }: Parts): SendToStarRocks & ReturnType<typeof createSend> {
  const ca = options['sink.tls.ca'];
  const socketTimeoutMs = options['sink.socket.timeout-ms'];
  return createSend(
    {
      loadUrls: options['load-url'],
      credentials: () => credentials.read(),
      connectTimeoutMs: options['sink.connect.timeout-ms'],
      waitForContinueMs: options['sink.wait-for-continue.timeout-ms'],
      redirectHosts: options['sink.redirect.hosts'],
      redirectMap: options['sink.redirect.map'],
      ...(socketTimeoutMs > 0 ? { socketTimeoutMs } : {}),
      ...(ca === undefined ? {} : { ca: ca.startsWith('-----BEGIN') ? ca : readFileSync(ca, 'utf8') }),
    },
    clock,
  );
}

export function csvLayoutOf({ properties }: SinkOptions): CsvLayout {
  return {
    columnSeparator: decodeDelimiter(properties['column_separator'] ?? '\t'),
    rowDelimiter: decodeDelimiter(properties['row_delimiter'] ?? '\n'),
    enclose: properties['enclose'],
    escape: properties['escape'],
  };
}

/** Bad rows can be kept where there is a bucket, and where nobody wants their whole message back. */
export const keepsBadRows = (parts: Parts): parts is Parts & { readonly objects: ObjectStore } =>
  parts.objects !== undefined && parts.options['sink.on-bad-row'] === 'reject';
