import type { SQSBatchItemFailure, SQSRecord } from 'aws-lambda';
import type { Run } from '../delivery/delivery.ts';
import { inTime } from '../kit/in-time.ts';
import type { Item } from '../rows/batch.ts';
import { tableKey } from '../rows/destination.ts';
import { closingMs, type GiveBackDeps, giveBack } from './back-pressure.ts';
import { type MessageOutcomes, reportOutcomes, throwWhenNothingWorked } from './message-outcomes.ts';
import { type ParkDeps, parkRejected } from './park.ts';
import type { Arrived } from './plan-lanes.ts';
import { settle } from './settle.ts';

export interface AnswerDeps extends ParkDeps, GiveBackDeps {
  /** Says of a rejected message whether it was not told of before; without it, each time is the first. */
  readonly isNews?: (messageId: string) => boolean;
}

/**
 * The end of every invocation, whose answer acks what is loaded: park what can never be → tell → give back → settle. Nothing here
 * is waited for longer than the answer can wait.
 *
 * @in      arrived: what the messages carried; delivered: what became of each of them
 * @out     the messages that must be delivered again
 * @throws  SinkError when nothing worked for a reason outside the messages
 */
export async function answer(
  records: readonly SQSRecord[],
  arrived: readonly Arrived<Item>[],
  delivered: MessageOutcomes,
  run: Run,
  deps: AnswerDeps,
): Promise<SQSBatchItemFailure[]> {
  const { clock, telemetry } = deps;
  const parked = parkRejected(records, delivered, deps);
  const outcomes = await inTime(parked, closingMs(run, clock), clock, () => delivered);
  reportOutcomes(outcomes, deps.isNews ?? (() => true), telemetry);
  const tables = new Map(
    arrived.map((message) => [message.messageId, message.ok ? tableKey(message.destination) : '']),
  );
  await giveBack(records, outcomes, (id) => tables.get(id) ?? '', closingMs(run, clock), deps);
  throwWhenNothingWorked(outcomes);
  return settle(records, outcomes, run.isOrdered);
}
