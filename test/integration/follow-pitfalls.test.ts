import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, describe, expect, it } from 'vitest';
import { SinkError } from '../../src/kit/errors.ts';
import type { MySqlSource, SourceEvent, SourcePosition } from '../../src/mysql/follow/source.ts';
import type { DatabaseServer } from './database-server.ts';
import { follow, freshDatabase, named, rowsOf, startFollowable } from './follow-world.ts';

const flavours = ['mariadb', 'mysql'] as const;
const started = { mariadb: await startFollowable.mariadb(), mysql: await startFollowable.mysql() };

afterAll(async () => {
  for (const start of Object.values(started)) if ('server' in start) await start.server.stop();
});

/** All that came, and what stopped it, if that was before the row that ends a test. */
interface Read {
  readonly events: readonly SourceEvent[];
  readonly stopped: SinkError | undefined;
}

async function readOn(source: MySqlSource, from: SourcePosition): Promise<Read> {
  const events: SourceEvent[] = [];
  try {
    for await (const batch of source.openBinlog(from)) {
      events.push(...batch.filter(({ kind }) => kind !== 'heartbeat'));
      const isOver = events.some((event) => event.kind === 'row' && event.shape.table === 'end');
      if (isOver && events.at(-1)?.kind === 'commit') return { events: events.slice(0, -3), stopped: undefined };
    }
  } catch (error) {
    if (error instanceof SinkError) return { events, stopped: error };
    throw error;
  }
  throw new Error('the binlog ended');
}

const cellsOf = ({ events }: Read) =>
  rowsOf(events).map(({ operation, before, after: cells }) => [operation, cells ?? before]);
const changesOf = ({ events }: Read) =>
  events.flatMap((event) => (event.kind === 'schema-change' ? [[event.change, event.table]] : []));

/** What a test works with: statements of a session of its own, and what the follower makes of them. */
async function world(server: DatabaseServer, ...tables: readonly string[]) {
  const { connection, port, user, password } = server;
  await freshDatabase(connection, 'shop');
  await connection.query('CREATE TABLE end (id INT PRIMARY KEY)');
  for (const sql of tables) await connection.query(sql);
  const connect = () =>
    createConnection({
      host: '127.0.0.1',
      port,
      user,
      password,
      database: 'shop',
      multipleStatements: true,
    });
  const session = await connect();
  const source = await follow(server, 'shop');
  const from = await source.notePosition();
  return {
    source,
    from,
    run: async (...statements: readonly string[]) => {
      for (const sql of statements) await session.query(sql);
    },
    /** In a session that then ends. */
    runApart: async (sql: string) => {
      const apart = await connect();
      await apart.query(sql);
      await apart.end();
    },
    end: async () => {
      await connection.query('INSERT INTO shop.end VALUES (1)');
      return await readOn(source, from);
    },
    [Symbol.asyncDispose]: async () => {
      session.destroy();
      await source.close();
    },
  };
}

const t = 'CREATE TABLE t (id INT PRIMARY KEY, v INT, b BLOB)';

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

  it.each([
    [
      'leaves columns out of its rows',
      "SET binlog_row_image = 'MINIMAL'; UPDATE t SET v = 2",
      'SOURCE_SETTING',
      /shop\.t.*binlog_row_image/,
    ],
    [
      'leaves blobs out of its rows',
      "SET binlog_row_image = 'NOBLOB'; UPDATE t SET v = 2",
      'SOURCE_SETTING',
      /shop\.t.*binlog_row_image/,
    ],
    [
      'leaves columns out of inserts',
      "SET binlog_row_image = 'MINIMAL'; INSERT INTO t (id) VALUES (2)",
      'SOURCE_SETTING',
      /shop\.t/,
    ],
    [
      'writes statements',
      "SET binlog_format = 'STATEMENT'; INSERT INTO t VALUES (2, 2, NULL)",
      'SOURCE_STATEMENT',
      /INSERT INTO t/,
    ],
    [
      'writes statements that begin with a comment',
      "SET binlog_format = 'STATEMENT'; /* a */ -- b\n DELETE FROM t",
      'SOURCE_STATEMENT',
      /DELETE FROM t/,
    ],
  ])('stops before its position moves when a session %s', async (_, statement, code, found) => {
    await using shop = await world(server, t, "INSERT INTO t VALUES (1, 1, 'x')");
    await shop.run('INSERT INTO t VALUES (5, 5, NULL)', statement);
    const read = await shop.end();
    expect(read.stopped?.code).toBe(code);
    expect(read.stopped?.message).toMatch(found);
    expect(read.stopped?.message).toMatch(/Position binlog\.\d+:\d+, transaction /);
    // The row before is whole; of the transaction that stops there is no commit.
    expect(cellsOf(read)).toEqual([['insert', ['5', '5', 'null']]]);
    expect(read.events.filter(({ kind }) => kind === 'commit')).toHaveLength(1);
  });

  it('stops when the server writes no names of columns', async () => {
    await using shop = await world(server, t);
    await shop.run(
      "SET GLOBAL binlog_row_metadata = 'MINIMAL'",
      'INSERT INTO t VALUES (1, 1, NULL)',
      "SET GLOBAL binlog_row_metadata = 'FULL'",
    );
    const { stopped } = await shop.end();
    expect(stopped?.code).toBe('SOURCE_SETTING');
    expect(stopped?.message).toMatch(/Table shop\.t: .*binlog_row_metadata is not FULL/);
  });

  it('holds the rows of an XA transaction until its end, and goes on from before its prepare', async () => {
    await using shop = await world(server, t);
    await shop.runApart("XA START 'a'; INSERT INTO t VALUES (1, 1, NULL); XA END 'a'; XA PREPARE 'a'");
    await shop.runApart("XA START 'b'; INSERT INTO t VALUES (2, 2, NULL); XA END 'b'; XA PREPARE 'b'");
    await shop.run(
      'INSERT INTO t VALUES (3, 3, NULL)',
      "XA COMMIT 'a'",
      'INSERT INTO t VALUES (4, 4, NULL)',
      "XA ROLLBACK 'b'",
      "XA START 'c'; INSERT INTO t VALUES (5, 5, NULL); XA END 'c'; XA COMMIT 'c' ONE PHASE",
    );
    const read = await shop.end();
    expect(read.stopped).toBeUndefined();
    expect(rowsOf(read.events).map((row) => named(row, 'after')['id'])).toEqual(['3', '1', '4', '5']);
    for (const [index, event] of read.events.entries()) {
      if (event.kind !== 'commit') continue;
      const again = await readOn(shop.source, event.position);
      expect(again.events).toEqual(read.events.slice(index + 1));
    }
  });

  it('stops at the end of an XA transaction whose rows were written before it began to read', async () => {
    await using shop = await world(server, t);
    await shop.runApart("XA START 'x1'; INSERT INTO t VALUES (1, 1, NULL); XA END 'x1'; XA PREPARE 'x1'");
    await expect(shop.source.notePosition()).rejects.toMatchObject({ code: 'SOURCE_XA' });
    const read = async () => {
      const first = await readOn(shop.source, shop.from);
      const prepared = first.events.findLast((event) => event.kind === 'commit')?.position;
      const { readFrom: _, ...position } = prepared ?? shop.from;
      return position;
    };
    await shop.run('INSERT INTO end VALUES (9)');
    const position = await read();
    await shop.run("XA COMMIT 'x1'");
    const { stopped } = await readOn(shop.source, position);
    expect(stopped?.code).toBe('SOURCE_XA');
    expect(stopped?.message).toContain("x'7831',x'',1");
  });

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

  it('tells what changes tables without row events, whatever comment stands in front', async () => {
    const parts =
      'CREATE TABLE p (id INT PRIMARY KEY) PARTITION BY RANGE (id) (PARTITION a VALUES LESS THAN (10), PARTITION b VALUES LESS THAN (20))';
    await using shop = await world(server, t, parts, 'CREATE TABLE other (id INT PRIMARY KEY)');
    await shop.run(
      '/* c */ TRUNCATE /* d */ TABLE t',
      'TRUNCATE shop.`t`',
      '-- x\nALTER TABLE t ADD COLUMN `TRUNCATE PARTITION` INT',
      "ALTER TABLE t COMMENT 'DROP PARTITION'",
      'ALTER TABLE p TRUNCATE PARTITION a',
      'ALTER TABLE p DROP PARTITION a',
      'RENAME TABLE t TO u, other TO t',
      'ALTER TABLE u RENAME TO v',
      'CREATE INDEX i ON v (v)',
      'CREATE VIEW w AS SELECT 1',
      'ANALYZE TABLE v',
      'DROP VIEW w',
      'DROP TABLE IF EXISTS v, t',
      'CREATE TEMPORARY TABLE temp (id INT)',
      'DROP TEMPORARY TABLE temp',
      'CREATE USER IF NOT EXISTS u1; GRANT SELECT ON shop.* TO u1; DROP USER u1',
      'CREATE TRIGGER tr BEFORE INSERT ON p FOR EACH ROW SET NEW.id = NEW.id',
    );
    const read = await shop.end();
    expect(read.stopped).toBeUndefined();
    expect(changesOf(read)).toEqual([
      ['truncate', 't'],
      ['truncate', 't'],
      ['alter', 't'],
      ['alter', 't'],
      ['partition', 'p'],
      ['partition', 'p'],
      ...['t', 'u', 'other', 't'].map((name) => ['rename', name]),
      ...['u', 'v'].map((name) => ['rename', name]),
      ['drop', 'v'],
      ['drop', 't'],
    ]);
  });

  it('gives the rows of CREATE TABLE … SELECT, LOAD DATA, REPLACE and savepoints as they became', async () => {
    await using shop = await world(server, t, "INSERT INTO t VALUES (1, 1, 'x')");
    await shop.run(
      'CREATE TABLE copy (PRIMARY KEY (id)) SELECT id, v FROM t',
      'REPLACE INTO t (id, v) VALUES (1, 2)',
      'INSERT INTO t (id, v) VALUES (1, 3) ON DUPLICATE KEY UPDATE v = 4',
      'BEGIN; INSERT INTO t (id) VALUES (6); SAVEPOINT s; INSERT INTO t (id) VALUES (7); ROLLBACK TO s; INSERT INTO t (id) VALUES (8); COMMIT',
      'BEGIN; INSERT INTO t (id) VALUES (9); ROLLBACK',
    );
    const read = await shop.end();
    expect(read.stopped).toBeUndefined();
    expect(changesOf(read)).toEqual([['create', 'copy']]);
    expect(cellsOf(read)).toEqual([
      ['insert', ['1', '1']],
      ['update', ['1', '2', 'null']],
      ['update', ['1', '4', 'null']],
      ['insert', ['6', 'null', 'null']],
      ['insert', ['8', 'null', 'null']],
    ]);
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
