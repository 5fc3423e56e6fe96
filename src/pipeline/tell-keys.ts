import type { Clock } from '../kit/clock.ts';
import type { TableId } from '../ports.ts';
import { tableKey } from '../rows/destination.ts';
import type { KeyFindings } from '../rows/fit-chunk.ts';
import type { Telemetry } from '../telemetry.ts';

export interface KeyTeller {
  /** Some of these keys were not met in rows of the table before. */
  areNew(table: TableId, unknown: ReadonlySet<string>): boolean;
  /** Counts rows with unknown keys, and names them once an hour for each table; keys in another case are named once. */
  tell(table: TableId, findings: KeyFindings): void;
}

const hourMs = 3_600_000;
/** Names are the producer's, and many. */
const namesShown = 10;

/** Of each table; who invents keys without end is not followed. */
const mostKeysMet = 1000;

/** Remembers what was told of the keys of rows. */
export function createKeyTeller(telemetry: Telemetry, clock: Pick<Clock, 'now'>): KeyTeller {
  const met = new Map<string, Set<string>>();
  const toldMs = new Map<string, number>();
  const mayTell = (what: string, everyMs: number) => {
    const now = clock.now();
    if (now - (toldMs.get(what) ?? Number.NEGATIVE_INFINITY) < everyMs) return false;
    toldMs.set(what, now);
    return true;
  };
  return {
    areNew(id, unknown) {
      const known = met.get(tableKey(id)) ?? new Set();
      met.set(tableKey(id), known);
      const fresh = known.size < mostKeysMet ? [...unknown].filter((key) => !known.has(key)) : [];
      for (const key of fresh) known.add(key);
      return fresh.length > 0;
    },
    tell(id, { unknown, rowsWithUnknown, misspelt }) {
      // As nearly always, thousands of times in an event.
      if (rowsWithUnknown === 0 && misspelt.size === 0) return;
      const key = tableKey(id);
      const table = `${id.database}.${id.table}`;
      const shown = (keys: ReadonlySet<string>) => [...keys].slice(0, namesShown).map((name) => name.slice(0, 64));
      if (rowsWithUnknown > 0) telemetry.count('RowsWithUnknownKeys', rowsWithUnknown);
      if (rowsWithUnknown > 0 && mayTell(`unknown ${key}`, hourMs))
        telemetry.event('warn', 'keys without a column', { table, keys: shown(unknown), rows: rowsWithUnknown });
      if (misspelt.size > 0 && mayTell(`misspelt ${key}`, Number.POSITIVE_INFINITY))
        telemetry.event('info', 'keys in another case', { table, keys: shown(misspelt) });
    },
  };
}
