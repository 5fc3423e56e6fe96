import mysql, { type Connection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sqsRecord } from '../builders.ts';
import { openWorkers } from './delivery-world.ts';

/** What a source did to two rows, in its order: the events of it, and what it holds in the end. */
function story() {
  const row = (id: number, v: string) => ({ id, v, must: 'm', bytes: Buffer.from(v).toString('base64') });
  const changes = [
    { op: 'c', after: row(1, 'a') },
    { op: 'u', before: row(1, 'a'), after: row(1, 'b') },
    // Of a row that is deleted, a source may know the key only.
    { op: 'd', before: { id: 1, v: null } },
    { op: 'c', after: row(1, 'c') },
    { op: 'c', after: row(2, 'x') },
    { op: 'u', before: row(2, 'x'), after: row(2, 'y') },
    { op: 'd', before: row(2, 'y') },
  ];
  return changes.map((change, at) =>
    JSON.stringify({
      ...{ before: null, after: null, ts_ms: 1, ...change },
      source: { connector: 'mysql', db: 'shop', table: 'kv', file: 'bin.000007', pos: 104 + at * 100, row: 0 },
    }),
  );
}

/** Other orders of a list; always the same ones. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const order = [...items];
  let state = seed;
  for (let last = order.length - 1; last > 0; last--) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    const other = state % (last + 1);
    [order[last], order[other]] = [order[other] as T, order[last] as T];
  }
  return order;
}

describe.each(['at-least-once', 'exactly-once'])('changes that arrive in any order, %s', (semantic) => {
  let world: Awaited<ReturnType<typeof openWorkers>>;
  let sql: Connection;
  beforeAll(async () => {
    world = await openWorkers({
      options: { 'sink.tables.allow': 'shop.*', 'sink.order-by': 'position', 'sink.semantic': semantic },
    });
    sql = await mysql.createConnection({ host: '127.0.0.1', port: world.starrocks.queryPort, user: 'root' });
    await sql.query('CREATE DATABASE shop');
  });
  afterAll(async () => {
    await sql.end();
    await world.close();
  });

  it.each([1, 2, 3, 4])('end as the source did, with an older one never winning (order %i)', async (seed) => {
    await sql.query('DROP TABLE IF EXISTS shop.kv');
    await sql.query(
      'CREATE TABLE shop.kv (id INT NOT NULL, v VARCHAR(20), must VARCHAR(9) NOT NULL, bytes VARBINARY(9), `__ver` LARGEINT NOT NULL, `__deleted` BOOLEAN NOT NULL) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)',
    );
    const events = shuffled(story(), seed);
    const records = events.map((body, at) => sqsRecord({ messageId: `${semantic}-${seed}-${at}`, body }));
    const half = 1 + (seed % 5);
    for (const part of [records.slice(0, half), records.slice(half)])
      expect(await world.worker().ingest(part)).toEqual([]);
    const [rows] = await sql.query<RowDataPacket[]>(
      'SELECT id, v, hex(bytes) AS bytes FROM shop.kv WHERE NOT `__deleted`',
    );
    expect(rows).toEqual([{ id: 1, v: 'c', bytes: '63' }]);
  });
});
