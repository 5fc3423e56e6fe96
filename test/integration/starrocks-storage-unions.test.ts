import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storageWorld } from './starrocks-storage-world.ts';

let world: Awaited<ReturnType<typeof storageWorld>>;
beforeAll(async () => {
  world = await storageWorld();
});
afterAll(() => world.close());

const ddl = `(k INT, b BITMAP BITMAP_UNION, h HLL HLL_UNION, p PERCENTILE PERCENTILE_UNION)
  AGGREGATE KEY(k) DISTRIBUTED BY HASH(k)`;
const headers = {
  column_separator: ',',
  columns: 'k,v,b=to_bitmap(v),h=hll_hash(v),p=percentile_hash(v)',
};

describe('BITMAP, HLL and PERCENTILE', () => {
  it('unites what loads bring for a key, in one load and over several', async () => {
    const table = await world.table(ddl);
    expect(await world.load(table, headers, '1,10\n1,20\n2,10\n')).toMatchObject({ loaded: 3 });
    expect(await world.load(table, headers, '1,20\n1,30\n')).toMatchObject({ loaded: 2 });
    const rows = await world.rows(table);
    expect(
      rows.map(([k, bitmap, hll, numbers]) => [k, (bitmap as []).length, (hll as []).length, (numbers as []).length]),
    ).toEqual([
      [1, 3, 3, 4],
      [2, 1, 1, 1],
    ]);
  });

  it('takes empty values', async () => {
    const table = await world.table(ddl);
    const empty = { ...headers, columns: 'k,v,b=bitmap_empty(),h=hll_empty(),p=percentile_empty()' };
    expect(await world.load(table, empty, '1,10\n')).toMatchObject({ loaded: 1 });
    expect(await world.rows(table)).toEqual([[1, [], [], []]]);
  });

  it.each([
    ['k,b,h=hll_empty(),p=percentile_empty()', 'bitmap column must use to_bitmap or empty_bitmap function, like b='],
    ['k,v,b=to_bitmap(v)', 'HLL column must use hll_hash function, like h=hll_hash(xxx) or h=hll_empty()'],
    ['k,v,b=to_bitmap(v),h=abs(v)', 'HLL column must use hll_hash function'],
  ])('refuses to make them of plain values: %s', async (columns, message) => {
    const table = await world.table(ddl);
    expect(await world.load(table, { ...headers, columns }, '1,1\n')).toEqual({
      message: expect.stringContaining(message),
    });
  });
});
