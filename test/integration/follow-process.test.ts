import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../local/aws/seeded-random.ts';
import type { DatabaseServer } from '../../local/mysql/database-server.ts';
import { startFollowable } from '../../local/mysql/followable.ts';
import { type FollowerProcess, startFollower } from './follow-kills.ts';
import { openFollowStack } from './follow-stack.ts';

const columns = [
  { name: 'id', type: 'BIGINT' },
  { name: 'v', type: 'VARCHAR(200)' },
];
const history = [
  ...columns,
  { name: 'op', type: 'VARCHAR(10)', sourceType: '@operation' },
  { name: 'place', type: 'VARCHAR(100)', sourceType: '@position' },
];
const targets = [
  'CREATE DATABASE t',
  'CREATE TABLE t.orders (id BIGINT NOT NULL, v VARCHAR(200)) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)',
  'CREATE TABLE t.changes (id BIGINT NOT NULL, v VARCHAR(200), op VARCHAR(10), place VARCHAR(100)) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)',
];
const routes = [
  {
    source: { database: '^shop$', table: '^orders_\\d$' },
    database: 't',
    table: 'orders',
    primaryKey: ['id'],
    columns,
  },
  {
    source: { database: '^shop$', table: '^events$' },
    database: 't',
    table: 'changes',
    mode: 'history' as const,
    columns: history,
  },
];
const [shards, rowsPerShard, kills] = [3, 1000, 4];

describe.each(['mariadb', 'mysql'] as const)('a follower of %s that is killed at any moment', async (flavour) => {
  const start = await startFollowable[flavour]();
  let server: DatabaseServer;
  let world: Awaited<ReturnType<typeof openFollowStack>>;
  let folder: string;

  beforeAll(async () => {
    if (!('server' in start)) return;
    server = start.server;
    folder = await mkdtemp(join(tmpdir(), 'follow-'));
    world = await openFollowStack(server, targets);
    await server.connection.query('CREATE DATABASE shop; USE shop');
    for (let shard = 0; shard < shards; shard++) {
      await server.connection.query(`CREATE TABLE orders_${shard} (id BIGINT PRIMARY KEY, v VARCHAR(50))`);
      const rows = Array.from({ length: rowsPerShard }, (_, row) => [row * shards + shard, `row ${row}`]);
      await server.connection.query(`INSERT INTO orders_${shard} VALUES ?`, [rows]);
    }
    await server.connection.query('CREATE TABLE events (id BIGINT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(50))');
  });
  afterAll(async () => {
    await world?.close();
    if ('server' in start) await start.server.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it.skipIf('missing' in start)(
    'leaves a mirror equal to its source, and a history with each change once',
    { timeout: 240_000 },
    async () => {
      const random = seededRandom(7);
      let [isOver, events] = [false, 0];
      const write = async () => {
        for (let round = 0; !isOver; round++) {
          const shard = round % shards;
          await server.connection.query(
            `BEGIN; UPDATE orders_${shard} SET v = CONCAT('v', ${round}) WHERE id % 17 = ${round % 17};
           INSERT INTO events (v) VALUES ('a'), ('b'); DELETE FROM orders_${shard} WHERE id % 1009 = ${round}; COMMIT;
           UPDATE orders_${shard} SET id = id + 3000000 WHERE id % 211 = ${round} AND id < 3000000`,
          );
          events += 2;
          await delay(5);
        }
      };
      const writing = write();
      let follower: FollowerProcess;
      const follow = () =>
        startFollower({ stack: world.stack, server, routes, folder, source: { 'source.snapshot.parallel': 2 } });
      for (let kill = 0; kill < kills; kill++) {
        follower = await follow();
        await follower.saw(kill === 0 ? 'started' : 'sent');
        await delay(random() * 300);
        follower.kill('SIGKILL');
        await follower.ended;
      }
      isOver = true;
      await writing;
      follower = await follow();
      const running = follower.ended.then((how) => Promise.reject(new Error(`the follower ended: ${how}`)));
      running.catch(() => undefined);
      const inSource = Array.from({ length: shards }, (_, shard) => `SELECT id, v FROM orders_${shard}`).join(
        ' UNION ALL ',
      );
      await world.untilSame(server.connection, `${inSource} ORDER BY id`, 'SELECT id, v FROM t.orders ORDER BY id', {
        running,
      });
      await world.until(async () => (await world.countOf('(SELECT DISTINCT id FROM t.changes) ids')) >= events, {
        running,
      });
      follower.kill('SIGTERM');
      expect(await follower.ended).toBe(0);
      await world.stack.idle();
      // What was there already when the snapshot came by is told as found, too; each change is told once.
      const all = await world.countOf('(SELECT DISTINCT id FROM t.changes) ids');
      const [found] = await world.rowsOf(
        world.sql,
        "SELECT COUNT(*) n, COUNT(DISTINCT id) ids, COUNT(DISTINCT place) places FROM t.changes WHERE op = 'insert'",
      );
      expect(all).toBe(events);
      expect(found?.['n']).toBeGreaterThan(0);
      expect([found?.['ids'], found?.['places']]).toEqual([found?.['n'], found?.['n']]);
    },
  );
});
