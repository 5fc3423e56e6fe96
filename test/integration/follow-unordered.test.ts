import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DatabaseServer } from '../../local/mysql/database-server.ts';
import { startFollowable } from '../../local/mysql/followable.ts';
import { openFollowStack } from './follow-stack.ts';

const start = await startFollowable.mariadb();
const source = { database: '^shop$', table: '^orders$' };
const mirrors = [
  { source, database: 't', table: 'orders', primaryKey: ['id'], options: { 'sink.order-by': 'position' } },
];
const targets = [
  'CREATE DATABASE t',
  `CREATE TABLE t.orders (id BIGINT NOT NULL, v INT, __ver LARGEINT NOT NULL DEFAULT "0", __deleted BOOLEAN NOT NULL DEFAULT "0")
   PRIMARY KEY(id) DISTRIBUTED BY HASH(id)`,
];

let world: Awaited<ReturnType<typeof openFollowStack>>;
let server: DatabaseServer;
beforeAll(async () => {
  if (!('server' in start)) return;
  server = start.server;
  world = await openFollowStack(server, targets, { fifo: false });
  await server.connection.query(
    'CREATE DATABASE shop; USE shop; CREATE TABLE orders (id BIGINT PRIMARY KEY, v INT); INSERT INTO orders SELECT seq, 0 FROM seq_1_to_100',
  );
});
afterAll(async () => {
  await world?.close();
  if ('server' in start) await start.server.stop();
});

if ('missing' in start) it.skip(start.missing);
else
  it('mirrors a table through a queue without order, by the versions of its rows', async () => {
    const follower = world.start('unordered', mirrors);
    for (let round = 1; round <= 12; round++) {
      await server.connection.query(
        `UPDATE orders SET v = ${round}; DELETE FROM orders WHERE id % 10 = ${round % 10}; UPDATE orders SET id = id + 1000 WHERE id % 25 = ${round % 25};
         INSERT INTO orders VALUES (${round * 100_000}, ${round})`,
      );
      const [end] = await world.rowsOf(server.connection, 'SELECT @@gtid_current_pos AS gtid');
      await world.until(async () => (await world.placeOf('unordered'))?.position.gtid === end?.['gtid'], follower);
    }
    await follower.stop();
    expect(await world.sendBackwards()).toBeGreaterThan(5);
    await world.stack.idle();
    const now = 'SELECT id, v FROM t.orders WHERE NOT __deleted ORDER BY id';
    expect(await world.rowsOf(world.sql, now)).toEqual(
      await world.rowsOf(server.connection, 'SELECT id, v FROM orders ORDER BY id'),
    );
    expect(await world.countOf('t.orders WHERE __deleted')).toBeGreaterThan(10);
  });
