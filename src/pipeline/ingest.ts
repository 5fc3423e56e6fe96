import type { SQSBatchItemFailure, SQSRecord } from 'aws-lambda';
import { type Delivery, newRun } from '../delivery/delivery.ts';
import type { Chunk } from '../rows/chunk.ts';
import { type AnswerDeps, answer } from './answer.ts';
import { areAllLoaded, outcomesOfMessages, receivedOf, reportReceived } from './message-outcomes.ts';
import { parkUnreadable } from './park.ts';
import { type LimitsOf, planLanes } from './plan-lanes.ts';
import { planTogether } from './plan-together.ts';
import { type ReadDeps, readMessages } from './read-messages.ts';
import { reportBadRows } from './rejections.ts';
import { runLanes } from './run-lanes.ts';

export interface IngestDeps extends ReadDeps, AnswerDeps {
  readonly limitsOf: LimitsOf;
  readonly delivery: Delivery<Chunk>;
}

/**
 * The way of every message: read → plan → deliver → answer. What can never be loaded is parked on the way.
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
  const messages = await parkUnreadable(records, await readMessages(records, deps, deadlineMs), deadlineMs, deps);
  const received = receivedOf(records, messages);
  reportReceived(messages, received, deps.telemetry);
  const lanes = planLanes(records, messages, run.isOrdered, deps.limitsOf, deps.isAtomic ? planTogether : undefined);
  const delivered = await runLanes(lanes.lanes, run, deps, (batch, own) => deps.delivery.take(batch, own));
  const failures = areAllLoaded(received, lanes, delivered)
    ? []
    : await answer(records, messages, outcomesOfMessages(messages, lanes, delivered), run, deps);
  if (received.haveBadRows)
    reportBadRows(messages, new Set(failures.map(({ itemIdentifier }) => itemIdentifier)), deps.telemetry);
  return failures;
}
