import { afterAll, describe, expect, it } from 'vitest';
import { startFollowable } from '../../local/mysql/followable.ts';
import { openFollowStack } from './follow-stack.ts';

/** Servers that write as little of columns as MySQL 5.7 does, or nearly so. */
const started = {
  mariadb: await startFollowable.mariadb(['--binlog-row-metadata=NO_LOG']),
  mysql: await startFollowable.mysql(['--binlog-row-metadata=MINIMAL']),
};
afterAll(async () => {
  for (const start of Object.values(started)) if ('server' in start) await start.server.stop();
});

const routes = [
  { source: { database: '^shop$', table: '^orders$' }, database: 't', table: 'orders', primaryKey: ['id'] },
];
const targets = [
  'CREATE DATABASE t',
  'CREATE TABLE t.orders (id BIGINT NOT NULL, n BIGINT, kind VARCHAR(40), v VARCHAR(80)) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)',
];
const rows = 'SELECT id, n, CONVERT(kind USING utf8mb4) kind, CONVERT(v USING utf8mb4) v FROM shop.orders ORDER BY id';
const copies = 'SELECT id, n, kind, v FROM t.orders ORDER BY id';

describe.each(['mariadb', 'mysql'] as const)('a %s that does not name columns in its binlog', (flavour) => {
  const start = started[flavour];
  if (!('server' in start)) return it.skip(start.missing);
  const { server } = start;

  it('is refused, unless the names are those of the tables; then it is followed until a column changes, and no further', async () => {
    const { connection } = server;
    await connection.query(
      `CREATE DATABASE shop; USE shop;
       CREATE TABLE orders (id BIGINT PRIMARY KEY, n INT UNSIGNED, kind ENUM('a', 'é''s'), v VARCHAR(20) CHARACTER SET latin1);
       INSERT INTO orders VALUES (1, 4294967295, 'é''s', 'ä')`,
    );
    const world = await openFollowStack(server, targets);
    try {
      await expect(world.start('plain', routes).running).rejects.toThrow(/SOURCE_UNFIT.*binlog_row_metadata/);
      const asked = { columnNames: 'server' } as const;
      const first = world.start('shop', routes, asked);
      await world.untilSame(connection, rows, copies, first);
      await connection.query(
        "INSERT INTO orders VALUES (2, 4294967294, 'a', 'ö'); UPDATE orders SET n = 2147483648, id = 3 WHERE id = 1",
      );
      await world.untilSame(connection, rows, copies, first);
      await connection.query(
        "ALTER TABLE orders ADD INDEX (n), COMMENT 'x'; INSERT INTO orders VALUES (4, 1, NULL, '')",
      );
      await world.untilSame(connection, rows, copies, first);
      await first.stop();
      // While nobody follows: its rows of before the change are those of the old columns all the same.
      await connection.query(
        "INSERT INTO orders VALUES (5, 5, 'a', 'b'); ALTER TABLE orders DROP COLUMN kind; INSERT INTO orders VALUES (6, 6, 'c')",
      );
      for (let tries = 0; tries < 2; tries++)
        await expect(world.start('shop', routes, asked).running).rejects.toThrow(/SOURCE_DEFINITION.*DROP COLUMN kind/);
      await world.stack.idle();
      expect(await world.rowsOf(world.sql, 'SELECT id, kind, v FROM t.orders WHERE id > 4')).toEqual([
        { id: 5, kind: 'a', v: 'b' },
      ]);
    } finally {
      await world.close();
    }
  });
});
