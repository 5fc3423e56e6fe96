import { type Connection, createConnection } from 'mysql2/promise';
import { afterAll, describe, expect, it } from 'vitest';
import { startFollowable } from '../../local/mysql/followable.ts';
import { SinkError } from '../../src/kit/errors.ts';
import type { SourceEvent, SourcePosition } from '../../src/mysql/follow/source.ts';
import { follow, freshDatabase, named, readUntil, rowsOf } from './follow-world.ts';

const started = { mariadb: await startFollowable.mariadb(), mysql: await startFollowable.mysql() };

afterAll(async () => {
  for (const start of Object.values(started)) if ('server' in start) await start.server.stop();
});

/** What is read of some statements, each of which a session of its own runs. */
async function read(port: number, statements: readonly string[], mayStop = false) {
  const account = { host: '127.0.0.1', port, user: 'tester', password: 'tester-pw', multipleStatements: true } as const;
  await using connection: Connection = await createConnection(account);
  await freshDatabase(connection, 'shop');
  await connection.query('CREATE TABLE end (id INT PRIMARY KEY)');
  const source = await follow({ port }, 'shop');
  const from = await source.notePosition();
  for (const sql of statements) {
    await using session = await createConnection({ ...account, database: 'shop' });
    await session.query(sql);
  }
  await connection.query('INSERT INTO end VALUES (1)');
  const events: SourceEvent[] = [];
  let stopped: SinkError | undefined;
  const readFrom = async (position: SourcePosition) => {
    for await (const batch of source.openBinlog(position)) {
      events.push(...batch.filter(({ kind }) => kind !== 'heartbeat'));
      if (rowsOf(events).some(({ shape }) => shape.table === 'end') && events.at(-1)?.kind === 'commit') return;
    }
  };
  try {
    await readFrom(from);
  } catch (error) {
    if (!mayStop || !(error instanceof SinkError)) throw error;
    stopped = error;
  }
  const rows = rowsOf(events).filter(({ shape }) => shape.table !== 'end');
  return { source, events, stopped, rows, after: rows.map((row) => named(row, 'after')) };
}

describe('a real mysql', () => {
  const start = started.mysql;
  if (!('server' in start)) return it.skip(start.missing);
  const { port } = start.server;

  it('gives the rows of transactions that a session compresses', async () => {
    const { after, events } = await read(port, [
      'CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(200))',
      "SET binlog_transaction_compression = ON; BEGIN; INSERT INTO t VALUES (1, REPEAT('a', 200)), (2, 'b'); UPDATE t SET v = 'c' WHERE id = 2; COMMIT",
      "SET binlog_transaction_compression = ON; INSERT INTO t VALUES (3, 'd')",
    ]);
    expect(after.map((row) => [row['id'], row['v']?.slice(0, 3)])).toEqual([
      ['1', '"aa'],
      ['2', '"b"'],
      ['2', '"c"'],
      ['3', '"d"'],
    ]);
    const positions = events.flatMap((event) => (event.kind === 'commit' ? [event.position.gtid] : []));
    expect(new Set(positions).size).toBe(positions.length);
  });

  it('stops where a session writes only parts of a JSON document', async () => {
    const { stopped, rows } = await read(
      port,
      [
        `CREATE TABLE t (id INT PRIMARY KEY, j JSON); INSERT INTO t VALUES (1, '{"a": 1, "b": "${'x'.repeat(100)}"}')`,
        "SET binlog_row_value_options = 'PARTIAL_JSON'; UPDATE t SET j = JSON_SET(j, '$.a', 2)",
      ],
      true,
    );
    expect(rows).toHaveLength(1);
    expect(stopped?.code).toBe('SOURCE_SETTING');
    expect(stopped?.message).toContain('PARTIAL_JSON');
  });

  it('reads transactions with tagged GTIDs, and goes on behind them', async () => {
    const { events, source, after } = await read(port, [
      'CREATE TABLE t (id INT PRIMARY KEY)',
      "SET gtid_next = 'AUTOMATIC:batch_7'; INSERT INTO t VALUES (1)",
      'INSERT INTO t VALUES (2)',
      "SET gtid_next = 'AUTOMATIC:batch_7'; INSERT INTO t VALUES (3)",
    ]);
    expect(after).toEqual([{ id: '1' }, { id: '2' }, { id: '3' }]);
    for (const [index, event] of events.entries()) {
      if (event.kind !== 'commit' || index === events.length - 1) continue;
      const [next] = await readUntil(source, event.position, (all) => all.length > 0);
      expect(next).toEqual(events[index + 1]);
    }
    expect(events.some((event) => event.kind === 'begin' && event.gtid.includes(':batch_7:'))).toBe(true);
  });

  it('leaves out what only indexes hold, and keeps generated, invisible and given columns', async () => {
    const { after, source } = await read(port, [
      `CREATE TABLE t (id INT PRIMARY KEY, j JSON, s VARCHAR(20), g INT GENERATED ALWAYS AS (id * 2) VIRTUAL, h INT AS (id + 1) STORED, i INT INVISIBLE DEFAULT 5,
        INDEX f ((UPPER(s))), INDEX m ((CAST(j->'$.tags' AS UNSIGNED ARRAY))))`,
      `INSERT INTO t (id, j, s) VALUES (1, '{"tags": [1, 2]}', 'x')`,
      'SET sql_generate_invisible_primary_key = ON; CREATE TABLE keyless (v INT); INSERT INTO keyless VALUES (7)',
    ]);
    expect(after[0]).toEqual({ id: '1', j: '{"tags": [1, 2]}', s: '"x"', g: '2', h: '2', i: '5' });
    expect(after[1]).toEqual({ my_row_id: '1', v: '7' });
    const tables = await source.tables();
    expect(tables.find(({ table }) => table === 't')?.shape.columns.map(({ name }) => name)).toEqual(
      Object.keys(after[0] ?? {}),
    );
  });

  it('has the rows that a foreign key changes', async () => {
    const { rows, source } = await read(port, [
      'CREATE TABLE parent (id INT PRIMARY KEY); CREATE TABLE child (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE)',
      'INSERT INTO parent VALUES (1); INSERT INTO child VALUES (10, 1), (11, 1)',
      'DELETE FROM parent',
    ]);
    expect(
      rows
        .filter(({ operation }) => operation === 'delete')
        .map(({ shape }) => shape.table)
        .toSorted(),
    ).toEqual(['child', 'child', 'parent']);
    expect(await source.check()).toEqual([]);
  });
});

describe('a real mariadb', () => {
  const start = started.mariadb;
  if (!('server' in start)) return it.skip(start.missing);
  const { port } = start.server;

  it('gives the rows of events that it compresses', async () => {
    const { after } = await read(port, [
      'CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(2000))',
      'SET GLOBAL log_bin_compress = ON, GLOBAL log_bin_compress_min_len = 10',
      "INSERT INTO t VALUES (1, REPEAT('a', 2000)); UPDATE t SET v = 'b'; CREATE TABLE u (id INT PRIMARY KEY, name VARCHAR(300) COMMENT 'a comment that is long enough')",
      'SET GLOBAL log_bin_compress = OFF',
    ]);
    expect(after.map((row) => row['v']?.length)).toEqual([2002, 3]);
  });

  it('stops at rows that were rolled back and stand in the binlog all the same', async () => {
    const { stopped } = await read(
      port,
      [
        'CREATE TABLE t (id INT PRIMARY KEY); CREATE TABLE old (id INT PRIMARY KEY) ENGINE = MyISAM',
        'BEGIN; INSERT INTO t VALUES (1); INSERT INTO old SELECT id FROM t; CREATE TEMPORARY TABLE x (id INT); ROLLBACK',
      ],
      true,
    );
    expect(stopped?.code).toBe('SOURCE_ROLLED_BACK');
  });

  it('says which rows a foreign key would change behind its back', async () => {
    const { source } = await read(port, [
      'CREATE TABLE parent (id INT PRIMARY KEY); CREATE TABLE child (id INT PRIMARY KEY, p INT, CONSTRAINT fk FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE)',
    ]);
    expect(await source.check()).toEqual([
      expect.objectContaining({
        weight: 'stop',
        where: 'shop.child',
        statements: ['ALTER TABLE `shop`.`child` DROP FOREIGN KEY `fk`;'],
      }),
    ]);
  });
});

describe.each(['mariadb', 'mysql'] as const)('a real %s that is killed', (flavour) => {
  const start = started[flavour];
  if (!('server' in start)) return it.skip(start.missing);
  const { server } = start;

  it('loses the follower, who goes on from his last commit when it is up again', async () => {
    const account = {
      host: '127.0.0.1',
      port: server.port,
      user: 'tester',
      password: 'tester-pw',
      multipleStatements: true,
    } as const;
    const before = await createConnection(account);
    before.on('error', () => {});
    await freshDatabase(before, 'shop');
    const first = await follow(server, 'shop');
    const from = await first.notePosition();
    await before.query('CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1)');
    const events: SourceEvent[] = [];
    let restarting: Promise<void> | undefined;
    const lost = (async () => {
      for await (const batch of first.openBinlog(from)) {
        events.push(...batch.filter(({ kind }) => kind !== 'heartbeat'));
        if (rowsOf(events).length === 1 && events.at(-1)?.kind === 'commit') restarting ??= server.restart();
      }
    })();
    await expect(lost).rejects.toMatchObject({ code: 'SOURCE_LOST' });
    await restarting;
    await using again = await createConnection({ ...account, database: 'shop' });
    await again.query('INSERT INTO t VALUES (2)');
    const second = await follow(server, 'shop');
    const last = events.findLast((event) => event.kind === 'commit');
    for await (const batch of second.openBinlog(last?.position ?? from)) {
      events.push(...batch);
      if (rowsOf(events).length === 2) break;
    }
    await second.close();
    expect(rowsOf(events).map((row) => named(row, 'after')['id'])).toEqual(['1', '2']);
  });
});
