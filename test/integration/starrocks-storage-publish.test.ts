import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadHeaders } from '../../local/starrocks/model.ts';
import { type StorageWorld, storageWorld } from './starrocks-storage-world.ts';

let world: StorageWorld;
beforeAll(async () => {
  world = await storageWorld();
});
afterAll(() => world.close());

const primary = "(k INT NOT NULL, v INT NULL, w VARCHAR(9) NOT NULL DEFAULT 'none') PRIMARY KEY(k)";
const csv = { column_separator: ',' };
const json = { format: 'json' };

/** The rows of a new table after loads, one after the other. */
async function rowsAfter(ddl: string, ...loads: [headers: LoadHeaders, body: string][]): Promise<unknown[][]> {
  const table = await world.table(ddl);
  for (const [headers, body] of loads) {
    const result = await world.load(table, headers, body);
    if ('message' in result) throw new Error(result.message);
  }
  return world.rows(table);
}

describe('a primary-key table', () => {
  const cases: [says: string, loads: [LoadHeaders, string][], rows: unknown[][]][] = [
    [
      'keeps the last row of a key in a load',
      [[csv, '1,1,a\n2,2,b\n1,3,c\n']],
      [
        [1, 3, 'c'],
        [2, 2, 'b'],
      ],
    ],
    [
      'replaces rows that exist',
      [
        [csv, '1,1,a\n2,2,b\n'],
        [csv, '1,\\N,c\n'],
      ],
      [
        [1, null, 'c'],
        [2, 2, 'b'],
      ],
    ],
    [
      'deletes by a constant operation',
      [
        [csv, '1,1,a\n2,2,b\n'],
        [{ ...csv, columns: "k,v,w,__op='DELETE'" }, '1,0,x\n3,0,x\n'],
      ],
      [[2, 2, 'b']],
    ],
    [
      'deletes by the number 1',
      [
        [csv, '1,1,a\n'],
        [{ ...csv, columns: 'k,v,w,__op=1' }, '1,0,x\n'],
      ],
      [],
    ],
    [
      'deletes by a field',
      [
        [csv, '1,1,a\n2,2,b\n'],
        [{ ...csv, columns: 'k,v,w,__op' }, '1,0,x,1\n2,5,c,0\n'],
      ],
      [[2, 5, 'c']],
    ],
    [
      'deletes by a mapped field',
      [
        [csv, '1,1,a\n'],
        [{ ...csv, columns: "k,v,w,t,__op=if(t='gone',1,0)" }, '1,0,x,gone\n2,2,b,here\n'],
      ],
      [[2, 2, 'b']],
    ],
    [
      'deletes by the key __op of JSON rows, and upserts without it',
      [
        [csv, '1,1,a\n'],
        [json, '{"k":1,"w":"x","__op":1}{"k":2,"w":"y"}'],
      ],
      [[2, null, 'y']],
    ],
    [
      'deletes by the key __op beside the header columns',
      [
        [csv, '1,1,a\n'],
        [{ ...json, columns: 'k,v' }, '{"k":1,"__op":1}{"k":2,"v":7}'],
      ],
      [[2, 7, 'none']],
    ],
    [
      'upserts after a delete in one load, and deletes after an upsert',
      [[{ ...csv, columns: 'k,v,w,__op' }, '1,1,a,1\n1,2,b,0\n2,1,a,0\n2,2,b,1\n']],
      [[1, 2, 'b']],
    ],
  ];
  it.each(cases)('%s', async (_, loads, rows) => {
    expect(await rowsAfter(primary, ...loads)).toEqual(rows);
  });

  it('has rows with jsonpaths upserted, since __op has no path', async () => {
    const headers = { ...json, jsonpaths: '["$.k","$.v","$.w"]', columns: 'k,v,w' };
    expect(await rowsAfter(primary, [headers, '{"k":1,"v":2,"w":"a","__op":1}'])).toEqual([[1, 2, 'a']]);
  });

  it.each([
    ['2', "Error: load op type should only be upsert(0)/delete(1). Row: [1, 1, 'a', 2]"],
    ['delete', "Error: NULL value in non-nullable column '__op'. Row: [1, 1, 'a', NULL]"],
    ['\\N', "Error: NULL value in non-nullable column '__op'. Row: [1, 1, 'a', NULL]"],
  ])('filters rows with the operation %s', async (operation, error) => {
    const table = await world.table(primary);
    const result = await world.load(table, { ...csv, columns: 'k,v,w,__op' }, `1,1,a,${operation}\n`);
    expect(result).toMatchObject({ loaded: 0, filtered: 1, errors: [error] });
  });
});

describe('the operation', () => {
  it('means nothing to a duplicate-key table', async () => {
    const ddl = '(k INT, v INT) DUPLICATE KEY(k)';
    expect(
      await rowsAfter(ddl, [json, '{"k":1,"v":1,"__op":1}'], [{ ...csv, columns: 'k,v,__op' }, '2,2,1\n']),
    ).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });
});

describe.each(['row', 'column', 'auto'])('a partial update by %s', (mode) => {
  const partial = { ...csv, partial_update: 'true', partial_update_mode: mode };

  it('changes the columns that are given, and fills new rows with defaults', async () => {
    const ddl =
      "(k INT NOT NULL, a INT NOT NULL, b INT NULL, c VARCHAR(9) NULL DEFAULT 'dflt', d DATETIME NOT NULL) PRIMARY KEY(k)";
    const rows = await rowsAfter(
      ddl,
      [csv, '1,1,1,one,2024-01-01\n2,2,2,two,2024-01-02\n'],
      [{ ...partial, columns: 'B,k' }, '10,1\n11,1\n30,3\n'],
    );
    expect(rows).toEqual([
      [1, 1, 11, 'one', '2024-01-01 00:00:00'],
      [2, 2, 2, 'two', '2024-01-02 00:00:00'],
      [3, 0, 30, 'dflt', '1970-01-01 00:00:00'],
    ]);
  });

  it('deletes', async () => {
    expect(await rowsAfter(primary, [csv, '1,1,a\n2,2,b\n'], [{ ...partial, columns: 'k,__op' }, '1,1\n'])).toEqual([
      [2, 2, 'b'],
    ]);
  });

  it('takes a merge condition', async () => {
    const headers = { ...partial, columns: 'k,v', merge_condition: 'v' };
    expect(await rowsAfter(primary, [csv, '1,5,a\n2,5,b\n'], [headers, '1,4\n2,6\n'])).toEqual([
      [1, 5, 'a'],
      [2, 6, 'b'],
    ]);
  });
});

describe('a merge condition', () => {
  const condition = { ...csv, merge_condition: 'v' };
  const deleting = { ...condition, columns: 'k,v,w,__op' };
  const cases: [says: string, loads: [LoadHeaders, string][], rows: unknown[][]][] = [
    [
      'lets greater and equal values win',
      [
        [csv, '1,5,a\n2,5,b\n3,5,c\n'],
        [condition, '1,4,x\n2,5,y\n3,6,z\n'],
      ],
      [
        [1, 5, 'a'],
        [2, 5, 'y'],
        [3, 6, 'z'],
      ],
    ],
    [
      'is applied within a load',
      [[condition, '1,5,a\n1,7,b\n1,6,c\n2,5,a\n2,5,b\n']],
      [
        [1, 7, 'b'],
        [2, 5, 'b'],
      ],
    ],
    [
      'is not applied to deletes',
      [
        [csv, '1,5,a\n'],
        [deleting, '1,1,x,1\n'],
      ],
      [],
    ],
    [
      'is not applied to what follows a delete',
      [
        [csv, '1,5,a\n'],
        [deleting, '1,9,y,0\n1,1,x,1\n1,2,z,0\n'],
      ],
      [[1, 2, 'z']],
    ],
  ];
  it.each(cases)('%s', async (_, loads, rows) => {
    expect(await rowsAfter(primary, ...loads)).toEqual(rows);
  });
});

describe('other models', () => {
  it('a duplicate-key table keeps every row, in the order of the body', async () => {
    const table = await world.table('(k INT, v INT) DUPLICATE KEY(k)');
    await world.load(table, csv, '1,3\n1,1\n1,3\n');
    expect(await world.engine.rows(`SELECT v FROM shop.${table.name}`)).toEqual([{ v: 3 }, { v: 1 }, { v: 3 }]);
  });

  it('a unique table replaces rows by key, also by NULL', async () => {
    const ddl = '(k INT NULL, v INT) UNIQUE KEY(k) DISTRIBUTED BY HASH(k)';
    expect(await rowsAfter(ddl, [csv, '1,1\n\\N,2\n'], [csv, '\\N,3\n1,4\n1,5\n'])).toEqual([
      [1, 5],
      [null, 3],
    ]);
  });

  it('an aggregate table folds rows by its functions, in order', async () => {
    const ddl = `(k INT NULL, s BIGINT SUM NULL, x INT MAX NULL, n INT MIN NULL, r INT REPLACE NULL, i INT REPLACE_IF_NOT_NULL NULL, d DECIMAL(10,2) SUM NULL)
      AGGREGATE KEY(k) DISTRIBUTED BY HASH(k)`;
    const rows = await rowsAfter(
      ddl,
      [csv, '1,1,1,1,1,1,0.10\n1,2,5,5,2,2,0.20\n\\N,1,1,1,1,1,1\n'],
      [csv, '1,10,3,-3,\\N,\\N,1.005\n\\N,1,1,1,7,\\N,\\N\n'],
    );
    expect(rows).toEqual([
      [1, 13n, 5, -3, null, 2, '1.31'],
      [null, 2n, 1, 1, 7, 1, '1.00'],
    ]);
  });

  it('an aggregate table subtracts with negative', async () => {
    const ddl = '(k INT, s BIGINT SUM) AGGREGATE KEY(k) DISTRIBUTED BY HASH(k)';
    expect(await rowsAfter(ddl, [csv, '1,10\n'], [{ ...csv, negative: 'true' }, '1,3\n'])).toEqual([[1, 7n]]);
  });
});

describe('staged rows', () => {
  it('are seen by nobody before they are published, and published in call order', async () => {
    const table = await world.table(primary);
    const outcomes = await Promise.all(['a', 'b', 'c'].map((w) => world.stage(table, csv, [`1,1,${w}\n`])));
    const staged = outcomes.map((outcome) => {
      if (!outcome.ok) throw new Error(outcome.message);
      return outcome.staged;
    });
    expect(await world.rows(table)).toEqual([]);
    await Promise.all([staged[2]!, staged[0]!, staged[1]!].map((each) => world.storage.publish(each)));
    expect(await world.rows(table)).toEqual([[1, 1, 'b']]);
  });

  it('are forgotten when they are discarded', async () => {
    const table = await world.table(primary);
    const outcome = await world.stage(table, csv, ['1,1,a\n']);
    if (!outcome.ok) throw new Error(outcome.message);
    await world.storage.discard(outcome.staged);
    await expect(world.storage.publish(outcome.staged)).rejects.toThrow('not staged');
    expect(await world.engine.rows("SELECT * FROM duckdb_tables() WHERE schema_name = '#staged'")).toEqual([]);
  });

  it('stay staged, and the table as it was, when publishing fails', async () => {
    const table = await world.table(primary);
    await world.load(table, csv, '1,1,a\n');
    const outcome = await world.stage(table, csv, ['1,2,b\n']);
    if (!outcome.ok) throw new Error(outcome.message);
    await world.engine.run(`ALTER TABLE shop.${table.name} RENAME w TO other`);
    await expect(world.storage.publish(outcome.staged)).rejects.toThrow();
    await world.engine.run(`ALTER TABLE shop.${table.name} RENAME other TO w`);
    expect(await world.rows(table)).toEqual([[1, 1, 'a']]);
    await world.storage.publish(outcome.staged);
    expect(await world.rows(table)).toEqual([[1, 2, 'b']]);
  });

  it('leave nothing behind when the body cannot be read', async () => {
    const table = await world.table(primary);
    expect(await world.load(table, json, '[')).toHaveProperty('message');
    expect(await world.engine.rows("SELECT * FROM duckdb_tables() WHERE schema_name = '#staged'")).toEqual([]);
  });
});

it('publishes rows of several tables all or none', async () => {
  const [one, other] = [await world.table(primary), await world.table('(k INT NOT NULL) DUPLICATE KEY(k)')];
  const staged = [await world.stage(one, csv, ['1,1,a\n']), await world.stage(other, csv, ['1\n'])].map((outcome) => {
    if (!outcome.ok) throw new Error(outcome.message);
    return outcome.staged;
  });
  const [first, second] = staged as [(typeof staged)[0], (typeof staged)[0]];
  await world.storage.discard(second);
  await expect(world.storage.publish(first, second)).rejects.toThrow(/not staged/);
  expect(await world.rows(one)).toEqual([]);
  const again = await world.stage(other, csv, ['1\n']);
  if (again.ok) await world.storage.publish(first, again.staged);
  expect([await world.rows(one), await world.rows(other)]).toEqual([[[1, 1, 'a']], [[1]]]);
});
