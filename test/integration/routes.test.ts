import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exactly } from '../../src/kit/patterns.ts';
import type { RouteGiven } from '../../src/options/route.ts';
import { type FittingWorld, openFitting } from './fitting-world.ts';

const to = (table: string, source: RouteGiven['source'], more: Partial<RouteGiven> = {}): RouteGiven => ({
  ...{ source, database: 'd', table, ...more },
});
const named = (database: string, table: string) => ({ database: exactly(database), table: exactly(table) });

const routes: readonly RouteGiven[] = [
  to(
    'course',
    { database: '^edu_db_\\d$', table: '^course_\\d$' },
    {
      columns: [
        { name: 'id', type: 'BIGINT', sourceType: 'bigint' },
        { name: 'shard', type: 'VARCHAR(64)', sourceType: '@database' },
        { name: 'title', type: 'VARCHAR(64)', sourceType: 'varchar(64)', source: 'name' },
      ],
    },
  ),
  to('once', named('shop', 'once'), { options: { 'sink.semantic': 'exactly-once' } }),
  to('strict', named('shop', 'strict'), { options: { 'sink.unknown-columns': 'reject' } }),
  to('semicolons', { object: '^never/' }, { options: { 'sink.properties.column_separator': ';' } }),
  to('kept', named('shop', 'kept'), { options: { 'sink.deletes': 'drop' } }),
  to('rekeyed', named('shop', 'rekeyed'), { options: { 'sink.ignore.update-before': 'false' } }),
  to('widening', named('shop', 'widening'), { options: { 'sink.schema-change': 'add-columns' } }),
  to('acme', { database: '^shop$', table: '^orders$', attributes: { tenant: '^acme$' } }),
  to('told', named('shop', 'told'), {
    columns: [
      { name: 'id', type: 'BIGINT' },
      { name: 'trx', type: 'VARCHAR(64)', sourceType: '@transaction' },
      { name: 'at', type: 'DATETIME', sourceType: '@committed-at' },
      { name: 'did', type: 'VARCHAR(16)', sourceType: '@operation' },
    ],
  }),
  to('changes', named('shop', 'log'), {
    mode: 'history',
    columns: [
      { name: 'id', type: 'BIGINT' },
      { name: 'v', type: 'VARCHAR(64)' },
      { name: 'op', type: 'VARCHAR(16)', sourceType: '@operation' },
      { name: 'was', type: 'JSON', sourceType: '@before' },
    ],
  }),
];

/** As Maxwell writes it. */
const maxwell = (database: string, table: string, type: string, data: object, old?: object) =>
  JSON.stringify({ database, table, type, ts: 1700000000, xid: 1, commit: true, data, ...(old && { old }) });

describe('routes', () => {
  let world: FittingWorld;
  const sql = (text: string) => world.sql(text);
  beforeAll(async () => {
    world = await openFitting({}, routes);
    const columns = {
      course: 'id BIGINT NOT NULL, shard VARCHAR(64) NOT NULL, title VARCHAR(64) NULL',
      once: 'id BIGINT NOT NULL, v VARCHAR(64) NULL',
      strict: 'id BIGINT NOT NULL, v VARCHAR(64) NULL',
      lax: 'id BIGINT NOT NULL, v VARCHAR(64) NULL',
      semicolons: 'id BIGINT NOT NULL, v VARCHAR(64) NULL',
      kept: 'id BIGINT NOT NULL, v VARCHAR(64) NULL',
      rekeyed: 'v VARCHAR(64) NOT NULL, id BIGINT NULL',
      told: 'id BIGINT NOT NULL, trx VARCHAR(64) NULL, at DATETIME NULL, did VARCHAR(16) NULL',
      widening: 'id BIGINT NOT NULL, v VARCHAR(64) NULL',
      acme: 'id BIGINT NOT NULL, v VARCHAR(64) NULL',
    };
    for (const [table, list] of Object.entries(columns)) {
      const key = table === 'course' ? 'id, shard' : list.split(' ')[0];
      await sql(`CREATE TABLE d.${table} (${list}) PRIMARY KEY (${key}) DISTRIBUTED BY HASH (${key})`);
    }
    await sql(
      'CREATE TABLE d.changes (id BIGINT, v VARCHAR(64), op VARCHAR(16), was JSON) DUPLICATE KEY (id) DISTRIBUTED BY HASH (id)',
    );
  });
  afterAll(() => world.close());

  it('fill columns of a mirror with what is told of the change', async () => {
    await world.deliver(maxwell('shop', 'told', 'insert', { id: 1 }), {});
    await world.deliver(maxwell('shop', 'told', 'insert', { id: 2 }), {});
    await world.deliver(maxwell('shop', 'told', 'delete', { id: 2 }), {});
    expect(await sql('SELECT * FROM d.told')).toEqual([['1', '1', '2023-11-14 22:13:20', 'insert']]);
  });

  it('bring shards into one table, with the column for where a row came from, by the names that columns have there', async () => {
    await world.deliver('{"id":1,"name":"maths","credits":1.50}', { database: 'edu_db_1', table: 'course_1' });
    await world.deliver(maxwell('edu_db_2', 'course_7', 'insert', { id: 1, name: 'art' }), {});
    await world.deliver(maxwell('edu_db_2', 'course_7', 'update', { id: 1, name: 'arts' }, { name: 'art' }), {});
    expect(await sql('SELECT id, shard, title FROM d.course ORDER BY shard')).toEqual([
      ['1', 'edu_db_1', 'maths'],
      ['1', 'edu_db_2', 'arts'],
    ]);
  });

  it('leave rows that name a table of StarRocks with its own columns', async () => {
    await world.deliver('{"id":9,"shard":"by hand","title":"chess"}', { database: 'd', table: 'course' });
    expect(await sql('SELECT title FROM d.course WHERE id = 9')).toEqual([['chess']]);
  });

  it('give each table its semantic: one is filled exactly once beside others that are not', async () => {
    await world.deliver('{"id":1,"v":"a"}', { database: 'shop', table: 'once' });
    await world.deliver('{"id":1,"v":"a"}', { table: 'lax' });
    expect([await sql('SELECT v FROM d.once'), await sql('SELECT v FROM d.lax')]).toEqual([[['a']], [['a']]]);
    const { Contents = [] } = await world.s3.send(
      new ListObjectsV2Command({ Bucket: world.stack.resources.bucket, Prefix: 'claims/' }),
    );
    expect(new Set(Contents.map(({ Key = '' }) => Key.split('/')[1]))).toEqual(new Set(['d.once']));
  });

  it('give each table its options: unknown columns are bad in one, and dropped in another', async () => {
    await world.deliver('{"id":1,"v":"a","x":1}', { database: 'shop', table: 'strict' });
    await world.deliver('{"id":2,"v":"b","x":1}', { table: 'lax' });
    expect(await sql('SELECT id FROM d.strict')).toEqual([]);
    expect(await sql('SELECT id FROM d.lax WHERE id = 2')).toEqual([['2']]);
    expect((await world.rejected()).map(({ reason }) => reason).join()).toMatch(/x/);
  });

  it('say how the CSV of a table is written', async () => {
    await world.deliver('1;semi\n2;colon, with a comma\n', { table: 'semicolons', format: 'csv' });
    await world.deliver('3\ttab\n', { table: 'lax', format: 'csv' });
    expect(await sql('SELECT v FROM d.semicolons ORDER BY id')).toEqual([['semi'], ['colon, with a comma']]);
    expect(await sql('SELECT v FROM d.lax WHERE id = 3')).toEqual([['tab']]);
  });

  it('keep what the source deletes where a route says so, of events and of plain rows', async () => {
    await world.deliver(maxwell('shop', 'kept', 'insert', { id: 1, v: 'a' }), {});
    await world.deliver(maxwell('shop', 'kept', 'delete', { id: 1, v: 'a' }), {});
    await world.deliver('{"id":1,"__op":1}\n{"id":2,"v":"b"}', { database: 'shop', table: 'kept' });
    expect(await sql('SELECT id, v FROM d.kept ORDER BY id')).toEqual([
      ['1', 'a'],
      ['2', 'b'],
    ]);
  });

  it('delete the row before an update where the key here is another than in the source', async () => {
    await world.deliver(maxwell('shop', 'rekeyed', 'insert', { id: 1, v: 'old' }), {});
    await world.deliver(maxwell('shop', 'rekeyed', 'update', { id: 1, v: 'new' }, { v: 'old' }), {});
    expect(await sql('SELECT v, id FROM d.rekeyed')).toEqual([['new', '1']]);
  });

  it('tell tenants apart by an attribute of the message, and refuse a source that no route takes', async () => {
    await world.deliver('{"id":1,"v":"a"}', { database: 'shop', table: 'orders', tenant: 'acme' });
    await world.deliver('{"id":2,"v":"b"}', { database: 'shop', table: 'orders', tenant: 'other' });
    expect(await sql('SELECT id FROM d.acme')).toEqual([['1']]);
    expect(world.events.join('\n')).toMatch(/TABLE_NOT_ALLOWED/);
  });

  it('add columns that the source was given, of its changes and of nobody else', async () => {
    await world.deliver(maxwell('shop', 'widening', 'insert', { id: 1, v: 'a', extra: null }), {});
    await world.deliver(maxwell('shop', 'widening', 'insert', { id: 2, v: 'b', extra: 7 }), {});
    await world.deliver('{"id":3,"v":"c","stray":1}', { table: 'widening' });
    expect(await sql('SELECT * FROM d.widening ORDER BY id')).toEqual([
      ['1', 'a', null],
      ['2', 'b', '7'],
      ['3', 'c', null],
    ]);
  });

  it('keep every change in a history, with what it was', async () => {
    await world.deliver(maxwell('shop', 'log', 'insert', { id: 1, v: 'a' }), {});
    await world.deliver(maxwell('shop', 'log', 'update', { id: 1, v: 'b' }, { v: 'a' }), {});
    await world.deliver(maxwell('shop', 'log', 'delete', { id: 1, v: 'b' }), {});
    expect(await sql('SELECT id, v, op FROM d.changes ORDER BY op')).toEqual([
      ['1', 'b', 'delete'],
      ['1', 'a', 'insert'],
      ['1', 'b', 'update'],
    ]);
  });
});

describe('routes of staged batches', () => {
  it('give each segment the semantic of its table, in the load function too', async () => {
    const world = await openFitting({ 'sink.stage-above-bytes': 0 }, [
      to('once', named('shop', 'once'), { options: { 'sink.semantic': 'exactly-once' } }),
    ]);
    for (const table of ['once', 'lax'])
      await world.sql(`CREATE TABLE d.${table} (id BIGINT NOT NULL, v VARCHAR(64) NULL) DUPLICATE KEY (id)`);
    await world.deliver('{"id":1,"v":"a"}', { database: 'shop', table: 'once' });
    await world.deliver('{"id":1,"v":"a"}', { table: 'lax' });
    expect([await world.sql('SELECT v FROM d.once'), await world.sql('SELECT v FROM d.lax')]).toEqual([
      [['a']],
      [['a']],
    ]);
    const keysOf = async (Prefix: string) => {
      const Bucket = world.stack.resources.bucket;
      const { Contents = [] } = await world.s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
      return Contents.map(({ Key = '' }) => Key);
    };
    const tablesIn = (keys: readonly string[]) => new Set(keys.map((key) => key.split('/')[1]));
    expect(tablesIn(await keysOf('segments/'))).toEqual(new Set(['d.once', 'd.lax']));
    expect(tablesIn(await keysOf('claims/'))).toEqual(new Set(['d.once']));
    await world.close();
  });
});
