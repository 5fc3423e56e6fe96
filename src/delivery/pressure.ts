/**
 * How hard a table is pressed. StarRocks asks to spare a table in two ways, and each is answered by another size of its loads:
 *
 *   too many versions, compaction lags   every further small load makes it worse: the table rests, and its loads become fewer and
 *                                        larger. Rest and size double with each such answer, and halve with each load that works
 *   too little memory                    every further large load makes it worse: the table rests, and its loads become smaller.
 *                                        They are half of what was refused, and double when several in a row have worked
 *
 * What comes for a table that rests is staged, if that makes its loads larger, or goes back. That lasts as long as the process, and
 * concerns no other table.
 */
import type { Clock } from '../kit/clock.ts';
import type { FailureCode } from '../kit/errors.ts';
import { waitMs } from '../kit/retry.ts';
import type { TableId } from '../ports.ts';
import { type Batch, bytesIn, type Item, itemsOf } from '../rows/batch.ts';
import { tableKey } from '../rows/destination.ts';
import { codeOfRefusal } from '../starrocks/refusal-codes.ts';
import type { Delivery } from './delivery.ts';
import { areAllAcked, type Outcomes, retry, sameFor } from './outcomes.ts';

export interface Pressure {
  /** Why no load of the table should begin now; undefined: one may. */
  restOf(table: TableId): FailureCode | undefined;
  /** True while the table rests so that its loads become larger. */
  gathers(table: TableId): boolean;
  /** How many times larger than others loads of the table should be. */
  growth(table: TableId): number;
  /** Bytes above which no load of the table should be. */
  mostBytes(table: TableId): number;
  /** Tells how a load of so many bytes ended. */
  learn(table: TableId, bytes: number, outcomes: Outcomes<Item>): void;
}

const rest = { firstWaitMs: 8000, longestWaitMs: 300_000 };
/** More would take too long to forget. */
const mostLevel = 7;
const mostGrowth = 16;
/** Loads need not become smaller: they cost StarRocks nearly as much. */
const leastBytes = 256 * 1024;
/** Loads that work one after the other before larger ones are tried: one that StarRocks has no memory for costs others theirs. */
const worksBeforeLarger = 8;

interface Pressed {
  /** How often it was told of too many versions, less what worked since. */
  readonly versions: number;
  /** Since StarRocks had too little memory, and until loads are as large again as then. */
  readonly short?: {
    readonly mostBytes: number;
    /** The largest load that was refused. */
    readonly refusedBytes: number;
    /** How often one was refused, without one that worked. */
    readonly refusals: number;
    readonly worked: number;
  };
  readonly untilMs: number;
  readonly code: FailureCode;
}

const { throttled, memory } = codeOfRefusal;
const unpressed: Pressed = { versions: 0, untilMs: 0, code: throttled };

const anyIs = (outcomes: Outcomes<Item>, code: FailureCode) =>
  outcomes.values().some((end) => end.verdict !== 'ack' && end.code === code);

export function createPressure(clock: Pick<Clock, 'now' | 'random'>): Pressure {
  const pressed = new Map<string, Pressed>();
  const of = (table: TableId) => pressed.get(tableKey(table)) ?? unpressed;
  const untilMs = (level: number) => (level > 0 ? clock.now() + waitMs(rest, level, clock.random()) : 0);
  const restOf = (table: TableId) => (clock.now() < of(table).untilMs ? of(table).code : undefined);

  const after = (before: Pressed, bytes: number, outcomes: Outcomes<Item>): Pressed | undefined => {
    if (areAllAcked(outcomes)) {
      const versions = Math.max(0, before.versions - 1);
      const short = before.short && larger(before.short);
      // Small loads that work need no rest: there are more of them.
      return { versions, ...(short && { short }), untilMs: untilMs(versions), code: throttled };
    }
    if (anyIs(outcomes, memory)) {
      const short = shorter(before.short, bytes);
      return { ...before, short, untilMs: untilMs(short.refusals), code: memory };
    }
    if (anyIs(outcomes, throttled)) {
      const versions = Math.min(mostLevel, before.versions + 1);
      return { ...before, versions, untilMs: untilMs(versions), code: throttled };
    }
    return undefined;
  };

  return {
    restOf,
    gathers: (table) => restOf(table) === throttled,
    growth: (table) => Math.min(mostGrowth, 2 ** of(table).versions),
    mostBytes: (table) => of(table).short?.mostBytes ?? Number.POSITIVE_INFINITY,
    learn(table, bytes, outcomes) {
      const next = after(of(table), bytes, outcomes);
      if (next === undefined) return;
      if (next.versions === 0 && next.short === undefined) pressed.delete(tableKey(table));
      else pressed.set(tableKey(table), next);
    },
  };
}

type Short = NonNullable<Pressed['short']>;

/** After a load of so many bytes was refused. */
const shorter = (before: Short | undefined, bytes: number): Short => ({
  mostBytes: Math.min(before?.mostBytes ?? Number.POSITIVE_INFINITY, Math.max(leastBytes, bytes / 2)),
  refusedBytes: Math.max(before?.refusedBytes ?? 0, bytes),
  refusals: Math.min(mostLevel, (before?.refusals ?? 0) + 1),
  worked: 0,
});

/** After a load worked. @out  undefined: loads may be as large as before */
function larger({ mostBytes, refusedBytes, worked }: Short): Short | undefined {
  if (worked + 1 < worksBeforeLarger) return { mostBytes, refusedBytes, refusals: 0, worked: worked + 1 };
  const doubled = mostBytes * 2;
  return doubled < refusedBytes ? { mostBytes: doubled, refusedBytes, refusals: 0, worked: 0 } : undefined;
}

/** Begins no load of a table that rests, and learns from those that were begun. */
export const easing = <I extends Item>(delivery: Delivery<I>, pressure: Pressure): Delivery<I> => ({
  async take(batch, run) {
    const tables = tablesOf(batch);
    for (const table of tables) {
      const code = pressure.restOf(table);
      const name = `${table.database}.${table.table}`;
      if (code) return sameFor(itemsOf(batch), retry(code, `${name} rests: it takes no more loads now.`));
    }
    const outcomes = await delivery.take(batch, run);
    for (const table of tables) pressure.learn(table, bytesIn(itemsOf(batch)), outcomes);
    return outcomes;
  },
});

/** One, or those that are loaded at once. */
const tablesOf = <I extends Item>({ destination, others = [] }: Batch<I>): readonly TableId[] => [
  destination,
  ...others.map((other) => other.destination),
];
