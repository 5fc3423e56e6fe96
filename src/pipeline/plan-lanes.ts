import type { SQSRecord } from 'aws-lambda';
import type { Pressure } from '../delivery/pressure.ts';
import { areDistinct } from '../kit/distinct-texts.ts';
import type { Destination, TableId } from '../ports.ts';
import type { Batch, Item } from '../rows/batch.ts';
import type { Rejection } from '../rows/chunk.ts';
import { destinationKey, tableKey } from '../rows/destination.ts';

/** What a message turned out to carry, or why it cannot be taken. */
export type Arrived<I extends Item> =
  | { readonly ok: true; readonly messageId: string; readonly item: I; readonly destination: Destination }
  | {
      readonly ok: false;
      readonly messageId: string;
      readonly rejection: Rejection;
      /** It is kept aside, and holds nothing back. */
      readonly isParked?: true;
    };

export type Ready<I extends Item> = Arrived<I> & { ok: true };

export interface BatchLimits {
  readonly maxRows: number;
  /** Bytes of the body. */
  readonly maxBytes: number;
  /** Bytes that a load cannot pass, however large loads of its table should be; absent: it may. */
  readonly mostBytes?: number;
  /** An item with deletes ends its batch. For items that are joined without looking for the last row of each key. */
  readonly endsAtDeletes?: true;
}

/** The limits of a table's batches: each table has its own. */
export type LimitsOf = (table: TableId) => BatchLimits;

/** Limits of a table under pressure: so many times larger, as far as a load can be, or smaller where StarRocks lacks memory. */
export function limitsUnder(
  pressure: Pick<Pressure, 'growth' | 'mostBytes'>,
  table: TableId,
  { maxRows, maxBytes, ...limits }: BatchLimits,
): BatchLimits {
  const times = pressure.growth(table);
  const mostBytes = Math.min(limits.mostBytes ?? Number.POSITIVE_INFINITY, pressure.mostBytes(table));
  return { ...limits, maxRows: maxRows * times, maxBytes: Math.min(maxBytes * times, mostBytes) };
}

/** Makes lanes of messages whose parts have to become visible at once. */
export type PlanTogether = <I extends Item>(
  messages: readonly Ready<I>[],
  isOrdered: boolean,
  limitsOf: LimitsOf,
) => Lane<I>[];

/** Batches that follow each other; what stands in other lanes may go beside them. */
export type Lane<I extends Item> = readonly Batch<I>[];

export interface Lanes<I extends Item> {
  readonly lanes: readonly Lane<I>[];
  /** How many items there are, in lanes or not. */
  readonly items: number;
  /** The item that stands for a message's own in a lane: its twin, when the same one arrived twice. */
  itemOf(message: Ready<I>): I | undefined;
}

/**
 * Says what may share a load, and what must follow what.
 *
 * Batches of one table follow each other, so that the last row of a key wins. Messages of a FIFO queue go strictly in the
 * order of their group: only neighbours share a batch, and what follows a message that cannot be taken waits.
 *
 * @in   records and what they carry, in the same order
 * @out  every item once, however often it arrived; one without rows in none, since StarRocks refuses a load of nothing
 */
export function planLanes<I extends Item>(
  records: readonly SQSRecord[],
  arrived: readonly Arrived<I>[],
  isOrdered: boolean,
  limitsOf: LimitsOf,
  planTogether?: PlanTogether,
): Lanes<I> {
  const first = new FirstOfEach(arrived);
  const told = { items: first.count, itemOf: (message: Ready<I>) => first.twinOf(message)?.item };
  if (planTogether) {
    const ready = (messages: readonly Arrived<I>[]) =>
      messages.filter((message): message is Ready<I> => message.ok && first.twinOf(message) === message);
    const groups = isOrdered ? readyInGroups(records, arrived) : [arrived];
    return { lanes: groups.flatMap((group) => planTogether(ready(group), isOrdered, limitsOf)), ...told };
  }
  const lanes = isOrdered ? lanesOfGroups(records, arrived, first, limitsOf) : lanesOfTables(first, limitsOf);
  return { lanes, ...told };
}

/** The first message of each item, by destination and identity. */
class FirstOfEach<I extends Item> {
  readonly #first: readonly (readonly Ready<I>[])[];
  /** Those that came behind the first of their item, with it: mostly none. */
  readonly #later = new Map<Ready<I>, Ready<I>>();

  constructor(arrived: readonly Arrived<I>[]) {
    this.#first = byDestination(arrived).map((messages) => this.#firstOf(messages));
  }

  get count(): number {
    return this.#first.reduce((sum, messages) => sum + messages.length, 0);
  }

  /** @out  undefined: it has no rows */
  twinOf(message: Ready<I>): Ready<I> | undefined {
    return message.item.rows === 0 ? undefined : (this.#later.get(message) ?? message);
  }

  byDestination(): readonly (readonly Ready<I>[])[] {
    return this.#first;
  }

  /** @in  messages: of one destination. @out  those of them that are the first of their item */
  #firstOf(messages: readonly Ready<I>[]): readonly Ready<I>[] {
    if (areDistinct(messages.map(({ item }) => item.id))) return messages;
    const first = new Map<string, Ready<I>>();
    for (const message of messages) {
      const twin = first.get(message.item.id);
      if (twin) this.#later.set(message, twin);
      else first.set(message.item.id, message);
    }
    return [...first.values()];
  }
}

/** Messages with rows, those of one destination together. */
function byDestination<I extends Item>(arrived: readonly Arrived<I>[]): readonly (readonly Ready<I>[])[] {
  const groups = new Map<string, Ready<I>[]>();
  const groupOf = (destination: Destination): Ready<I>[] => {
    const key = destinationKey(destination);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    return group;
  };
  let last: Destination | undefined;
  let ofLast: Ready<I>[] = [];
  for (const message of arrived) {
    if (!message.ok || message.item.rows === 0) continue;
    // Messages beside each other mostly go to one destination, which is one object.
    if (message.destination !== last) ofLast = groupOf(message.destination);
    last = message.destination;
    ofLast.push(message);
  }
  return [...groups.values()];
}

function lanesOfTables<I extends Item>(first: FirstOfEach<I>, limitsOf: LimitsOf): Lane<I>[] {
  const byTable = Map.groupBy(first.byDestination(), ([message]) => tableKey(message?.destination as Destination));
  return [...byTable.values()].map((ofTable) => ofTable.flatMap((messages) => cut(messages, limitsOf)));
}

function lanesOfGroups<I extends Item>(
  records: readonly SQSRecord[],
  arrived: readonly Arrived<I>[],
  first: FirstOfEach<I>,
  limitsOf: LimitsOf,
): Lane<I>[] {
  return readyInGroups(records, arrived).map((group) => {
    const ready = group.filter((message): message is Ready<I> => message.ok && first.twinOf(message) === message);
    return neighbours(ready).flatMap((run) => planBatches(run, limitsOf));
  });
}

/** Of each message group, what stands before the first message that cannot be taken. */
function readyInGroups<I extends Item>(records: readonly SQSRecord[], arrived: readonly Arrived<I>[]): Arrived<I>[][] {
  const groupOf = new Map(records.map(({ messageId, attributes }) => [messageId, attributes.MessageGroupId]));
  return [...Map.groupBy(arrived, ({ messageId }) => groupOf.get(messageId)).values()].map((group) => {
    const end = group.findIndex((message) => !message.ok && !message.isParked);
    return end < 0 ? group : group.slice(0, end);
  });
}

/** Runs of messages that go to one destination. */
function neighbours<I extends Item>(messages: readonly Ready<I>[]): Ready<I>[][] {
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

/** An item that knows its way. */
interface Routed<I extends Item> {
  readonly item: I;
  readonly destination: Destination;
}

/**
 * Cuts items into batches: one destination each, within the limits.
 *
 * @in      items in arrival order
 * @out     every item in exactly one batch, order kept within a destination; an item above a limit is alone in its batch
 * @source  one Stream Load loads one table: StarRocks docs, STREAM LOAD; what follows a delete: StarRocks issue 75014
 */
export function planBatches<I extends Item>(routed: readonly Routed<I>[], limitsOf: LimitsOf): Batch<I>[] {
  const byDestination = Map.groupBy(routed, ({ destination }) => destinationKey(destination));
  return [...byDestination.values()].flatMap((group) => cut(group, limitsOf));
}

function cut<I extends Item>(group: readonly Routed<I>[], limitsOf: LimitsOf): Batch<I>[] {
  const [first] = group;
  if (first === undefined) return [];
  const { maxRows, maxBytes, endsAtDeletes = false } = limitsOf(first.destination);
  const batches: { destination: Destination; items: I[]; rows: number; bytes: number }[] = [];
  for (const { item, destination } of group) {
    const bytes = item.bytes + 1;
    const open = batches.at(-1);
    const isEnded = endsAtDeletes && open?.items.at(-1)?.hasDeletes;
    if (open && !isEnded && open.rows + item.rows <= maxRows && open.bytes + bytes <= maxBytes) {
      open.items.push(item);
      open.rows += item.rows;
      open.bytes += bytes;
    } else {
      batches.push({ destination, items: [item], rows: item.rows, bytes: bytes + 1 });
    }
  }
  return batches.map(({ destination, items }) => ({ destination, items }));
}
