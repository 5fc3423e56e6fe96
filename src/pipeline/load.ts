import type { SQSBatchItemFailure, SQSRecord } from 'aws-lambda';
import { type Delivery, newRun } from '../delivery/delivery.ts';
import type { Clock } from '../kit/clock.ts';
import { inTime } from '../kit/in-time.ts';
import { rowsIn } from '../rows/batch.ts';
import { readPointer, type Segment } from '../rows/segment.ts';
import type { Telemetry } from '../telemetry.ts';
import { closingMs, type GiveBackDeps, giveBack } from './back-pressure.ts';
import { outcomesOfMessages, reportOutcomes, throwWhenNothingWorked } from './message-outcomes.ts';
import { type Pace, paced } from './pace.ts';
import { type ParkDeps, parkRejected } from './park.ts';
import { type Arrived, type BatchLimits, planLanes } from './plan-lanes.ts';
import { runLanes } from './run-lanes.ts';
import { settle } from './settle.ts';

export interface LoadDeps extends ParkDeps, GiveBackDeps {
  readonly limits: BatchLimits;
  readonly delivery: Delivery<Segment>;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/**
 * The way of every segment: pointer → plan → deliver, many segments at a time → give back → settle.
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
  const { limits, pace, clock, telemetry } = deps;
  const run = newRun(records, deadlineMs);
  const segments = records.map(segmentOf);
  telemetry.count('RowsReceived', rowsIn(segments.flatMap((message) => (message.ok ? message.item : []))));
  const maxBytes = Math.min(limits.maxBytes, pace.bytesIn(deadlineMs - clock.now()));
  const lanes = planLanes(records, segments, run.isOrdered, { ...limits, maxBytes });
  const delivery = paced(deps.delivery, pace, clock);
  const delivered = await runLanes(lanes.lanes, run, clock, (batch) => delivery.take(batch, run));
  const ended = outcomesOfMessages(segments, lanes, delivered);
  const outcomes = await inTime(parkRejected(records, ended, deps), closingMs(run, clock), clock, () => ended);
  reportOutcomes(segments, outcomes, telemetry);
  await giveBack(records, outcomes, closingMs(run, clock), deps);
  throwWhenNothingWorked(outcomes);
  return settle(records, outcomes, run.isOrdered);
}

function segmentOf({ messageId, body }: SQSRecord): Arrived<Segment> {
  const segment = readPointer(body);
  return segment
    ? { ok: true, messageId, item: segment, destination: segment.destination }
    : { ok: false, messageId, rejection: { code: 'POINTER_INVALID', detail: 'The body is no pointer to a segment.' } };
}
