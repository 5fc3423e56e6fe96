/** A database whose rows change while they are read, and that is cut otherwise whenever it is read again. */
import type { OutgoingChunk, Portion } from '../../../src/follow/outgoing.ts';
import type { Portions } from '../../../src/follow/pump.ts';
import type { Random } from '../random.ts';

export interface SimulatedChange {
  readonly table: string;
  readonly key: number;
  /** Counts the changes of the whole database; undefined: the row is gone. */
  readonly value: number;
  readonly isDelete: boolean;
}

export type SimulatedPlace =
  | { readonly phase: 'snapshot'; readonly start: number; readonly table: number; readonly key: number }
  | { readonly phase: 'log'; readonly at: number };

export const tables = ['a', 'b'] as const;
const keys = 12;

export class SimulatedDatabase {
  readonly log: SimulatedChange[] = [];
  readonly rows = new Map<string, number>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
    for (let count = 0; count < 15; count++) this.change();
  }

  change(): void {
    const change = {
      table: this.#random.pick(tables),
      key: this.#random.below(keys),
      value: this.log.length,
      isDelete: this.#random.chance(0.2),
    };
    this.log.push(change);
    const name = `${change.table}${change.key}`;
    if (change.isDelete) this.rows.delete(name);
    else this.rows.set(name, change.value);
  }

  /** Rows of some keys, as they are now. */
  #read(table: string, from: number, to: number): SimulatedRow[] {
    const found: SimulatedRow[] = [];
    for (let key = from; key < to; key++) {
      const value = this.rows.get(`${table}${key}`);
      if (value !== undefined) found.push({ from: 'snapshot', table, key, value, isDelete: false });
    }
    return found;
  }

  /** Where a snapshot began: of several that began at once, one went on. */
  readonly starts: number[] = [];

  begin(): SimulatedPlace {
    this.starts.push(this.log.length);
    return { phase: 'snapshot', start: this.log.length, table: 0, key: 0 };
  }

  /** @in  wait: until something may have happened */
  portions(wait: () => Promise<void>, mayBreak: () => boolean): Portions<SimulatedPlace> {
    const random = this.#random;
    const read = (place: SimulatedPlace): Portion<SimulatedPlace> => {
      if (place.phase === 'snapshot') {
        const table = tables[place.table];
        if (table === undefined) return { chunks: [], next: { phase: 'log', at: place.start } };
        const to = Math.min(keys, place.key + 1 + random.below(6));
        const isLast = to === keys;
        const next = { ...place, table: place.table + (isLast ? 1 : 0), key: isLast ? 0 : to };
        return { chunks: cut(this.#read(table, place.key, to), random), next };
      }
      const to = Math.min(this.log.length, place.at + 1 + random.below(8));
      const rows = this.log.slice(place.at, to).map((change): SimulatedRow => ({ from: 'log', ...change }));
      return { chunks: cut(rows, random), next: { phase: 'log', at: to } };
    };
    return async function* (from, until) {
      for (let place = from; !until.aborted; ) {
        if (mayBreak()) throw new Error('the server went away');
        const portion = read(place);
        const isIdle = portion.chunks.length === 0 && portion.next.phase === 'log' && place.phase === 'log';
        if (isIdle) await wait();
        else yield portion;
        place = portion.next;
      }
    };
  }
}

export interface SimulatedRow extends SimulatedChange {
  readonly from: 'snapshot' | 'log';
}

/** By table, in their order, in chunks of any size. */
function cut(rows: readonly SimulatedRow[], random: Random): OutgoingChunk[] {
  return [...Map.groupBy(rows, ({ table }) => table)].flatMap(([table, ofTable]) => {
    const chunks: OutgoingChunk[] = [];
    for (let at = 0; at < ofTable.length; ) {
      const some = ofTable.slice(at, at + 1 + random.below(4)).map((row) => JSON.stringify(row));
      // Some portions are too large for the state.
      const bytes = random.chance(0.3) ? 70_000 : some.join().length + 1;
      chunks.push({ lane: { database: 'd', table, group: table }, rows: some, bytes });
      at += some.length;
    }
    return chunks;
  });
}
