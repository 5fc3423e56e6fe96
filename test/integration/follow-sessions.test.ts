import { Readable } from 'node:stream';
import { createConnection } from 'mysql2/promise';
import { afterAll, describe, expect, it } from 'vitest';
import { startFollowable } from '../../local/mysql/followable.ts';
import type { Cells } from '../../src/mysql/follow/source.ts';
import { cellsOf, changesOf, readOn, t, world } from './follow-session.ts';
import { follow, named, rowsOf } from './follow-world.ts';

const flavours = ['mariadb', 'mysql'] as const;
const started = { mariadb: await startFollowable.mariadb(), mysql: await startFollowable.mysql() };

afterAll(async () => {
  for (const start of Object.values(started)) if ('server' in start) await start.server.stop();
});

describe.each(flavours)('what sessions of a real %s may set', async (flavour) => {
  const start = started[flavour];
  if (!('server' in start)) return it.skip(start.missing);
  const { server } = start;
  const { port, user, password } = server;
  /** Runs LOAD DATA LOCAL behind other statements. */
  const load = async (lines: string, ...before: readonly string[]) => {
    await server.connection.query('SET GLOBAL local_infile = ON');
    await using session = await createConnection({ host: '127.0.0.1', port, user, password, database: 'shop' });
    for (const sql of before) await session.query(sql);
    const sql = "LOAD DATA LOCAL INFILE 'x' INTO TABLE t FIELDS TERMINATED BY ',' (id, v)";
    await session.query({ sql, infileStreamFactory: () => Readable.from([Buffer.from(lines)]) });
  };

  it('sql_mode: names in double quotes, and backslashes that stand for themselves', async () => {
    await using shop = await world(server, t, 'CREATE TABLE `a b` (id INT PRIMARY KEY)');
    await shop.run(
      `SET sql_mode = 'ANSI_QUOTES'; ALTER TABLE "t" ADD COLUMN "c" INT; ALTER TABLE "a b" RENAME TO "c d"; TRUNCATE TABLE "shop"."t"; DROP TABLE "c d"`,
      `SET sql_mode = 'NO_BACKSLASH_ESCAPES'; ALTER TABLE t COMMENT 'C:\\', ADD d INT, COMMENT 'RENAME TO u'`,
    );
    const read = await shop.end();
    expect(read.stopped).toBeUndefined();
    expect(changesOf(read)).toEqual([
      ['alter', 't'],
      ['rename', 'a b'],
      ['rename', 'c d'],
      ['truncate', 't'],
      ['drop', 'c d'],
      ['alter', 't'],
    ]);
  });

  it('time_zone and character set: times are in UTC, text in UTF-8', async () => {
    await using shop = await world(
      server,
      'CREATE TABLE m (id INT PRIMARY KEY, a TIMESTAMP(3) NULL, b DATETIME, c VARCHAR(9))',
    );
    await shop.run(
      "SET time_zone = '+05:30'; INSERT INTO m VALUES (1, '2026-01-01 05:30:00.5', '2026-01-01 05:30:00', 'a')",
      "SET time_zone = '-11:00', NAMES latin1; INSERT INTO m VALUES (2, '2025-12-31 13:00:00', '2025-12-31 13:00:00', CONVERT(_latin1 x'e9' USING utf8mb4))",
    );
    const read = await shop.end();
    expect(rowsOf(read.events).map((row) => named(row, 'after'))).toEqual([
      { id: '1', a: '"2026-01-01 00:00:00.500"', b: '"2026-01-01 05:30:00"', c: '"a"' },
      { id: '2', a: '"2026-01-01 00:00:00.000"', b: '"2025-12-31 13:00:00"', c: '"é"' },
    ]);
  });

  it('LOAD DATA, triggers, procedures, and changes of several tables by one statement: rows as they became', async () => {
    await using shop = await world(
      server,
      t,
      'CREATE TABLE u (id INT PRIMARY KEY, v INT)',
      'CREATE TRIGGER copied AFTER INSERT ON t FOR EACH ROW INSERT INTO u VALUES (NEW.id + 100, NEW.v)',
      'CREATE PROCEDURE fill(IN n INT) INSERT INTO u VALUES (n, n)',
    );
    await load('1,10\n2,20\n');
    await shop.run(
      'CALL fill(7)',
      'UPDATE t JOIN u ON u.id = t.id + 100 SET t.v = 5, u.v = 6 WHERE t.id = 1',
      'DELETE t, u FROM t JOIN u ON u.id = t.id + 100 WHERE t.id = 2',
    );
    const read = await shop.end();
    expect(read.stopped).toBeUndefined();
    const all = rowsOf(read.events).map(
      ({ shape, operation, before, after }) => `${operation} ${shape.table} ${(after ?? before)?.slice(0, 2)}`,
    );
    expect(all.toSorted()).toEqual(
      [
        ...['insert t 1,10', 'insert t 2,20', 'insert u 101,10', 'insert u 102,20', 'insert u 7,7'],
        ...['update t 1,5', 'update u 101,6', 'delete t 2,20', 'delete u 102,20'],
      ].toSorted(),
    );
  });

  it('INSERT DELAYED, into an engine that knows it', async () => {
    await using shop = await world(server, 'CREATE TABLE d (id INT PRIMARY KEY) ENGINE = MyISAM');
    await shop.run('INSERT DELAYED INTO d VALUES (1), (2)', 'FLUSH TABLES d');
    const read = await shop.end();
    expect(read.stopped).toBeUndefined();
    expect(cellsOf(read)).toEqual([
      ['insert', ['1']],
      ['insert', ['2']],
    ]);
  });

  it('statements that are told beside their rows', async () => {
    await using shop = await world(server, t);
    const on = flavour === 'mysql' ? 'SET binlog_rows_query_log_events = ON' : 'SET binlog_annotate_row_events = ON';
    await shop.run(`${on}; INSERT INTO t VALUES (1, 1, NULL); DELETE FROM t`);
    const read = await shop.end();
    expect(read.stopped).toBeUndefined();
    expect(cellsOf(read)).toEqual([
      ['insert', ['1', '1', 'null']],
      ['delete', ['1', '1', 'null']],
    ]);
  });

  it('sql_log_bin: what a session keeps out of the binlog nobody can see', async () => {
    await using shop = await world(server, t);
    await shop.run(
      'SET sql_log_bin = OFF; INSERT INTO t VALUES (1, 1, NULL); SET sql_log_bin = ON; INSERT INTO t VALUES (2, 2, NULL)',
    );
    expect(cellsOf(await shop.end())).toEqual([['insert', ['2', '2', 'null']]]);
  });

  it('binlog_format: statements stop it, also where MIXED writes them, and LOAD DATA', async () => {
    for (const format of ['STATEMENT', 'MIXED']) {
      await using shop = await world(server, t);
      await shop.run(`SET binlog_format = '${format}'; INSERT INTO t VALUES (1, 1, NULL)`);
      expect((await shop.end()).stopped?.code).toBe('SOURCE_STATEMENT');
    }
    await using shop = await world(server, t);
    await load('1,10\n', "SET binlog_format = 'STATEMENT'");
    const read = await shop.end();
    expect([read.stopped?.code, cellsOf(read)]).toEqual(['SOURCE_STATEMENT', []]);
  });

  it('a table of a type that cannot be read, made while it is followed, stops it at its first row', async () => {
    await using shop = await world(server, t);
    await shop.run(
      'CREATE TABLE a (id INT PRIMARY KEY, v VARCHAR(9) CHARACTER SET armscii8); INSERT INTO t VALUES (1, 1, NULL); INSERT INTO a VALUES (1, "x")',
    );
    const read = await shop.end();
    expect(read.stopped?.code).toBe('SOURCE_TYPE_UNKNOWN');
    expect(read.stopped?.message).toMatch(
      /Table shop\.a: column v: .*armscii8.* Position binlog\.\d+:\d+, transaction /,
    );
    expect(cellsOf(read)).toEqual([['insert', ['1', '1', 'null']]]);
  });

  it('generated and invisible columns are in the binlog what they are in a SELECT', async () => {
    const stored = flavour === 'mysql' ? 'STORED' : 'PERSISTENT';
    await using shop = await world(
      server,
      `CREATE TABLE g (id INT PRIMARY KEY, a INT, v INT AS (a * 2) VIRTUAL, s VARCHAR(20) AS (CONCAT('n', a)) ${stored}, i INT INVISIBLE DEFAULT 5)`,
    );
    await shop.run(
      'INSERT INTO g (id, a) VALUES (1, 1), (2, NULL)',
      'UPDATE g SET a = 7 WHERE id = 1; UPDATE g SET i = 6 WHERE id = 2',
    );
    const read = await shop.end();
    const table = (await shop.source.tables()).find((each) => each.table === 'g');
    const selected: Cells[] = [];
    for await (const { rows } of shop.source.readRange(table!, {})) selected.push(...rows);
    expect(selected).toEqual([
      ['1', '7', '14', '"n7"', '5'],
      ['2', 'null', 'null', 'null', '6'],
    ]);
    expect(
      rowsOf(read.events)
        .slice(-2)
        .map(({ after }) => after),
    ).toEqual(selected);
    expect(rowsOf(read.events)[0]?.after).toEqual(['1', '1', '2', '"n1"', '5']);
  });

  it('columns that are left out are neither looked at, nor copied, nor read, and those of a key are kept', async () => {
    const vector = flavour === 'mysql' ? ', w VECTOR(3)' : '';
    await using shop = await world(
      server,
      `CREATE TABLE l (id INT PRIMARY KEY, a VARCHAR(9) CHARACTER SET armscii8, e ENUM('x', 'y'), z INT, p POINT, d DECIMAL(9, 2)${vector}, s SET('a', 'b'))`,
      "INSERT INTO l (id, a, e, z, d, s) VALUES (1, 'a', 'y', 7, 1.5, 'a,b')",
    );
    const left = ['a', 'e', 'p', 's', 'w'].map((column) => `shop.l.${column}`);
    const source = await follow(server, 'shop', {
      table: '^(l|end)$',
      leaveOut: [...left, '*.l.id', 'other.*'],
      serverId: 79,
    });
    try {
      expect((await shop.source.check()).map(({ where, text }) => [where, text])).toEqual([
        ['shop.l.a', expect.stringContaining('source.leave-out = shop.l.a')],
      ]);
      expect(await source.check()).toEqual([]);
      await shop.run(
        "INSERT INTO l (id, a, e, p, z, d, s) VALUES (2, 'ab', 'x', ST_GeomFromText('POINT(1 2)'), 8, 2.5, 'b')",
        'UPDATE l SET id = 3, a = NULL WHERE id = 1',
      );
      await server.connection.query('INSERT INTO shop.end VALUES (1)');
      const read = await readOn(source, shop.from);
      expect(read.stopped).toBeUndefined();
      expect(rowsOf(read.events).map(({ before, after }) => [before, after])).toEqual([
        [undefined, ['2', '8', '"2.50"']],
        [
          ['1', '7', '"1.50"'],
          ['3', '7', '"1.50"'],
        ],
      ]);
      const table = (await source.tables()).find((each) => each.table === 'l');
      expect(table?.shape.columns).toEqual(rowsOf(read.events)[0]?.shape.columns);
      const selected: Cells[] = [];
      for await (const { rows } of source.readRange(table!, {})) selected.push(...rows);
      expect(selected).toEqual([
        ['2', '8', '"2.50"'],
        ['3', '7', '"1.50"'],
      ]);
    } finally {
      await source.close();
    }
  });

  if (flavour === 'mysql') return;

  it('times of before 5.6, whose decimals the binlog does not tell, stop it', async () => {
    await using shop = await world(server, t);
    await shop.run(
      'SET GLOBAL mysql56_temporal_format = OFF; CREATE TABLE o (id INT PRIMARY KEY, c DATETIME(3)); SET GLOBAL mysql56_temporal_format = ON; INSERT INTO o VALUES (1, NOW(3))',
    );
    const read = await shop.end();
    expect(read.stopped?.code).toBe('SOURCE_TYPE_UNKNOWN');
    expect(read.stopped?.message).toContain('format before 5.6');
  });
});
