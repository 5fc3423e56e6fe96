import { atLeastOnce } from '../delivery/at-least-once.ts';
import type { BadRowDeps } from '../delivery/bad-rows.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { exactlyOnce } from '../delivery/exactly-once.ts';
import { type SegmentWriter, stageAtLeastOnce, stageExactlyOnce } from '../delivery/stage.ts';
import type { Clock } from '../kit/clock.ts';
import { timeOrderedId } from '../kit/time-ordered-id.ts';
import type { SinkOptions } from '../options/table.ts';
import type { TableId } from '../ports.ts';
import type { Item, Join } from '../rows/batch.ts';
import type { Chunk } from '../rows/chunk.ts';
import { readableLabel } from '../rows/label.ts';
import type { Segment } from '../rows/segment.ts';
import { createStarRocks } from '../starrocks/stream-load.ts';
import { tableOptions } from './table-options.ts';
import { wireLedger } from './wire-ledger.ts';
import { wireSend } from './wire-starrocks.ts';
import type { Parts, Reach } from './wiring.ts';

/** A way of a batch, as the option `sink.semantic` has it: this is the only place that looks at it. */
export interface Semantic {
  /** Chunks must tell what their rows look like. */
  readonly fingerprints: boolean;
  /** Loads what the first load will need: to be called while something else is waited for. */
  prepare(): void;
  /** Bytes of rows that one load can carry. */
  maxLoadBytes(table: TableId): number;
  deliver<I extends Item>(join: Join<I>, badRows: BadRowDeps<I> | undefined, reach: Reach): Delivery<I>;
  /** @in  sendPointer: sends the pointer of a segment to the load queue; may be repeated */
  stage(writer: SegmentWriter, sendPointer: (segment: Segment) => Promise<void>): Delivery<Chunk>;
}

const isExactlyOnce = (options: SinkOptions) => options['sink.semantic'] === 'exactly-once';

/** The way of every batch: by the semantic of its table, where routes set another than the file. */
export function wireSemantic(parts: Parts): Semantic {
  const { options, routes } = parts;
  const isMixed = routes.all.some((route) => isExactlyOnce(route.options) !== isExactlyOnce(options));
  if (isMixed) return wireEach(parts);
  return isExactlyOnce(options) ? wireExactlyOnce(parts) : wireAtLeastOnce(parts);
}

/** Both semantics, behind one that picks by the table of each batch. */
function wireEach(parts: Parts): Semantic {
  const optionsOf = tableOptions(parts);
  const [once, atLeast] = [wireExactlyOnce(parts), wireAtLeastOnce(parts)];
  const semanticOf = (table: TableId) => (isExactlyOnce(optionsOf(table)) ? once : atLeast);
  const eachOf = <I extends Item>(made: (semantic: Semantic) => Delivery<I>): Delivery<I> => {
    const deliveries = new Map([once, atLeast].map((semantic) => [semantic, made(semantic)]));
    const deliveryOf = (table: TableId) => deliveries.get(semanticOf(table)) as Delivery<I>;
    return { take: (batch, run) => deliveryOf(batch.destination).take(batch, run) };
  };
  return {
    fingerprints: true,
    prepare: atLeast.prepare,
    maxLoadBytes: (table) => semanticOf(table).maxLoadBytes(table),
    deliver: (join, badRows, reach) => eachOf((semantic) => semantic.deliver(join, badRows, reach)),
    stage: (writer, sendPointer) => eachOf((semantic) => semantic.stage(writer, sendPointer)),
  };
}

/**
 * One JSON array is one document for StarRocks, and its parser takes no 4 GiB; a transaction sends several.
 *
 * @source  Stream Load reference §7.1
 */
const maxDocumentBytes = 3 * 1024 ** 3;

function wireAtLeastOnce(parts: Parts): Semantic {
  const { options, clock, telemetry } = parts;
  const optionsOf = tableOptions(parts);
  const send = wireSend(parts);
  const starrocks = createStarRocks({
    ...{ send, clock, maxRetries: options['sink.max-retries'] },
    sanitizeErrorLog: options['sink.sanitize-error-log'],
  });
  const settings = { telemetry, clock, labelPrefix: options['sink.label-prefix'] };
  return {
    fingerprints: false,
    prepare: send.prepare,
    maxLoadBytes: (table) =>
      optionsOf(table).properties['format'] === 'csv' ? Number.POSITIVE_INFINITY : maxDocumentBytes,
    deliver: (join, badRows, { objects }) => atLeastOnce({ ...settings, starrocks, join, badRows, miscounts: objects }),
    stage: (writer, sendPointer) => stageAtLeastOnce({ ...settings, ...writer, sendPointer }),
  };
}

/** How long StarRocks keeps a prepared transaction. Far longer than the sweep leaves one alone. */
const preparedTimeoutS = 86_400;

function wireExactlyOnce(parts: Parts): Semantic {
  const { options, clock, telemetry } = parts;
  const { transactions, ledger, prepare } = wireLedger(parts);
  const newBatchId = batchNamer(clock, options['sink.label-prefix']);
  const settings = { ledger, newBatchId, clock, telemetry };
  return {
    fingerprints: true,
    prepare,
    maxLoadBytes: () => Number.POSITIVE_INFINITY,
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
    return `${readableLabel(prefix, table).slice(0, 80)}-${timeOrderedId(clock.now())}`;
  };
