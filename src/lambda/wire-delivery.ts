import { readFileSync } from 'node:fs';
import { atLeastOnce } from '../delivery/at-least-once.ts';
import type { BadRowDeps } from '../delivery/bad-rows.ts';
import type { Delivery, Run } from '../delivery/delivery.ts';
import { exactlyOnce } from '../delivery/exactly-once.ts';
import { type SegmentWriter, stageAtLeastOnce, stageExactlyOnce } from '../delivery/stage.ts';
import type { Clock } from '../kit/clock.ts';
import { timeOrderedId } from '../kit/time-ordered-id.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { SendToStarRocks } from '../ports.ts';
import type { Item, Join } from '../rows/batch.ts';
import type { Chunk } from '../rows/chunk.ts';
import type { Segment } from '../rows/segment.ts';
import { withFreshCredentials } from '../starrocks/fresh-credentials.ts';
import { createSend } from '../starrocks/send.ts';
import { createStarRocks } from '../starrocks/stream-load.ts';
import { createTransactions } from '../starrocks/transaction.ts';
import type { Parts } from './wiring.ts';

/** The two ways of a batch, as the option `sink.semantic` has them: this is the only place that looks at it. */
export interface Semantic {
  /** Chunks must tell what their rows look like. */
  readonly fingerprints: boolean;
  /** Bytes of rows that one load can carry. */
  readonly maxLoadBytes: number;
  deliver<I extends Item>(join: Join<I>, badRows: BadRowDeps<I> | undefined): Delivery<I>;
  /** @in  sendPointer: sends the pointer of a segment to the load queue; may be repeated */
  stage(writer: SegmentWriter, sendPointer: (segment: Segment) => Promise<void>): Delivery<Chunk>;
}

export const wireSemantic = (parts: Parts): Semantic =>
  parts.options['sink.semantic'] === 'exactly-once' ? wireExactlyOnce(parts) : wireAtLeastOnce(parts);

/**
 * One JSON array is one document for StarRocks, and its parser takes no 4 GiB; a transaction sends several.
 *
 * @source  Stream Load reference §7.1
 */
const maxDocumentBytes = 3 * 1024 ** 3;

function wireAtLeastOnce(parts: Parts): Semantic {
  const { options, credentials, clock, telemetry } = parts;
  const starrocks = createStarRocks({
    ...{ send: wireSend(parts), clock, maxRetries: options['sink.max-retries'] },
    sanitizeErrorLog: options['sink.sanitize-error-log'],
  });
  const settings = { telemetry, clock, labelPrefix: options['sink.label-prefix'] };
  return {
    fingerprints: false,
    maxLoadBytes: options.properties['format'] === 'csv' ? Number.POSITIVE_INFINITY : maxDocumentBytes,
    deliver: (join, badRows) =>
      atLeastOnce({ ...settings, starrocks: withFreshCredentials(starrocks, credentials.forget), join, badRows }),
    stage: (writer, sendPointer) => stageAtLeastOnce({ ...settings, ...writer, sendPointer }),
  };
}

/** How long StarRocks keeps a prepared transaction. Far longer than the sweep leaves one alone. */
const preparedTimeoutS = 86_400;

/** Clocks of two functions may differ by so much, and nobody takes over what another is still at work on. */
const clockSkewMs = 5000;

function wireExactlyOnce(parts: Parts): Semantic {
  const { options, clock, telemetry, objects } = parts;
  if (objects === undefined) throw new TypeError('Options that passed their checks have a bucket.');
  const publishTimeoutMs = options['sink.publish-timeout.ms'];
  const transactions = createTransactions({
    ...{ send: wireSend(parts), clock, sanitizeErrorLog: options['sink.sanitize-error-log'] },
    ...(publishTimeoutMs > 0 ? { publishTimeoutMs } : {}),
  });
  const sendPointer = parts.sendPointer ?? (async () => Promise.reject(new Error('sink.load-queue-url is not set.')));
  const ledger = ({ deadlineMs }: Run): Ledger => ({
    ...{ objects, clock, deadlineMs, sendPointer },
    untilMs: deadlineMs + options['sink.deadline-reserve-ms'] + clockSkewMs,
    commit: (database, label) => transactions.commit({ database, label, deadlineMs }),
  });
  const newBatchId = batchNamer(clock, options['sink.label-prefix']);
  const settings = { ledger, newBatchId, clock, telemetry };
  return {
    fingerprints: true,
    maxLoadBytes: Number.POSITIVE_INFINITY,
    deliver: (join, badRows) =>
      exactlyOnce({
        ...settings,
        ...{ transactions, join, badRows, preparedTimeoutS, maxRetries: options['sink.max-retries'] },
      }),
    stage: (writer) => stageExactlyOnce({ ...settings, ...writer }),
  };
}

/** Names that no batch had before, and that a person can read. */
const batchNamer =
  (clock: Pick<Clock, 'now'>, prefix = 'sink') =>
  (table: string) => {
    const readable = `${prefix}-${table.replace(/[^-\w]/g, '_')}`.slice(0, 80);
    return `${readable}-${timeOrderedId(clock.now())}`;
  };

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
