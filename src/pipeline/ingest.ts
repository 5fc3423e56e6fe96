import type { SQSBatchItemFailure, SQSRecord } from 'aws-lambda';
import type { Chunk } from '../rows/chunk.ts';
import type { BatchLimits } from '../rows/plan.ts';
import type { Postpone } from './back-pressure.ts';
import { carry } from './carry.ts';
import { type Delivery, deliver, type ItemKind, newRun } from './delivery.ts';
import { type PrepareDeps, prepareMessages } from './prepare.ts';
import { isStaged, type Staging, stageBatch } from './stage-batch.ts';
import type { Telemetry } from './telemetry.ts';

export interface IngestDeps extends PrepareDeps {
  readonly limits: BatchLimits;
  readonly delivery: Delivery;
  readonly chunks: ItemKind<Chunk>;
  /** Where large batches go; without it each batch is loaded by the invocation that received it. */
  readonly staging: Staging | undefined;
  readonly postpone: Postpone | undefined;
  readonly telemetry: Telemetry;
}

/**
 * The way of every message: decode → route → plan → load, or stage → settle.
 *
 * @in      records of one event; deadlineMs, the epoch time at which this must have answered
 * @out     the messages that must be delivered again; none is held back by the failure of another
 * @throws  SinkError as `carry`
 */
export async function ingest(
  records: readonly SQSRecord[],
  deadlineMs: number,
  deps: IngestDeps,
): Promise<SQSBatchItemFailure[]> {
  const { delivery, staging, chunks } = deps;
  const arrived = await prepareMessages(records, deps);
  const isOrdered = records[0]?.attributes.SequenceNumber !== undefined;
  const run = newRun(deadlineMs, isOrdered);
  return carry(records, arrived, {
    ...deps,
    clock: delivery.clock,
    load: (batch) =>
      staging && isStaged(batch, run, staging, delivery.clock)
        ? stageBatch(batch, run, staging, delivery)
        : deliver(batch, chunks, run, delivery),
  });
}
