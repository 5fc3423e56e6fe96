import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, describe, expect, it } from 'vitest';
import { startFollowable } from '../../local/mysql/followable.ts';
import type { SourceEvent, SourcePosition } from '../../src/mysql/follow/source.ts';
import { readOn, t, world } from './follow-session.ts';
import { named, rowsOf } from './follow-world.ts';

const flavours = ['mariadb', 'mysql'] as const;
const started = { mariadb: await startFollowable.mariadb(), mysql: await startFollowable.mysql() };

afterAll(async () => {
  for (const start of Object.values(started)) if ('server' in start) await start.server.stop();
});

describe.each(flavours)('a real %s', async (flavour) => {
  const start = started[flavour];
  if (!('server' in start)) return it.skip(start.missing);
  const { server } = start;
  const rowsFrom = async (sql: string) => (await server.connection.query<RowDataPacket[]>(sql))[0];
  const killReaders = async () => {
    const dumps = "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'";
    // One that has just ended is no longer there to be killed.
    for (const { id } of await rowsFrom(dumps)) await server.connection.query(`KILL ${id}`).catch(() => undefined);
  };
  /** Deletes all binlogs but the newest; a file that somebody still reads stays, until he is gone. */
  const purgeAll = async () => {
    for (;;) {
      const logs = await rowsFrom('SHOW BINARY LOGS');
      if (logs.length === 1) return;
      await killReaders();
      await server.connection.query(`PURGE BINARY LOGS TO '${logs.at(-1)?.['Log_name']}'`);
    }
  };

  it('reads on through switches of the checksum, and files that were written without', async () => {
    await using shop = await world(server, t);
    const insert = (id: number) => `INSERT INTO t VALUES (${id}, ${id}, NULL)`;
    const live: SourceEvent[] = [];
    const reading = (async () => {
      for await (const batch of shop.source.openBinlog(shop.from)) {
        live.push(...batch);
        if (rowsOf(live).length === 4) return;
      }
    })();
    await shop.run(
      insert(1),
      "SET GLOBAL binlog_checksum = 'NONE'",
      insert(2),
      insert(3),
      "SET GLOBAL binlog_checksum = 'CRC32'",
      insert(4),
    );
    await reading;
    const read = await shop.end();
    expect(read.stopped).toBeUndefined();
    expect(rowsOf(read.events).map((row) => named(row, 'after')['id'])).toEqual(['1', '2', '3', '4']);
    expect(rowsOf(live)).toEqual(rowsOf(read.events));
  });

  it('loses a killed connection, and goes on from its last commit', async () => {
    await using shop = await world(server, t);
    const insert = (id: number) => `INSERT INTO t VALUES (${id}, ${id}, NULL)`;
    await shop.run(insert(1));
    const events: SourceEvent[] = [];
    let isKilled = false;
    const reading = async (from: SourcePosition) => {
      for await (const batch of shop.source.openBinlog(from)) {
        events.push(...batch.filter(({ kind }) => kind !== 'heartbeat'));
        if (rowsOf(events).length === 1 && !isKilled) {
          isKilled = true;
          await killReaders();
        }
        if (rowsOf(events).length === 2 && events.at(-1)?.kind === 'commit') return;
      }
    };
    await expect(reading(shop.from)).rejects.toMatchObject({ code: 'SOURCE_LOST' });
    const position = events.findLast((event) => event.kind === 'commit')?.position;
    await shop.run(insert(2));
    await reading(position ?? shop.from);
    expect(rowsOf(events).map((row) => named(row, 'after')['id'])).toEqual(['1', '2']);
  });

  it('stops the first of two followers with one server id, and says so', async () => {
    await using shop = await world(server, t);
    const first = shop.source.openBinlog(shop.from)[Symbol.asyncIterator]();
    await shop.run('INSERT INTO t VALUES (1, 1, NULL)');
    await first.next();
    const second = shop.source.openBinlog(shop.from)[Symbol.asyncIterator]();
    await second.next();
    const ended = (async () => {
      for (;;) if ((await first.next()).done) return;
    })();
    await expect(ended).rejects.toMatchObject({ code: 'SOURCE_ID_TAKEN' });
    await second.return?.();
  });

  it('stops when binlogs that it needs were purged', async () => {
    await using shop = await world(server, t);
    await shop.run('INSERT INTO t VALUES (1, 1, NULL)', 'FLUSH BINARY LOGS', 'FLUSH BINARY LOGS');
    await purgeAll();
    const { stopped, events } = await shop.end();
    expect([stopped?.code, events]).toEqual(['SOURCE_PURGED', []]);
  });

  it('refuses a position of another server, and one that the server has not reached', async () => {
    await using shop = await world(server, t);
    const foreign = {
      mysql: ['aaaaaaaa-0000-0000-0000-000000000001:1-5', shop.from.gtid.replace(/\d+$/, '999999')],
      mariadb: ['0-9-3', '0-1-999999'],
    };
    for (const gtid of foreign[flavour]) {
      const { stopped, events } = await readOn(shop.source, { ...shop.from, gtid });
      expect([gtid, stopped?.code, events]).toEqual([gtid, 'SOURCE_FOREIGN', []]);
    }
  });
});
