import type { SQSBatchItemFailure, SQSRecord } from 'aws-lambda';
import { type Delivery, newRun } from '../delivery/delivery.ts';
import { inTime } from '../kit/in-time.ts';
import { rowsIn } from '../rows/batch.ts';
import type { Chunk } from '../rows/chunk.ts';
import type { Telemetry } from '../telemetry.ts';
import { closingMs, type GiveBackDeps, giveBack } from './back-pressure.ts';
import { outcomesOfMessages, reportOutcomes, throwWhenNothingWorked } from './message-outcomes.ts';
import { type ParkDeps, parkRejected, parkUnreadable } from './park.ts';
import { type BatchLimits, planLanes } from './plan-lanes.ts';
import { type ReadDeps, readMessages } from './read-messages.ts';
import { runLanes } from './run-lanes.ts';
import { settle } from './settle.ts';

export interface IngestDeps extends ReadDeps, ParkDeps, GiveBackDeps {
  readonly limits: BatchLimits;
  readonly delivery: Delivery<Chunk>;
  readonly telemetry: Telemetry;
}

/**
 * The way of every message: read → plan → deliver → give back → settle. What can never be loaded is parked on the way.
 *
 * @in      records of one event; deadlineMs, the epoch time at which this must have answered
 * @out     the messages that must be delivered again; none is held back by the failure of another
 * @throws  SinkError when nothing worked for a reason outside the messages
 */
export async function ingest(
  records: readonly SQSRecord[],
  deadlineMs: number,
  deps: IngestDeps,
): Promise<SQSBatchItemFailure[]> {
  const run = newRun(records, deadlineMs);
  const messages = await parkUnreadable(records, await readMessages(records, deps, deadlineMs), deps);
  deps.telemetry.count('RowsReceived', rowsIn(messages.flatMap((message) => (message.ok ? message.item : []))));
  const lanes = planLanes(records, messages, run.isOrdered, deps.limits);
  const delivered = await runLanes(lanes.lanes, run, deps.clock, (batch) => deps.delivery.take(batch, run));
  const ended = outcomesOfMessages(messages, lanes, delivered);
  const outcomes = await inTime(
    parkRejected(records, ended, deps),
    closingMs(run, deps.clock),
    deps.clock,
    () => ended,
  );
  reportOutcomes(messages, outcomes, deps.telemetry);
  await giveBack(records, outcomes, closingMs(run, deps.clock), deps);
  throwWhenNothingWorked(outcomes);
  return settle(records, outcomes, run.isOrdered);
}
