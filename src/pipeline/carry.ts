import type { SQSBatchItemFailure, SQSRecord } from 'aws-lambda';
import type { Clock } from '../kit/clock.ts';
import { failures, SinkError } from '../kit/errors.ts';
import { mapLimited } from '../kit/map-limited.ts';
import type { Destination } from '../ports.ts';
import type { Rejection } from '../rows/chunk.ts';
import { type Batch, type BatchLimits, type Item, planBatches, type Routed } from '../rows/plan.ts';
import { destinationKey } from '../rows/route.ts';
import { acked, type Outcome, settle } from '../rows/settle.ts';
import { type Postpone, postponeThrottled } from './back-pressure.ts';
import type { Outcomes } from './outcomes.ts';
import type { Telemetry } from './telemetry.ts';

/** What a message turned out to carry, or why it cannot be taken. */
export type Arrived<I extends Item> =
  | { readonly ok: true; readonly messageId: string; readonly item: I; readonly destination: Destination }
  | { readonly ok: false; readonly messageId: string; readonly rejection: Rejection };

type Ready<I extends Item> = Arrived<I> & { ok: true };

export interface CarryDeps<I extends Item> {
  readonly limits: BatchLimits;
  readonly telemetry: Telemetry;
  readonly clock: Pick<Clock, 'random'>;
  /** How throttled messages are given back for longer; undefined where nobody can. */
  readonly postpone: Postpone | undefined;
  /** Sees a batch to its end: loads it, or stages it. */
  readonly load: (batch: Batch<I>) => Promise<Outcomes<I>>;
}

/** Loads under way at once, in lanes of their own: StarRocks wants few. */
const parallelLanes = 2;

/**
 * Brings what messages carry to StarRocks in batches, and settles every message.
 *
 * Batches of one table are loaded one after the other. Messages of a FIFO queue go strictly in the order of their group,
 * and nothing of a group is loaded behind a failure.
 *
 * @in      records and what they carry, in the same order
 * @out     the messages that must be delivered again
 * @throws  SinkError when not one message got anywhere for a reason that lies outside the messages, so that the event
 *          source backs off
 */
export async function carry<I extends Item>(
  records: readonly SQSRecord[],
  arrived: readonly Arrived<I>[],
  deps: CarryDeps<I>,
): Promise<SQSBatchItemFailure[]> {
  const first = new FirstOfEach(arrived);
  const received = arrived.reduce((sum, message) => sum + (message.ok ? message.item.rows : 0), 0);
  deps.telemetry.count('RowsReceived', received);
  const isOrdered = records[0]?.attributes.SequenceNumber !== undefined;
  const lanes = isOrdered
    ? lanesOfGroups(records, arrived, first, deps.limits)
    : lanesOfTables(first.all(), deps.limits);
  const loaded = await mapLimited(lanes, parallelLanes, (lane) => runLane(lane, isOrdered, deps.load));
  const byItem = new Map(loaded.flat().flatMap((part) => [...part]));

  const outcomes = new Map<string, Outcome>();
  for (const message of arrived) {
    const outcome = message.ok ? outcomeOf(message, first, byItem) : rejectionOf(message.rejection);
    if (outcome) outcomes.set(message.messageId, outcome);
  }
  report(outcomes, deps.telemetry);
  reportWaiting(arrived, deps.telemetry);
  await postponeThrottled(records, outcomes, deps);
  throwWhenNothingWorked(outcomes);
  return settle(records, outcomes);
}

/** The first message of each item, by destination and identity. */
class FirstOfEach<I extends Item> {
  readonly #first = new Map<string, Map<string, Ready<I>>>();

  /** The same item may arrive twice in one event; it is loaded once. One without rows is not: StarRocks refuses that. */
  constructor(arrived: readonly Arrived<I>[]) {
    for (const message of arrived) {
      if (!message.ok || message.item.rows === 0) continue;
      const key = destinationKey(message.destination);
      const ofDestination = this.#first.get(key) ?? new Map<string, Ready<I>>();
      this.#first.set(key, ofDestination);
      if (!ofDestination.has(message.item.id)) ofDestination.set(message.item.id, message);
    }
  }

  twinOf({ item, destination }: Ready<I>): Ready<I> | undefined {
    return this.#first.get(destinationKey(destination))?.get(item.id);
  }

  all(): Ready<I>[] {
    return [...this.#first.values()].flatMap((ofDestination) => [...ofDestination.values()]);
  }
}

function outcomeOf<I extends Item>(message: Ready<I>, first: FirstOfEach<I>, byItem: Outcomes<I>): Outcome | undefined {
  if (message.item.rows === 0) return acked;
  const twin = first.twinOf(message);
  return twin && byItem.get(twin.item);
}

const rejectionOf = (rejection: Rejection): Outcome => ({ verdict: failures[rejection.code].verdict, ...rejection });

type Lane<I extends Item> = readonly Batch<I>[];

/** Batches of one table follow each other, so that the last row of a key wins. */
function lanesOfTables<I extends Item>(routed: readonly Routed<I>[], limits: BatchLimits): Lane<I>[] {
  const byTable = Map.groupBy(routed, ({ destination: { database, table } }) => `${database}.${table}`);
  return [...byTable.values()].map((ofTable) => planBatches(ofTable, limits));
}

/** Within a message group only neighbours share a batch, and what follows a message that cannot be taken waits. */
function lanesOfGroups<I extends Item>(
  records: readonly SQSRecord[],
  arrived: readonly Arrived<I>[],
  first: FirstOfEach<I>,
  limits: BatchLimits,
): Lane<I>[] {
  const groupOf = new Map(records.map(({ messageId, attributes }) => [messageId, attributes.MessageGroupId]));
  const groups = Map.groupBy(arrived, ({ messageId }) => groupOf.get(messageId));
  return [...groups.values()].map((group) => {
    const end = group.findIndex(({ ok }) => !ok);
    const ready = (end < 0 ? group : group.slice(0, end)).filter(
      (message): message is Ready<I> => message.ok && first.twinOf(message) === message,
    );
    return cutRuns(ready).flatMap((run) => planBatches(run, limits));
  });
}

function cutRuns<I extends Item>(messages: readonly Ready<I>[]): Ready<I>[][] {
  const runs: Ready<I>[][] = [];
  let last: string | undefined;
  for (const message of messages) {
    const key = destinationKey(message.destination);
    if (key !== last) runs.push([]);
    runs.at(-1)?.push(message);
    last = key;
  }
  return runs;
}

async function runLane<I extends Item>(
  lane: Lane<I>,
  isOrdered: boolean,
  load: CarryDeps<I>['load'],
): Promise<Outcomes<I>[]> {
  const done: Outcomes<I>[] = [];
  for (const batch of lane) {
    const outcomes = await load(batch);
    done.push(outcomes);
    if (isOrdered && [...outcomes.values()].some(({ verdict }) => verdict !== 'ack')) break;
  }
  return done;
}

function report(outcomes: ReadonlyMap<string, Outcome>, telemetry: Telemetry): void {
  const rejected = [...outcomes].filter(([, outcome]) => outcome.verdict === 'reject');
  for (const [messageId, outcome] of rejected) telemetry.event('error', 'message rejected', { messageId, ...outcome });
  if (rejected.length > 0) telemetry.count('MessagesRejected', rejected.length);
  const undecided = [...outcomes.values()].filter(
    (outcome) => outcome.verdict !== 'ack' && outcome.code === 'UNDECIDED',
  );
  if (undecided.length > 0) telemetry.count('Undecided', undecided.length);
}

/** A payload that cannot be read, a schema that cannot be learnt: nothing else would tell why the messages come again. */
function reportWaiting<I extends Item>(arrived: readonly Arrived<I>[], telemetry: Telemetry): void {
  const reasons = new Map<string, { code: string; detail: string; messages: number; messageId: string }>();
  for (const message of arrived) {
    if (message.ok || failures[message.rejection.code].verdict !== 'retry') continue;
    const { code, detail } = message.rejection;
    const { messages, messageId } = reasons.get(detail) ?? { messages: 0, messageId: message.messageId };
    reasons.set(detail, { code, detail, messages: messages + 1, messageId });
  }
  for (const reason of reasons.values()) telemetry.event('warn', 'not taken', reason);
}

function throwWhenNothingWorked(outcomes: ReadonlyMap<string, Outcome>): void {
  const all = [...outcomes.values()].filter((outcome) => outcome.verdict !== 'reject');
  const [first] = all;
  const isOutside = (outcome: Outcome) => outcome.verdict === 'retry' && failures[outcome.code].scope === 'invocation';
  if (first && first.verdict !== 'ack' && all.every(isOutside)) throw new SinkError(first.code, first.detail);
}
