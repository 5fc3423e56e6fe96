import type { LoadRow, RecentLoads } from '../status/loads.ts';

/** Loads of one table, by the minute in which each ended. */
export interface TableMinutes {
  /** database.table */
  readonly table: string;
  readonly rows: readonly number[];
  readonly loads: readonly number[];
  readonly failed: readonly number[];
}

/** An hour by the minute: every list has one number for each of `minutes`. */
export interface LoadMinutes {
  /** Epoch milliseconds at which each begins, the oldest first; the last one is not over. */
  readonly minutes: readonly number[];
  readonly tables: readonly TableMinutes[];
}

const minuteMs = 60_000;
const minuteCount = 60;

/**
 * The loads of the last hour, by table and minute.
 *
 * @in   nowMs: this machine's moment of `now`, which is StarRocks': clocks and zones may differ
 */
export function loadsByMinute({ loads, now }: RecentLoads, nowMs: number): LoadMinutes {
  const firstMs = (Math.floor(nowMs / minuteMs) - minuteCount + 1) * minuteMs;
  const behindMs = nowMs - Date.parse(now);
  const minuteOf = ({ finishedAt = '' }: LoadRow) =>
    Math.floor((Date.parse(finishedAt) + behindMs - firstMs) / minuteMs);
  const ended = loads
    .map((load) => ({ load, minute: minuteOf(load) }))
    .filter(({ minute }) => minute >= 0 && minute < minuteCount);
  const byTable = Map.groupBy(ended, ({ load }) => `${load.database}.${load.table}`);
  return {
    minutes: Array.from({ length: minuteCount }, (_, minute) => firstMs + minute * minuteMs),
    tables: [...byTable].sort().map(([table, ofTable]) => ({
      table,
      rows: sums(ofTable, ({ state, rows }) => (state === 'FINISHED' ? rows : 0)),
      loads: sums(ofTable, ({ state }) => (state === 'FINISHED' ? 1 : 0)),
      failed: sums(ofTable, ({ state }) => (state === 'CANCELLED' ? 1 : 0)),
    })),
  };
}

interface Ended {
  readonly load: LoadRow;
  readonly minute: number;
}

function sums(ended: readonly Ended[], valueOf: (load: LoadRow) => number): readonly number[] {
  const found = new Array<number>(minuteCount).fill(0);
  for (const { load, minute } of ended) found[minute] = (found[minute] ?? 0) + valueOf(load);
  return found;
}
