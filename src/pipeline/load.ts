import type { SQSBatchItemFailure, SQSRecord } from 'aws-lambda';
import { type Delivery, newRun } from '../delivery/delivery.ts';
import type { TableId } from '../ports.ts';
import { readPointer, type Segment } from '../rows/segment.ts';
import { type AnswerDeps, answer } from './answer.ts';
import { type MarkDeps, markLoaded } from './mark-loaded.ts';
import { outcomesOfMessages } from './message-outcomes.ts';
import { type Pace, paced } from './pace.ts';
import { type Arrived, type LimitsOf, planLanes } from './plan-lanes.ts';
import { runLanes } from './run-lanes.ts';

export interface LoadDeps extends AnswerDeps, MarkDeps {
  readonly limitsOf: LimitsOf;
  readonly delivery: Delivery<Segment>;
  readonly pace: Pace;
}

/**
 * The way of every segment: pointer → plan → deliver, many segments at a time → answer → let what is loaded expire.
 *
 * @in      records of the load queue; deadlineMs, the epoch time at which this must have answered
 * @out     the pointers that must be delivered again
 * @throws  SinkError when nothing worked for a reason outside the segments
 */
export async function loadSegments(
  records: readonly SQSRecord[],
  deadlineMs: number,
  deps: LoadDeps,
): Promise<SQSBatchItemFailure[]> {
  const { pace, clock } = deps;
  const run = newRun(records, deadlineMs);
  const segments = records.map(segmentOf);
  const limitsOf = (table: TableId) => {
    const limits = deps.limitsOf(table);
    return { ...limits, maxBytes: Math.min(limits.maxBytes, pace.bytesIn(table, deadlineMs - clock.now())) };
  };
  const lanes = planLanes(records, segments, run.isOrdered, limitsOf);
  const delivery = paced(deps.delivery, pace, clock);
  const delivered = await runLanes(lanes.lanes, run, deps, (batch, own) => delivery.take(batch, own));
  const outcomes = outcomesOfMessages(segments, lanes, delivered);
  const failures = await answer(records, segments, outcomes, run, deps);
  const again = new Set(failures.map(({ itemIdentifier }) => itemIdentifier));
  const loaded = segments.flatMap((message) =>
    message.ok && outcomes.get(message.messageId)?.verdict === 'ack' && !again.has(message.messageId)
      ? message.item
      : [],
  );
  await markLoaded(loaded, run, deps);
  return failures;
}

function segmentOf({ messageId, body }: SQSRecord): Arrived<Segment> {
  const segment = readPointer(body);
  return segment
    ? { ok: true, messageId, item: segment, destination: segment.destination }
    : { ok: false, messageId, rejection: { code: 'POINTER_INVALID', detail: 'The body is no pointer to a segment.' } };
}
