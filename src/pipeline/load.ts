import type { SQSBatchItemFailure, SQSRecord } from 'aws-lambda';
import type { BatchLimits } from '../rows/plan.ts';
import { readPointer, type Segment } from '../rows/segment.ts';
import type { Postpone } from './back-pressure.ts';
import { type Arrived, carry } from './carry.ts';
import { type Delivery, deliver, type ItemKind, newRun } from './delivery.ts';
import { sameFor } from './outcomes.ts';
import type { Pace } from './pace.ts';
import type { Telemetry } from './telemetry.ts';

export interface LoadDeps {
  readonly limits: BatchLimits;
  readonly delivery: Delivery;
  readonly segments: ItemKind<Segment>;
  readonly pace: Pace;
  readonly postpone: Postpone | undefined;
  readonly telemetry: Telemetry;
}

/**
 * The way of every segment: pointer → plan → load, many segments at a time → settle.
 *
 * @in   records of the load queue; deadlineMs, the epoch time at which this must have answered
 * @out  the pointers that must be delivered again
 */
export async function loadSegments(
  records: readonly SQSRecord[],
  deadlineMs: number,
  deps: LoadDeps,
): Promise<SQSBatchItemFailure[]> {
  const { delivery, pace, limits, segments } = deps;
  const isOrdered = records[0]?.attributes.SequenceNumber !== undefined;
  const run = newRun(deadlineMs, isOrdered);
  const arrived = records.map((record) => arrivedOf(record));
  return carry(records, arrived, {
    ...deps,
    clock: delivery.clock,
    limits: { ...limits, maxBytes: Math.min(limits.maxBytes, pace.bytesIn(deadlineMs - delivery.clock.now())) },
    load: async (batch) => {
      const bytes = batch.items.reduce((sum, item) => sum + item.bytes, 0);
      const startedMs = delivery.clock.now();
      if (bytes > pace.bytesIn(deadlineMs - startedMs)) {
        return sameFor(batch.items, {
          verdict: 'retry',
          code: 'DEADLINE_NEAR',
          detail: `${bytes} bytes are left to load.`,
        });
      }
      const outcomes = await deliver(batch, segments, run, delivery);
      const isLoaded = outcomes.values().every(({ verdict }) => verdict === 'ack');
      if (isLoaded) pace.learn(bytes, delivery.clock.now() - startedMs);
      return outcomes;
    },
  });
}

function arrivedOf({ messageId, body }: SQSRecord): Arrived<Segment> {
  const segment = readPointer(body);
  return segment
    ? { ok: true, messageId, item: segment, destination: segment.destination }
    : { ok: false, messageId, rejection: { code: 'POINTER_INVALID', detail: 'The body is no pointer to a segment.' } };
}
