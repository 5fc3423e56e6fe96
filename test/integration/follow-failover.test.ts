import { afterAll, describe, expect, it, vi } from 'vitest';
import { startFollowable } from '../../local/mysql/followable.ts';
import type { SourcePosition } from '../../src/mysql/follow/source.ts';
import { follow, freshDatabase, lastPosition, named, readUntil, rowsOf } from './follow-world.ts';

const flavours = ['mariadb', 'mysql'] as const;
/** A server, and one that becomes its replica. */
const started = {
  mariadb: [
    await startFollowable.mariadb(),
    await startFollowable.mariadb(['--server-id=2', '--log-slave-updates=ON']),
  ] as const,
  mysql: [await startFollowable.mysql(), await startFollowable.mysql(['--server-id=2'])] as const,
};

afterAll(async () => {
  for (const start of Object.values(started).flat()) if ('server' in start) await start.server.stop();
});

const words = {
  mariadb: {
    forget: 'RESET MASTER',
    replicate: (port: number) =>
      `CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${port}, MASTER_USER = 'tester', MASTER_PASSWORD = 'tester-pw', MASTER_USE_GTID = slave_pos; START SLAVE`,
    promote: 'STOP SLAVE; RESET SLAVE ALL',
    /** A transaction that the server never had. */
    strange: (gtid: string) => gtid.replace(/-\d+$/, '-999'),
  },
  mysql: {
    forget: 'RESET BINARY LOGS AND GTIDS',
    replicate: (port: number) =>
      `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = ${port}, SOURCE_USER = 'tester', SOURCE_PASSWORD = 'tester-pw', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1; START REPLICA`,
    promote: 'STOP REPLICA; RESET REPLICA ALL',
    strange: (gtid: string) => gtid.replace(/\d+$/, '999'),
  },
} as const;

describe.each(flavours)('a failover of a real %s', (flavour) => {
  const [first, second] = started[flavour];
  if ('missing' in first || 'missing' in second) return it.skip('the server is missing');
  const [source, replica] = [first.server, second.server];
  const say = words[flavour];
  const idsFrom = async (server: typeof source, from: SourcePosition, count: number) => {
    const followed = await follow(server, 'shop', { serverId: 90 });
    try {
      const events = await readUntil(
        followed,
        from,
        (all) => rowsOf(all).length >= count && all.at(-1)?.kind === 'commit',
      );
      return { ids: rowsOf(events).map((row) => named(row, 'after')['id']), position: lastPosition(events) ?? from };
    } finally {
      await followed.close();
    }
  };

  it('is gone on behind, by GTID, with neither gap nor double', async () => {
    await replica.connection.query(say.forget);
    await replica.connection.query(say.replicate(source.port));
    await freshDatabase(source.connection, 'shop');
    const reader = await follow(source, 'shop');
    const from = await reader.notePosition();
    await reader.close();
    await source.connection.query(
      'CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)',
    );
    const before = await idsFrom(source, from, 2);
    // Read by nobody before the source is lost.
    await source.connection.query('INSERT INTO t VALUES (3)');
    await vi.waitUntil(
      async () =>
        JSON.stringify((await replica.connection.query('SELECT COUNT(*) n FROM shop.t').catch(() => [[]]))[0]).includes(
          '"n":3',
        ),
      { timeout: 20_000 },
    );
    await replica.connection.query(say.promote);
    await replica.connection.query('INSERT INTO shop.t VALUES (4)');
    const after = await idsFrom(replica, before.position, 2);
    expect([...before.ids, ...after.ids]).toEqual(['1', '2', '3', '4']);
    await replica.connection.query('INSERT INTO shop.t VALUES (5)');
    expect((await idsFrom(replica, after.position, 1)).ids).toEqual(['5']);
    // What the lost one had alone is nowhere: nobody may go on as if it were.
    const ahead = { ...before.position, gtid: say.strange(before.position.gtid) };
    await expect(idsFrom(replica, ahead, 1)).rejects.toMatchObject({ code: 'SOURCE_FOREIGN' });
  });
});
