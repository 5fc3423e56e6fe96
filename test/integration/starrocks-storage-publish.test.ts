import { describe, expect, it } from 'vitest';
import type { LoadHeaders } from '../../local/starrocks/model.ts';
import { csv, json, primary, rowsAfter, usePublishStorage, world } from './storage-publish-world.ts';

usePublishStorage();

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
