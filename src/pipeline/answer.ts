import type { SQSBatchItemFailure, SQSRecord } from 'aws-lambda';
import type { Run } from '../delivery/delivery.ts';
import type { Failed } from '../delivery/outcomes.ts';
import { inTime } from '../kit/in-time.ts';
import type { Item } from '../rows/batch.ts';
import { tableKey } from '../rows/destination.ts';
import { closingMs, type GiveBackDeps, giveBack } from './back-pressure.ts';
import { type MessageOutcomes, reportUndecided, throwWhenNothingWorked } from './message-outcomes.ts';
import { type AfterParking, type ParkDeps, parkRejected } from './park.ts';
import type { Arrived } from './plan-lanes.ts';
import { RejectionMemory, reportRejected } from './rejections.ts';
import { settle } from './settle.ts';

export interface AnswerDeps extends ParkDeps, GiveBackDeps {
  /** Without it, each rejected message is met for the first time. */
  readonly rejections?: RejectionMemory;
}

/**
 * The end of every invocation, whose answer acks what is loaded: park what can never be → settle → tell → give back. Nothing here
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
  const parking = parkRejected(records, delivered, deps);
  const nothing: AfterParking = { outcomes: delivered, parked: new Map() };
  const { outcomes, parked } = await inTime(parking, closingMs(run, clock), clock, () => nothing);
  const failures = settle(records, outcomes, run.isOrdered);
  const failed = new Set(failures.map(({ itemIdentifier }) => itemIdentifier));
  const memory = deps.rejections ?? new RejectionMemory();
  reportRejected(records, new Map([...parkedBefore(arrived), ...parked]), outcomes, failed, { memory, telemetry });
  reportUndecided(outcomes, telemetry);
  const tables = new Map(
    arrived.map((message) => [message.messageId, message.ok ? tableKey(message.destination) : '']),
  );
  await giveBack(records, outcomes, (id) => tables.get(id) ?? '', closingMs(run, clock), deps);
  throwWhenNothingWorked(outcomes);
  return failures;
}

const parkedBefore = (arrived: readonly Arrived<Item>[]): ReadonlyMap<string, Failed> =>
  new Map(
    arrived.flatMap((message): [string, Failed][] =>
      !message.ok && message.isParked ? [[message.messageId, { verdict: 'reject', ...message.rejection }]] : [],
    ),
  );
