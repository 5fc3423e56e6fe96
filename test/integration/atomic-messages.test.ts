import mysql, { type Connection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sqsRecord } from '../builders.ts';
import { openWorkers } from './delivery-world.ts';

const event = (table: string, row: object) =>
  JSON.stringify({ database: 'shop', table, type: 'insert', ts: 1, xid: 1, data: row });
const order = (id: number, v = 'x') => event('orders', { id, v });
const line = (id: number, v = 'x') => event('order_lines', { id, v });

async function open(release: '3.5' | '4.0') {
  const world = await openWorkers({
    release,
    options: { 'sink.tables.allow': 'shop.*,other.*', 'sink.atomic-messages': true, 'sink.semantic': 'at-least-once' },
  });
  const sql = await mysql.createConnection({ host: '127.0.0.1', port: world.starrocks.queryPort, user: 'root' });
  await sql.query('CREATE DATABASE shop');
  const create = (table: string, columns: string) =>
    sql.query(`CREATE TABLE ${table} (id INT NOT NULL, ${columns}) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)`);
  await create('shop.orders', 'v VARCHAR(9)');
  await create('shop.order_lines', 'v VARCHAR(9)');
  return { world, sql };
}

const messages = (prefix: string, ...bodies: readonly (readonly string[])[]) =>
  bodies.map((events, at) => sqsRecord({ messageId: `${prefix}-${at}`, body: events.join('\n') }));

describe('messages whose rows become visible at once', () => {
  let world: Awaited<ReturnType<typeof openWorkers>>;
  let sql: Connection;
  beforeAll(async () => {
    ({ world, sql } = await open('4.0'));
  });
  afterAll(async () => {
    await sql.end();
    await world.close();
  });

  const ids = async (table: string) =>
    (await sql.query<RowDataPacket[]>(`SELECT id FROM shop.${table} ORDER BY id`))[0].map(({ id }) => id);
  const transactions = () => new Set(world.starrocks.transactions().map(({ label }) => label));

  it('fill all their tables in one transaction', async () => {
    const before = transactions().size;
    expect(await world.worker().ingest(messages('one', [order(1), line(10), line(11)], [order(2)]))).toEqual([]);
    expect([await ids('orders'), await ids('order_lines')]).toEqual([
      [1, 2],
      [10, 11],
    ]);
    expect(transactions().size).toBe(before + 1);
  });

  it('are loaded once when they come again, and under another label when the first was given up', async () => {
    const again = messages('again', [order(3), line(30)]);
    expect(await world.worker().ingest(again)).toEqual([]);
    const labels = transactions().size;
    expect(await world.worker().ingest(again)).toEqual([]);
    expect(transactions().size).toBe(labels);
  });

  it('leave nothing in any table when StarRocks refuses the rows of one', async () => {
    const unchecked = { options: { 'sink.check-rows': 'pass' } };
    const [good, bad] = messages('bad', [order(4), line(40)], [order(5), line(50, 'far too long a text')]);
    const refused = await world.worker(unchecked).ingest([good, bad].filter((each) => each !== undefined));
    expect(refused.length).toBeLessThanOrEqual(1);
    expect(await ids('orders')).not.toContain(5);
    expect(await ids('order_lines')).not.toContain(50);
    expect(await ids('orders')).toContain(4);
    expect(await ids('order_lines')).toContain(40);
  });

  it('are refused when their tables are of several databases', async () => {
    await sql.query('CREATE DATABASE other');
    await sql.query('CREATE TABLE other.t (id INT NOT NULL, v VARCHAR(9)) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)');
    const elsewhere = JSON.stringify({ database: 'other', table: 't', type: 'insert', ts: 1, data: { id: 1, v: 'x' } });
    const worker = world.worker();
    await worker.ingest(messages('apart', [order(6), elsewhere]));
    expect(await ids('orders')).not.toContain(6);
    expect(await world.keys('rejected/')).not.toEqual([]);
  });
});

describe('a release that has no such transactions', () => {
  it('is told by its version, and nothing is loaded', async () => {
    const { world, sql } = await open('3.5');
    try {
      const worker = world.worker();
      expect(await worker.ingest(messages('old', [order(1), line(10)]))).toEqual(['old-0']);
      expect(worker.codes).toContain('STARROCKS_CONFIGURATION');
      expect((await sql.query<RowDataPacket[]>('SELECT id FROM shop.orders'))[0]).toEqual([]);
    } finally {
      await sql.end();
      await world.close();
    }
  });
});
