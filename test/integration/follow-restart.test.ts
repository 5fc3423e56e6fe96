import { createConnection } from 'mysql2/promise';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { startFollowable } from '../../local/mysql/followable.ts';
import { openFollowStack } from './follow-stack.ts';

const started = { mariadb: await startFollowable.mariadb(), mysql: await startFollowable.mysql() };
afterAll(async () => {
  for (const start of Object.values(started)) if ('server' in start) await start.server.stop();
});

const routes = [
  { source: { database: '^shop$', table: '^orders$' }, database: 't', table: 'orders', primaryKey: ['id'] },
];
const targets = [
  'CREATE DATABASE t',
  'CREATE TABLE t.orders (id BIGINT NOT NULL, v INT) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)',
];

describe.each(['mariadb', 'mysql'] as const)('a %s that is killed and started again', (flavour) => {
  const start = started[flavour];
  if (!('server' in start)) return it.skip(start.missing);
  const { server } = start;

  it('is followed on by itself, with neither gap nor double', async () => {
    server.connection.on('error', () => undefined);
    await server.connection.query(
      'CREATE DATABASE shop; USE shop; CREATE TABLE orders (id BIGINT PRIMARY KEY, v INT); INSERT INTO orders VALUES (1, 1), (2, 2)',
    );
    const world = await openFollowStack(server, targets);
    // It is told of each try.
    const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    try {
      const follower = world.start('shop', routes);
      const rows = 'SELECT id, v FROM orders ORDER BY id';
      const copies = 'SELECT id, v FROM t.orders ORDER BY id';
      await world.untilSame(server.connection, rows, copies, follower);
      for (let round = 0; round < 2; round++) {
        await server.restart();
        const { host, port, user, password } = server;
        await using again = await createConnection({
          host,
          port,
          user,
          password,
          database: 'shop',
          multipleStatements: true,
        });
        await again.query(
          `INSERT INTO orders VALUES (${10 + round}, ${round}); UPDATE orders SET v = v + 100 WHERE id = 1; DELETE FROM orders WHERE id = 2`,
        );
        await world.untilSame(again, rows, copies, follower);
      }
      await follower.stop();
      expect(told.mock.calls.map(([error]) => String(error)).join()).toContain('SOURCE_LOST');
    } finally {
      told.mockRestore();
      await world.close();
    }
  });
});
