import { readFileSync } from 'node:fs';
import mysql, { type Connection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepDigits } from '../../src/rows/json-values.ts';
import { sqsRecord } from '../builders.ts';
import { openWorkers } from './delivery-world.ts';

const folder = new URL('../fixtures/change-events/', import.meta.url);

interface Expected {
  readonly op: string;
  readonly table?: string;
  readonly key?: Readonly<Record<string, string>>;
  readonly row?: Readonly<Record<string, string | null>>;
}

/** Messages of a recording, each an event as it was handed over, and the rows that its table `kv` held in the end. */
function recording(name: string) {
  const messages = readFileSync(new URL(`${name}.jsonl`, folder), 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const event = JSON.parse(line, keepDigits);
      return 'topic' in event ? JSON.stringify(event.value) : line;
    });
  const { events } = JSON.parse(readFileSync(new URL(`${name}.expected.json`, folder), 'utf8')) as {
    events: Expected[];
  };
  const held = new Map<string, Expected['row']>();
  for (const { op, table, key, row } of events) {
    if (table !== 'kv' || key === undefined) continue;
    if (op === 'delete') held.delete(key['id'] ?? '');
    if (op === 'upsert') held.set(key['id'] ?? '', row);
  }
  return { messages, held: [...held.values()] };
}

const inOrder = (rows: readonly (Expected['row'] | RowDataPacket)[]) =>
  rows
    .map((row) => `${row?.['id']} ${row?.['v']} ${row?.['n'] === null ? 'null' : Number(row?.['n'])}`)
    .sort((a, b) => a.localeCompare(b));

describe('change events through the queue', () => {
  let world: Awaited<ReturnType<typeof openWorkers>>;
  let sql: Connection;
  beforeAll(async () => {
    world = await openWorkers({ options: { 'sink.tables.allow': 'shop.*' } });
    sql = await mysql.createConnection({ host: '127.0.0.1', port: world.starrocks.queryPort, user: 'root' });
    await sql.query('CREATE DATABASE shop');
  });
  afterAll(async () => {
    await sql.end();
    await world.close();
  });

  const create = async (key: string) => {
    await sql.query('DROP TABLE IF EXISTS shop.kv');
    await sql.query(
      `CREATE TABLE shop.kv (id INT NOT NULL, extra INT, v VARCHAR(200), n DECIMAL(12,3)) ${key} DISTRIBUTED BY HASH(id)`,
    );
  };
  const rows = async () => (await sql.query<RowDataPacket[]>('SELECT id, v, n FROM shop.kv'))[0];
  const send = (messages: readonly string[], prefix: string) =>
    world.worker().ingest(messages.map((body, index) => sqsRecord({ messageId: `${prefix}-${index}`, body })));

  it.each([
    'debezium-3.6/mysql-envelope-schema',
    'debezium-3.6/mysql-envelope-noschema-strings',
    'debezium-3.6/mysql-unwrapped-rewrite',
    'debezium-3.6-options/schema-connect-string-hex',
    'debezium-3.6-options/schema-nanos-double-urlsafe',
    'debezium-3.6-options/unwrapped-schema-tombstone',
    'maxwell-1.22.6/maxwell',
    'canal-1.1.7/canal-flat',
  ])('of %s give a primary-key table the rows of the source', async (name) => {
    const { messages, held } = recording(name);
    await create('PRIMARY KEY(id)');
    await send(messages, name.replace(/\W/g, ''));
    expect(held.length).toBeGreaterThan(1);
    expect(inOrder(await rows())).toEqual(inOrder(held));
  });

  it('of DMS give a primary-key table the rows of the source', async () => {
    const event = (operation: string, data: object) =>
      JSON.stringify({
        data,
        metadata: { 'record-type': 'data', operation, 'schema-name': 'shop', 'table-name': 'kv' },
      });
    await create('PRIMARY KEY(id)');
    const events = [
      event('load', { id: 1, v: 'one', n: 1.5 }),
      event('insert', { id: 2, v: 'two', n: null }),
      event('update', { id: 1, v: 'uno', n: 1.5 }),
      event('delete', { id: 2, v: 'two', n: null }),
    ];
    expect(await send(events, 'dms')).toEqual([]);
    expect(inOrder(await rows())).toEqual(['1 uno 1.5']);
  });

  it('leave a column that was not available what it was', async () => {
    const event = (op: string, after: object) =>
      JSON.stringify({
        before: null,
        after,
        source: { connector: 'postgresql', db: 'shop', table: 'kv' },
        op,
        ts_ms: 1,
      });
    await create('PRIMARY KEY(id)');
    expect(await send([event('c', { id: 1, v: 'long', n: '1' })], 'toast1')).toEqual([]);
    expect(await send([event('u', { id: 1, v: '__debezium_unavailable_value', n: '2' })], 'toast2')).toEqual([]);
    expect(inOrder(await rows())).toEqual(['1 long 2']);
  });

  it('of several tables in one message fill each of them', async () => {
    await create('PRIMARY KEY(id)');
    await sql.query('CREATE TABLE shop.other (id INT NOT NULL, v VARCHAR(20)) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)');
    const event = (table: string, row: object) =>
      JSON.stringify({ database: 'shop', table, type: 'insert', ts: 1, xid: 1, data: row });
    const events = [event('kv', { id: 1, v: 'a', n: 1 }), event('other', { id: 7, v: 'x' })];
    expect(await send([[...events, event('kv', { id: 2, v: 'b', n: null })].join('\n')], 'several')).toEqual([]);
    expect(inOrder(await rows())).toEqual(['1 a 1', '2 b null']);
    expect((await sql.query<RowDataPacket[]>('SELECT v FROM shop.other'))[0]).toEqual([{ v: 'x' }]);
  });

  it('of several tables load none of a message while one of them may not be named', async () => {
    await create('PRIMARY KEY(id)');
    const event = (table: string) =>
      JSON.stringify({ database: 'shop', table, type: 'insert', ts: 1, data: { id: 1, v: 'a' } });
    const missing = [event('kv'), event('nowhere')].join('\n');
    await send([missing], 'missing');
    expect(await rows()).toEqual([]);
  });

  it('delete nothing from a table without a primary key, and add nothing to it', async () => {
    const event = (type: string) =>
      JSON.stringify({ database: 'shop', table: 'kv', type, ts: 1, xid: 1, data: { id: 1, v: 'x', n: 1 } });
    await create('DUPLICATE KEY(id)');
    expect(await send([event('insert')], 'nokey1')).toEqual([]);
    await send([event('delete')], 'nokey2');
    expect(inOrder(await rows())).toEqual(['1 x 1']);
  });
});
