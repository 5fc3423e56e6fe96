import { expect, it } from 'vitest';
import { Gathering } from '../../src/follow/gathering.ts';
import type { SnapshotPlace, TableProgress } from '../../src/follow/mysql/place.ts';
import { snapshotPortions } from '../../src/follow/mysql/snapshot-portions.ts';
import type { KeyRange, RangeRows } from '../../src/mysql/follow/source.ts';
import { followed } from './follow-targets.ts';
import { table } from './migrate-schema-builder.ts';

const names = ['a', 'b', 'c'];
const tables = followed(
  names.map((name) => table(`shop.${name}`, ['id int NOT NULL'], ['id'])),
  { source: { database: '^shop$' }, database: 't', table: 'all', primaryKey: ['id'] },
);
/** Each table has rows 1 to 30, in three ranges; a batch of a range is five rows. */
const ranges: readonly KeyRange[] = [{ upTo: ['10'] }, { after: ['10'], upTo: ['20'] }, { after: ['20'] }];
const lane = { database: 't', table: 'all', group: 'g' };

function world() {
  const [read, open] = [[] as string[], { now: 0, most: 0 }];
  const source = {
    async *readRange({ shape }: (typeof tables)[number], { after, upTo }: KeyRange): AsyncGenerator<RangeRows> {
      open.now++;
      open.most = Math.max(open.most, open.now);
      try {
        const last = Number(upTo?.[0] ?? 30);
        for (let id = Number(after?.[0] ?? 0) + 1; id <= last; id += 5) {
          await new Promise(setImmediate);
          const rows = Array.from({ length: Math.min(5, last - id + 1) }, (_, index) => [String(id + index)]);
          read.push(`${shape.table}${id}`);
          yield { shape, rows, last: rows.at(-1) ?? [] };
        }
      } finally {
        open.now--;
      }
    },
  };
  const deps = {
    ...{ source, parallelRanges: 2, rangesOf: async () => ranges, keepTables: async () => 'tables/1' },
    tableOf: async ({ table: name }: TableProgress) => tables.find((each) => each.table === name)!,
    planRanges: async () => ({ key: 'k', count: ranges.length }),
    ofRow: (shape: { readonly table: string }, [id = '']: readonly string[]) => [{ lane, text: `${shape.table}${id}` }],
  };
  return { read, open, deps };
}

const start = { gtid: 'g:1', file: '', offset: 0 };
const first: SnapshotPlace = {
  ...{ phase: 'snapshot', start },
  tables: names.map((name) => ({ database: 'shop', table: name, estimatedRows: 30, next: 0, open: [], rows: 0 })),
};
const all = names.flatMap((name) => Array.from({ length: 30 }, (_, index) => `${name}${index + 1}`));

it('copies all rows once, never more ranges at once than are allowed, and then gives the place in the binlog', async () => {
  const { open, deps } = world();
  const rows: string[] = [];
  let last: unknown;
  for await (const portion of snapshotPortions(first, new AbortController().signal, {
    ...deps,
    gathering: new Gathering({ chunkBytes: 50, portionBytes: 60 }),
  })) {
    rows.push(...portion.chunks.flatMap((chunk) => chunk.rows));
    last = portion.next;
  }
  expect(rows.toSorted()).toEqual(all.toSorted());
  expect(open).toEqual({ now: 0, most: 2 });
  expect(last).toEqual({ phase: 'binlog', position: start, tables: 'tables/1', versions: { sinceMs: 0, rows: 90 } });
});

it('goes on behind the last row of each range, wherever it was interrupted', async () => {
  for (let stopsAt = 1; stopsAt < 12; stopsAt++) {
    const rows: string[] = [];
    let place = first;
    const portionsOf = (from: SnapshotPlace, deps: ReturnType<typeof world>['deps']) =>
      snapshotPortions(from, new AbortController().signal, {
        ...deps,
        gathering: new Gathering({ chunkBytes: 50, portionBytes: 20 }),
      });
    let portions = 0;
    const before = world();
    for await (const portion of portionsOf(first, before.deps)) {
      rows.push(...portion.chunks.flatMap((chunk) => chunk.rows));
      if (portion.next.phase === 'snapshot') place = JSON.parse(JSON.stringify(portion.next)) as SnapshotPlace;
      if (++portions === stopsAt) break;
    }
    expect(before.open.now).toBe(0);
    const { deps, read } = world();
    for await (const portion of portionsOf(place, deps)) rows.push(...portion.chunks.flatMap((chunk) => chunk.rows));
    expect(rows.toSorted()).toEqual(all.toSorted());
    // What was copied is not read again.
    expect(read.length).toBeLessThan(18);
  }
});
