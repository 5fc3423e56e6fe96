import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startFaultProxy } from '../../bench/tcp-faults.ts';
import { startFollowable } from '../../local/mysql/followable.ts';
import { type FollowerProcess, startFollower } from './follow-kills.ts';
import { openFollowStack } from './follow-stack.ts';
import { routes, targets } from './followed-shop.ts';

describe.each(['mariadb', 'mysql'] as const)('the followers of a real %s', async (flavour) => {
  const start = await startFollowable[flavour](['--innodb-flush-log-at-trx-commit=2']);
  if (!('server' in start)) return it.skip(start.missing);
  const { server } = start;
  const { host, port, user, password } = server;
  let world: Awaited<ReturnType<typeof openFollowStack>>;
  let folder: string;
  let source: Connection;
  const started = new Set<FollowerProcess>();
  const connect = async () => {
    source = await createConnection({ ...{ host, port, user, password, multipleStatements: true } });
    // A restart ends it.
    source.on('error', () => undefined);
  };
  const followAt = async (at: number, settings = {}) => {
    const own = await mkdtemp(join(folder, 'follower-'));
    const follower = await startFollower({
      ...{ stack: world.stack, server: { ...server, port: at }, routes, source: settings },
      folder: own,
    });
    started.add(follower);
    return follower;
  };
  const alive = ({ ended }: FollowerProcess) => {
    const running = ended.then((how) => Promise.reject(new Error(`the follower ended: ${how}`)));
    running.catch(() => undefined);
    return { running };
  };
  const untilMirrored = (follower: FollowerProcess) => {
    const query = (table: string) => `SELECT id, v FROM ${table} ORDER BY id`;
    return world.untilSame(source, query('shop.orders'), query('t.orders'), alive(follower));
  };
  const endInOrder = async (follower: FollowerProcess) => {
    follower.kill('SIGTERM');
    expect(await follower.ended).toBe(0);
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'followers-'));
    world = await openFollowStack(server, targets);
    await connect();
    await source.query(
      `CREATE DATABASE shop; CREATE TABLE shop.orders (id BIGINT PRIMARY KEY, v VARCHAR(50));
       CREATE TABLE shop.events (id BIGINT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(50))`,
    );
  });
  // What a test that failed left behind.
  afterEach(() => {
    for (const follower of started) follower.kill('SIGKILL');
  });
  afterAll(async () => {
    source.destroy();
    await world.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('are one at a time: one goes on, the other is fenced and says so, and nothing is doubled', {
    timeout: 120_000,
  }, async () => {
    const first = await followAt(port);
    await first.saw('started');
    let [isOver, events] = [false, 0];
    const write = async () => {
      for (; !isOver; events += 2) {
        await source.query(`BEGIN; INSERT INTO shop.events (v) VALUES ('a'), ('b');
          INSERT INTO shop.orders VALUES (${events}, 'new'); UPDATE shop.orders SET v = 'old' WHERE id < ${events} AND v = 'new'; COMMIT`);
        await delay(5);
      }
    };
    const writing = write();
    await first.saw('sent');
    const second = await followAt(port);
    // It waits while the first one is alive.
    await second.saw('said', ({ reason }) => String(reason).includes('SOURCE_HELD'));
    // The first one stands still, in the middle of whatever it does, for longer than its lease.
    first.kill('SIGSTOP');
    await second.saw('sent');
    first.kill('SIGCONT');
    expect(await first.ended).toBe(1);
    expect(await first.saw('stopped')).toMatchObject({ code: 'SOURCE_FENCED' });
    isOver = true;
    await writing;
    await untilMirrored(second);
    await world.until(
      async () => (await world.countOf('(SELECT DISTINCT id FROM t.events) ids')) >= events,
      alive(second),
    );
    await endInOrder(second);
    await world.stack.idle();
    // What was there when the snapshot came by is told as found, too; each change is told once.
    expect(await world.countOf('(SELECT DISTINCT id FROM t.events) ids')).toBe(events);
    const [told] = await world.rowsOf(
      world.sql,
      "SELECT COUNT(*) n, COUNT(DISTINCT id) ids, COUNT(DISTINCT place) places FROM t.events WHERE op = 'insert'",
    );
    expect(told?.['n']).toBeGreaterThan(events / 2);
    expect([told?.['ids'], told?.['places']]).toEqual([told?.['n'], told?.['n']]);
  });

  it('go on behind cuts of the network, rotations, purges of what they have read, and a restart', {
    timeout: 120_000,
  }, async () => {
    await using network = await startFaultProxy({
      ...{ target: `${host}:${port}`, random: () => 0.5, bytesBetween: Number.POSITIVE_INFINITY },
      ...{ longestLatencyMs: 0, longestStallMs: 0 },
    });
    const follower = await followAt(Number(new URL(`tcp://${network.address}`).port));
    const logs = flavour === 'mariadb' ? 'FLUSH LOGS' : 'FLUSH BINARY LOGS';
    const newest = async () => (await source.query<RowDataPacket[]>('SHOW BINARY LOGS'))[0].at(-1)?.['Log_name'];
    const change = (name: string) =>
      source.query(
        `INSERT INTO shop.orders SELECT MAX(id) + 1, '${name}' FROM shop.orders; UPDATE shop.orders SET v = '${name}' WHERE id % 3 = 0`,
      );
    await change('before');
    await untilMirrored(follower);
    expect(network.cutAll()).toBeGreaterThan(0);
    await change('cut');
    await untilMirrored(follower);
    await source.query(logs);
    await change('rotated');
    await untilMirrored(follower);
    await source.query(`${logs}; PURGE BINARY LOGS TO '${await newest()}'`);
    await change('purged');
    await untilMirrored(follower);
    await server.restart();
    await connect();
    await change('restarted');
    await untilMirrored(follower);
    await endInOrder(follower);
  });

  it('stop where binlogs are gone that nobody read, and copy the tables anew under another name', {
    timeout: 120_000,
  }, async () => {
    const logs = async () => (await source.query<RowDataPacket[]>('SHOW BINARY LOGS'))[0];
    await source.query("DELETE FROM shop.orders WHERE id % 2 = 0; FLUSH LOGS; UPDATE shop.orders SET v = 'unseen'");
    while ((await logs()).length > 1)
      await source.query(`PURGE BINARY LOGS TO '${(await logs()).at(-1)?.['Log_name']}'`);
    const late = await followAt(port);
    expect(await late.ended).toBe(1);
    const { code, says } = await late.saw('stopped');
    expect(code).toBe('SOURCE_PURGED');
    expect(says).toContain('source.name');
    await world.sql.query('TRUNCATE TABLE t.orders');
    const anew = await followAt(port, { 'source.name': 'anew' });
    await untilMirrored(anew);
    await source.query("INSERT INTO shop.orders VALUES (-1, 'and on')");
    await untilMirrored(anew);
    await endInOrder(anew);
  });
});
