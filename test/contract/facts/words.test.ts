/** Facts of a real frontend, by number: its words, over HTTP and on the query port. */
import { expect, it } from 'vitest';
import { tableModelOf } from '../../../src/starrocks/table-model.ts';
import { newLabel, put } from '../calls.ts';
import { csv, openWorld, verdictOf } from './world.ts';

it('fact 1: models are told in long words, which the sink knows beside the documented ones', async () => {
  const { sql } = await openWorld();
  const keys = { d: 'DUPLICATE', a: 'AGGREGATE', u: 'UNIQUE', p: 'PRIMARY' };
  for (const [table, key] of Object.entries(keys)) {
    const value = key === 'AGGREGATE' ? 'DECIMAL(10,2) SUM' : 'DECIMAL(10,2)';
    await sql(`CREATE TABLE m_${table} (id INT NOT NULL, v ${value}) ${key} KEY (id) DISTRIBUTED BY HASH (id)`);
  }
  const models = await sql(
    `SELECT TABLE_MODEL FROM information_schema.tables_config WHERE TABLE_NAME LIKE 'm_%' ORDER BY TABLE_NAME`,
  );
  expect(models).toEqual(['AGG_KEYS', 'DUP_KEYS', 'PRIMARY_KEYS', 'UNIQUE_KEYS']);
  expect([...models, 'PRI_KEYS', 'UNQ_KEYS', 'NEW_KEYS'].map(tableModelOf)).toEqual([
    'aggregate',
    'duplicate',
    'primary',
    'unique',
    'primary',
    'unique',
    undefined,
  ]);
  expect(
    await sql(
      `SELECT COLUMN_KEY FROM information_schema.columns WHERE TABLE_NAME LIKE 'm_%' AND COLUMN_NAME = 'id' ORDER BY TABLE_NAME`,
    ),
  ).toEqual(['AGG', 'DUP', 'PRI', 'UNI']);
  expect(
    await sql(`SELECT COLUMN_TYPE FROM information_schema.columns WHERE TABLE_NAME = 'm_p' AND COLUMN_NAME = 'v'`),
  ).toEqual(['decimal(10, 2)']);
});

it('fact 15: unknown names in columns are fields of the source, a mapping to an unknown column is refused', async () => {
  const { target } = await openWorld();
  const loaded = await put(target, 'items', { ...csv, columns: 'id, whatever, name' }, '1,x,a\n');
  expect(loaded.json['Status']).toBe('Success');
  expect(await target.rows('items')).toEqual(['1,a']);
  const refused = await put(target, 'items', { ...csv, columns: 'id, name, zzz = id' }, '1,a\n');
  expect(refused.json['Message']).toContain('Mapping column is not in table. column: zzz');
  expect(verdictOf('stream_load', refused)).toBe('configuration');
});

it.each([
  [{ timezone: 'x' }, "Unknown or incorrect time zone: 'x'"],
  [{ partitions: 'p' }, "Unknown partition 'p' in table"],
  [{ where: 'nope > 1' }, 'unknown column in where statement.'],
  [{ where: 'id >' }, 'Getting syntax error at'],
  [{ table: 'copies', partial_update: 'true', columns: 'id' }, 'Only primary key table support partial update'],
])(
  'fact 24: a transaction says ANALYSIS_ERROR of what never heals, and the sink knows it by the text: %j',
  async (headers, text) => {
    const { call, sql } = await openWorld();
    await sql('CREATE TABLE copies (id INT NOT NULL) DUPLICATE KEY (id) DISTRIBUTED BY HASH (id)');
    const label = newLabel();
    await call('begin', label, 'table' in headers ? { table: headers.table } : {});
    const refused = await call('load', label, headers, '1,a\n');
    expect(refused.json).toMatchObject({ Status: 'ANALYSIS_ERROR', Message: expect.stringContaining(text) });
    expect(verdictOf('load', refused)).toBe('configuration');
  },
);

it('fact 25: labels and timeouts that can not be are refused with the texts of this version', async () => {
  const { call, get } = await openWorld();
  const label = await call('begin', 'a.b');
  expect(label.json).toMatchObject({
    Status: 'INTERNAL_ERROR',
    Message: 'Getting analyzing error. Detail message: Label format error. regex: ^[-\\w]{1,128}$, label: a.b.',
  });
  const low = await call('begin', newLabel(), { timeout: '0' });
  expect(low.json['Message']).toContain("Invalid timeout: '0'. Expected values should be between 1 and 259200 seconds");
  const word = await call('begin', newLabel(), { timeout: 'abc' });
  expect(word.json['Message']).toBe('class java.lang.NumberFormatException: For input string: "abc"');
  expect([label, low, word].map((refused) => verdictOf('begin', refused))).toEqual(Array(3).fill('configuration'));
  const { json } = await get('/api/shop/get_load_state?label=never');
  expect(json).toEqual({ state: 'UNKNOWN', status: 'OK', code: '0', msg: 'Success', message: 'OK' });
});

it('fact 28: a new column can be loaded at once; while a schema job runs, the next ALTER is refused', async () => {
  const { sql, target, advance } = await openWorld();
  expect(await sql('ALTER TABLE items ADD COLUMN (a INT, b INT DEFAULT "7")')).toEqual([]);
  await put(target, 'items', { ...csv, columns: 'id, name, a, b' }, '1,n,2,3\n');
  expect(await target.rows('items')).toEqual(['1,n,2,3']);
  expect(await sql('ALTER TABLE items ADD COLUMN IF NOT EXISTS c INT')).toMatch(/^1064\/\S+ Getting syntax error/);
  expect(await sql('ALTER TABLE items ADD COLUMN c INT NOT NULL')).toMatch(/^1064\//);
  expect(await sql('ALTER TABLE items MODIFY COLUMN a BIGINT')).toEqual([]);
  expect(await sql('ALTER TABLE items ADD COLUMN c INT')).toContain(
    'A schema change operation is in progress on the table items.',
  );
  advance(60_000);
  expect(await sql('ALTER TABLE items ADD COLUMN c INT')).toEqual([]);
});

it('fact 29: CREATE TABLE takes and refuses what a real one does', async () => {
  const { sql } = await openWorld();
  const create = (table: string, columns: string, rest = '') =>
    sql(`CREATE TABLE ${table} (id INT NOT NULL, ${columns}) DUPLICATE KEY (id) DISTRIBUTED BY HASH (id) ${rest}`);
  for (const [index, columns] of ['v VARCHAR(0)', 'd DECIMAL(76, 2)', 'rank INT'].entries())
    expect(await create(`taken${index}`, columns)).toEqual([]);
  expect(await create('Taken0', 'v INT', 'BUCKETS 0')).toEqual([]);
  const refused = [
    await create('r', '__op INT'),
    await create('r', '__row INT'),
    await create('r', 'v INT', 'PROPERTIES ("no_such" = "1")'),
    await create('r', 'v INT', 'PROPERTIES ("replication_num" = "2")'),
    await create('r', 'v INT', 'DEFAULT CHARSET=utf8mb4'),
  ];
  for (const error of refused) expect(error).toMatch(/^1064\//);
  expect(refused[2]).toContain('Unknown properties: {no_such=1}');
});
