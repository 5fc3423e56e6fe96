import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TableDefinition } from '../../local/starrocks/model.ts';
import { type StorageWorld, storageWorld } from './starrocks-storage-world.ts';

let world: StorageWorld;
let primary: TableDefinition;
let duplicate: TableDefinition;
beforeAll(async () => {
  world = await storageWorld();
  primary = await world.table(
    "(id INT NOT NULL, name VARCHAR(20) NULL, price INT NOT NULL, tag VARCHAR(9) NOT NULL DEFAULT 'x') PRIMARY KEY(id)",
  );
  duplicate = await world.table('(a INT, b INT, `group` INT) DUPLICATE KEY(a)');
});
afterAll(() => world.close());

describe('headers that no plan can be made of', () => {
  const all = 'id,name,price';
  const cases: [headers: Record<string, string>, message: string][] = [
    [{ columns: 'id,NAME,name,price' }, 'Duplicate column: name'],
    [{ columns: 'id,price,name=1,`name`=2' }, 'Duplicate column mapping: name'],
    [{ columns: `${all},more=id` }, 'Mapping column is not in table. column: more'],
    [{ columns: 'id,name' }, 'Column has no default value. column: price'],
    [{ columns: `${all},__op='replace'` }, 'load op type string not supported: replace'],
    [{ columns: `${all},__op=2.5` }, 'const load op type column should only be upsert(0)/delete(1)'],
    [{ partial_update: 'true', columns: 'name,price' }, 'key column id not in partial update columns'],
    [{ partial_update: 'TRUE' }, 'key column id not in partial update columns'],
    [{ merge_condition: 'id' }, 'Merge condition column id should not be primary key!'],
    [
      { merge_condition: 'name' },
      'Merge condition column name has invalid type maybe bitmap/hll/percentile/json/varchar!',
    ],
    [
      { merge_condition: 'none' },
      'Merge condition column none does not exist. If you are doing partial update with condition update, please check condition column is in the given update columns. Otherwise please check condition column is in table t1',
    ],
    [{ column_separator: '\\x' }, "Invalid delimiter '\\x': empty hex string"],
    [{ row_delimiter: '0x1' }, "Invalid delimiter '0x1': hex length must be a even number"],
    [{ row_delimiter: '\\xzz' }, "Invalid delimiter '\\xzz': invalid hex format"],
    [{ column_separator: 'é'.repeat(26) }, "The valid bytes length for 'column_separator' is [1, 50]"],
    [{ format: 'json', jsonpaths: '$.a' }, 'Invalid json path: $.a'],
    [{ format: 'json', jsonpaths: '["$.a[*].b"]' }, 'Invalid json path: $.a[*].b'],
    [
      { compression: 'GZIP', 'content-encoding': 'gzip' },
      'Only one of http header content-encoding and compression can be set',
    ],
    [{ compression: 'brotli' }, 'Unsupported compression type: brotli'],
    [{ format: 'bzip2' }, 'The stand-in does not decompress bzip2; it knows gzip, zstd, deflate and lz4_frame'],
    [{ timezone: 'Mars/North' }, "Unknown or incorrect time zone: 'Mars/North'"],
    [{ partitions: 'p1' }, "Unknown partition 'p1' in table 't1'"],
  ];
  it.each(cases)('%o are refused', (headers, message) => {
    expect(world.storage.plan(primary, headers)).toEqual({ ok: false, message });
  });

  it.each([
    [{ merge_condition: 'b' }, 'Conditional update only support primary key table t2'],
    [{ partial_update: 'true', columns: 'a' }, 'Only primary key table support partial update'],
    [
      { columns: 'a,group' },
      "Getting syntax error at line 1, column 11. Detail message: Unexpected input 'group', the most similar input is {a legal identifier}.",
    ],
    [
      { columns: 'a, b c' },
      "Getting syntax error at line 1, column 14. Detail message: No viable statement for input 'b c'.",
    ],
  ])('%o are refused for a duplicate-key table', (headers, message) => {
    expect(world.storage.plan(duplicate, headers)).toEqual({ ok: false, message });
  });
});

describe('columns', () => {
  const cases: [says: string, headers: Record<string, string>, body: string, rows: unknown[][]][] = [
    [
      'may be named in any letter case, between back-ticks, and in any order',
      { columns: ' `GROUP` ,B, a' },
      '1,2,3',
      [[3, 2, 1]],
    ],
    ['that the table does not have are left out', { columns: 'a,skip,b' }, '1,x,2', [[1, 2, null]]],
    ['are mapped from fields that are texts', { columns: 'a,t,b=length(t),`group`=a' }, '1,abc', [[1, 3, 1]]],
    ['are mapped from fields that DuckDB must see as numbers', { columns: 'a,t,b=t*2+a' }, '1,20', [[1, 41, null]]],
    ['are mapped in place of a field of the same name', { columns: 'a,b,b=b+1' }, '1,2', [[1, 3, null]]],
    ['are mapped from mapped ones', { columns: 'a,b=a+1,`group`=b*10' }, '1', [[1, 2, 20]]],
    [
      'have literals with commas, quotes and escapes',
      { columns: `a,b=length("x,y''"),\`group\`=length('it\\'s')` },
      '1',
      [[1, 5, 4]],
    ],
    [
      'are mapped by functions of StarRocks',
      { columns: "a,t,b=if(ifnull(t,'')='x',1,2),`group`=year(str_to_date(t2,'%d/%m/%Y %H:%i')),t2" },
      '1,x,01/02/2024 03:04',
      [[1, 1, 2024]],
    ],
    ['that do not fit after the mapping are NULL', { columns: 'a,t,b=t' }, '1,x', [[1, null, null]]],
  ];
  it.each(cases)('%s', async (_, headers, body, rows) => {
    const table = await world.table('(a INT, b INT, `group` INT) DUPLICATE KEY(a)');
    expect(await world.load(table, { column_separator: ',', ...headers }, body)).toMatchObject({
      loaded: 1,
      filtered: 0,
    });
    expect(await world.rows(table)).toEqual(rows);
  });

  it('that do not fit after the mapping are filtered strictly', async () => {
    const headers = { column_separator: ',', strict_mode: 'true', columns: 'a,t,b=t' };
    expect(await world.load(duplicate, headers, '1,x\n')).toEqual({
      total: 1,
      loaded: 0,
      filtered: 1,
      unselected: 0,
      errors: ["Error: Value 'x' is out of range. The type of 'b' is INT. Row: [1, NULL, NULL]"],
    });
  });

  it('left out get their default, or NULL', async () => {
    const table = await world.table(
      "(a INT, s VARCHAR(9) NOT NULL DEFAULT 'it''s', n INT DEFAULT '7', d DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, z INT) DUPLICATE KEY(a)",
    );
    await world.load(table, { columns: 'a' }, '1\n');
    expect(await world.rows(table)).toEqual([[1, "it's", 7, expect.stringMatching(/^20\d\d-/), null]]);
  });

  it.each([
    [
      'columns',
      'a,b=Nothing(a, 1)',
      "Expr 'nothing(`a`, 1)' analyze error: No matching function with signature: nothing(varchar, tinyint(4)), derived column is 'b'",
    ],
    ['columns', 'a,b=a + c', 'unknown reference column, column=b, reference=c'],
    [
      'columns',
      'a,b=a +',
      "Getting syntax error at line 1, column 2. Detail message: Unexpected input '+', the most similar input is {',', ')'}.",
    ],
    [
      'where',
      'a > 1 and more',
      "unknown column in where statement. the column 'more' in where clause must be in the target table.",
    ],
    [
      'where',
      'a >',
      "Getting syntax error at line 1, column 2. Detail message: Unexpected input '>', the most similar input is {<EOF>}.",
    ],
  ])('%s: %s is refused before the body', async (header, text, message) => {
    const planned = world.storage.plan(duplicate, { [header]: text });
    expect(planned.ok && (await world.storage.analyze(planned.plan))).toBe(message);
  });
});

describe('where', () => {
  it('leaves rows out that count as unselected', async () => {
    const table = await world.table('(a INT, b INT, c INT) DUPLICATE KEY(a)');
    const headers = { column_separator: ',', columns: 'a,b,c=a+b', where: '`b` > 1 and c < 100 and \'x\' = "x"' };
    const result = await world.load(table, headers, '1,1\n2,2\n3,\\N\n4,99\nx\n');
    expect(result).toMatchObject({ total: 5, loaded: 1, filtered: 1, unselected: 3 });
    expect(await world.rows(table)).toEqual([[2, 2, 4]]);
  });
});

describe('automatic columns', () => {
  it('are generated from the others', async () => {
    const table = await world.table('(a INT NOT NULL, b INT, c BIGINT AS (a + b)) PRIMARY KEY(a)');
    await world.load(table, {}, '1\t2\n');
    await world.load(table, { partial_update: 'true', columns: 'a,b' }, '1\t40\n3\t4\n');
    expect(await world.rows(table)).toEqual([
      [1, 40, 41n],
      [3, 4, 7n],
    ]);
  });

  it('that number themselves are no fields unless named, and a NULL in one gives up the chunk it is in', async () => {
    const table = await world.table('(id BIGINT NOT NULL AUTO_INCREMENT, v INT) PRIMARY KEY(id)');
    expect(await world.load(table, {}, '7\n8\n')).toMatchObject({ loaded: 2 });
    const rows = Array.from({ length: 5000 }, (_, row) => `${row === 9 ? '\\N' : row + 10}\t1\n`);
    expect(await world.load(table, { columns: 'id,v', max_filter_ratio: '1' }, rows.join(''))).toEqual({
      total: 5000,
      loaded: 5000 - 4096,
      filtered: 4096,
      unselected: 0,
      errors: ["Error: NULL value in auto increment column 'id'. Row: "],
    });
  });

  it('are counted when they are left out', async () => {
    const table = await world.table('(id BIGINT NOT NULL AUTO_INCREMENT, v INT) PRIMARY KEY(id)');
    await world.load(table, { columns: 'v' }, '10\n20\n');
    await world.load(table, { columns: 'v' }, '30\n');
    expect(await world.rows(table)).toEqual([
      [1n, 10],
      [2n, 20],
      [3n, 30],
    ]);
  });
});
