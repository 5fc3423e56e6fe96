import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadHeaders } from '../../local/starrocks/model.ts';
import { runs } from '../property-runs.ts';
import { type StorageWorld, storageWorld } from './starrocks-storage-world.ts';

let world: StorageWorld;
beforeAll(async () => {
  world = await storageWorld();
});
afterAll(() => world.close());

const csv = { column_separator: ',' };

/** The rows of a new table after loads, one after the other. */
async function rowsAfter(ddl: string, ...loads: [headers: LoadHeaders, body: string][]): Promise<unknown[][]> {
  const table = await world.table(ddl);
  for (const [headers, body] of loads) {
    const result = await world.load(table, headers, body);
    if ('message' in result) throw new Error(result.message);
  }
  return world.rows(table);
}

/** One row of a random load. */
interface Change {
  readonly k: number;
  readonly v: number | null;
  readonly op: 0 | 1;
}

const changes = fc.array(
  fc.array(
    fc.record({
      k: fc.integer({ min: 0, max: 6 }),
      v: fc.option(fc.integer({ min: 0, max: 9 })),
      op: fc.constantFrom<0 | 1>(0, 0, 1),
    }),
    { minLength: 1, maxLength: 15 },
  ),
  { minLength: 1, maxLength: 4 },
);

const body = (rows: readonly Change[]) => rows.map(({ k, v, op }) => `${k},${v ?? '\\N'},${op}\n`).join('');
const sorted = (state: ReadonlyMap<number, unknown>) => [...state].sort(([one], [other]) => one - other);

describe('random loads', () => {
  it('leave in a primary-key table what row by row upserts and deletes leave', async () => {
    await fc.assert(
      fc.asyncProperty(changes, async (loads) => {
        const state = new Map<number, number | null>();
        for (const { k, v, op } of loads.flat()) op === 1 ? state.delete(k) : state.set(k, v);
        const headers = { ...csv, columns: 'k,v,__op' };
        const rows = await rowsAfter(
          '(k INT NOT NULL, v INT NULL) PRIMARY KEY(k)',
          ...loads.map((load) => [headers, body(load)] as [LoadHeaders, string]),
        );
        expect(rows).toEqual(sorted(state));
      }),
      { numRuns: runs(40) },
    );
  });

  it('leave under a merge condition what row by row comparisons leave', async () => {
    await fc.assert(
      fc.asyncProperty(changes, async (loads) => {
        const state = new Map<number, number | null>();
        for (const { k, v, op } of loads.flat()) {
          const old = state.get(k) ?? Number.NEGATIVE_INFINITY;
          if (op === 1) state.delete(k);
          else if ((v ?? Number.NEGATIVE_INFINITY) >= old) state.set(k, v);
        }
        const headers = { ...csv, columns: 'k,v,__op', merge_condition: 'v' };
        const rows = await rowsAfter(
          '(k INT NOT NULL, v INT NULL) PRIMARY KEY(k)',
          ...loads.map((load) => [headers, body(load)] as [LoadHeaders, string]),
        );
        expect(rows).toEqual(sorted(state));
      }),
      { numRuns: runs(40) },
    );
  });

  it('leave in an aggregate table what folding row by row leaves', async () => {
    await fc.assert(
      fc.asyncProperty(changes, async (loads) => {
        const state = new Map<number, { sum: number | null; last: number | null; given: number | null }>();
        for (const { k, v } of loads.flat()) {
          const old = state.get(k) ?? { sum: null, last: null, given: null };
          state.set(k, { sum: v === null ? old.sum : (old.sum ?? 0) + v, last: v, given: v ?? old.given });
        }
        const headers = { ...csv, columns: 'k,v,skipped,s=v,r=v,i=v' };
        const ddl =
          '(k INT, s INT SUM NULL, r INT REPLACE NULL, i INT REPLACE_IF_NOT_NULL NULL) AGGREGATE KEY(k) DISTRIBUTED BY HASH(k)';
        const rows = await rowsAfter(ddl, ...loads.map((load) => [headers, body(load)] as [LoadHeaders, string]));
        expect(rows).toEqual(sorted(state).map(([k, value]) => [k, ...Object.values(value as object)]));
      }),
      { numRuns: runs(40) },
    );
  });
});
