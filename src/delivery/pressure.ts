/**
 * How hard a table is pressed. While StarRocks says of one that it has too many versions, or lags behind with compaction, every
 * further small load makes it worse. So its loads become fewer and larger: the table rests, and what comes for it meanwhile is
 * staged, or goes back, and becomes part of a load that may be larger than others. Rest and size double with each such answer, and
 * halve with each load that works. That lasts as long as the process, and concerns no other table.
 */
import type { Clock } from '../kit/clock.ts';
import { waitMs } from '../kit/retry.ts';
import type { TableId } from '../ports.ts';
import type { Item } from '../rows/batch.ts';
import { tableKey } from '../rows/destination.ts';
import type { Delivery } from './delivery.ts';
import { areAllAcked, type Outcomes, retry, sameFor } from './outcomes.ts';

export interface Pressure {
  /** True while no load of the table should begin. */
  rests(table: TableId): boolean;
  /** How many times larger than others loads of the table should be. */
  growth(table: TableId): number;
  /** Tells how a load of the table ended. */
  learn(table: TableId, outcomes: Outcomes<Item>): void;
}

const rest = { firstWaitMs: 8000, longestWaitMs: 300_000 };
/** More would take too long to forget. */
const mostLevel = 7;
const mostGrowth = 16;

export function createPressure(clock: Pick<Clock, 'now' | 'random'>): Pressure {
  const pressed = new Map<string, { readonly level: number; readonly untilMs: number }>();
  return {
    rests: (table) => clock.now() < (pressed.get(tableKey(table))?.untilMs ?? 0),
    growth: (table) => Math.min(mostGrowth, 2 ** (pressed.get(tableKey(table))?.level ?? 0)),
    learn(table, outcomes) {
      const key = tableKey(table);
      const before = pressed.get(key)?.level ?? 0;
      const isThrottled = outcomes.values().some((end) => end.verdict !== 'ack' && end.code === 'STARROCKS_THROTTLED');
      if (!isThrottled && !areAllAcked(outcomes)) return;
      const level = isThrottled ? Math.min(mostLevel, before + 1) : before - 1;
      if (level <= 0) pressed.delete(key);
      else pressed.set(key, { level, untilMs: clock.now() + waitMs(rest, level, clock.random()) });
    },
  };
}

/** Begins no load of a table that rests, and learns from those that were begun. */
export const easing = <I extends Item>(delivery: Delivery<I>, pressure: Pressure): Delivery<I> => ({
  async take(batch, run) {
    const { destination, items } = batch;
    if (pressure.rests(destination)) {
      const { database, table } = destination;
      return sameFor(items, retry('STARROCKS_THROTTLED', `${database}.${table} rests: it takes no more loads now.`));
    }
    const outcomes = await delivery.take(batch, run);
    pressure.learn(destination, outcomes);
    return outcomes;
  },
});
