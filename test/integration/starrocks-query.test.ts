import type { RowDataPacket } from 'mysql2/promise';
import { describe, expect, it } from 'vitest';
import { allTypes, catalog, connect, db, everyInsert, everyRow, pass, rows, useQueryPort } from './query-port-world.ts';

useQueryPort();

describe('values', () => {
  it('come back as they were written, as text', async () => {
    await db.query(allTypes);
    await db.query(everyInsert);
    expect((await rows('SELECT * FROM every'))[0]).toEqual(everyRow);
  });

  it('come back the same from a prepared statement', async () => {
    await db.query(allTypes);
    await db.query(everyInsert);
    const [found] = await db.execute<RowDataPacket[]>('SELECT * FROM every WHERE i = ? AND v LIKE ?', [
      -2147483648,
      'it%',
    ]);
    expect(found[0]).toEqual({ ...everyRow, dt: '2026-02-28 23:59:58.120000' });
  });

  it('may all be NULL, in text and in binary', async () => {
    await db.query(allTypes);
    await db.query('INSERT INTO every (id) VALUES (1)');
    const nulls = Object.fromEntries(Object.keys(everyRow).map((name) => [name, name === 'id' ? '1' : null]));
    expect((await rows('SELECT * FROM every'))[0]).toEqual(nulls);
    expect((await db.execute<RowDataPacket[]>('SELECT * FROM every'))[0][0]).toEqual(nulls);
  });

  it('pass through parameters, whatever they contain', async () => {
    await db.query('CREATE TABLE t (k INT, v VARCHAR(99), b VARBINARY, d DATETIME, n DOUBLE)');
    const text = '\'\\ " ` ; -- # /* ? ☃ \n\0';
    const values = [1, text, Buffer.from([0, 1, 255]), '2026-01-02 03:04:05', 0.5];
    await db.execute('INSERT INTO t VALUES (?, ?, ?, ?, ?)', values);
    await db.query('INSERT INTO t VALUES (?, ?, ?, ?, ?)', values);
    await db.execute('INSERT INTO t VALUES (?, ?, ?, ?, ?)', [null, null, null, null, null]);
    const found = await rows('SELECT k, v, b, d, n FROM t WHERE k IS NOT NULL');
    const row = { k: 1, v: text, b: values[2], d: '2026-01-02 03:04:05', n: 0.5 };
    expect(found.map(({ d, ...rest }) => ({ ...rest, d: String(d).slice(0, 19) }))).toEqual([row, row]);
  });

  it('show 32-bit numbers in as few digits as they need', async () => {
    await db.query('CREATE TABLE t (k INT, f FLOAT, a ARRAY<FLOAT>)');
    await db.query('INSERT INTO t VALUES (1, 0.1, [0.3, 16777216])');
    expect(await rows('SELECT f, a FROM t')).toEqual([{ f: 0.1, a: '[0.3,16777216]' }]);
  });

  it('may be longer than a packet of the protocol', async () => {
    const long = 'x'.repeat(17_000_000);
    const [row] = await rows(`SELECT '${long}' AS v, length(repeat('y', 5)) AS n`);
    expect(row).toEqual({ v: long, n: 5 });
  });
});

describe('tables', () => {
  it('keep the last row of a primary key, and every row of a duplicate key', async () => {
    await db.query('CREATE TABLE p (id INT, v INT) PRIMARY KEY(id)');
    await db.query('CREATE TABLE q (id INT, v INT) DUPLICATE KEY(id)');
    for (const table of ['p', 'q']) {
      await db.query(`INSERT INTO ${table} VALUES (1, 1), (2, 2), (1, 3)`);
      const [done] = await db.query(`INSERT INTO ${table} (v, id) VALUES (4, 2)`);
      expect(done).toMatchObject({ affectedRows: 1 });
    }
    expect(await rows('SELECT id, v FROM p ORDER BY id')).toEqual([
      { id: 1, v: 3 },
      { id: 2, v: 4 },
    ]);
    expect(await rows('SELECT id, v FROM q ORDER BY id, v')).toHaveLength(4);
  });

  it('fill defaults, generated columns and AUTO_INCREMENT', async () => {
    await db.query(`CREATE TABLE t (id BIGINT NOT NULL AUTO_INCREMENT, n INT DEFAULT "5", at DATETIME DEFAULT
      CURRENT_TIMESTAMP, twice INT AS (n * 2)) PRIMARY KEY(id)`);
    await db.query('INSERT INTO t (n) VALUES (1), (2)');
    await db.query('INSERT INTO t (id) VALUES (DEFAULT)');
    const found = await rows('SELECT id, n, twice, at IS NOT NULL AS dated FROM t ORDER BY id');
    expect(found).toEqual([
      { id: 1, n: 1, twice: 2, dated: 1 },
      { id: 2, n: 2, twice: 4, dated: 1 },
      { id: 3, n: 5, twice: 10, dated: 1 },
    ]);
  });

  it('refuse rows that do not fit, and keep none of them', async () => {
    await db.query('CREATE TABLE t (id INT NOT NULL, v VARCHAR(3)) PRIMARY KEY(id)');
    await expect(db.query("INSERT INTO t VALUES (1, 'abc'), (NULL, 'x')")).rejects.toThrow("non-nullable column 'id'");
    await expect(db.query("INSERT INTO t VALUES (1, 'abc'), (2, 'äö')")).rejects.toThrow("column 'v'");
    await expect(db.query("INSERT INTO t VALUES ('x', 'abc')")).rejects.toThrow();
    expect(await rows('SELECT count(*) FROM t')).toEqual([{ 'count(*)': 0 }]);
  });

  it('can be altered', async () => {
    await db.query('CREATE TABLE t (id INT, v INT) PRIMARY KEY(id)');
    await db.query('INSERT INTO t VALUES (1, 2)');
    await db.query('ALTER TABLE t ADD COLUMN w VARCHAR(5) NOT NULL DEFAULT "x" AFTER id');
    await db.query('ALTER TABLE t MODIFY COLUMN v BIGINT, RENAME COLUMN v TO u');
    pass(30_000);
    expect(await rows('SELECT * FROM t')).toEqual([{ id: 1, w: 'x', u: 2 }]);
    expect(catalog.table('shop', 't')?.columns.map((column) => [column.name, column.type.base])).toEqual([
      ['id', 'INT'],
      ['w', 'VARCHAR'],
      ['u', 'BIGINT'],
    ]);
    await db.query('ALTER TABLE t DROP COLUMN w');
    await db.query('ALTER TABLE t RENAME t2');
    expect(await rows('SELECT * FROM t2')).toEqual([{ id: 1, u: 2 }]);
    await expect(db.query('ALTER TABLE t2 DROP COLUMN id')).rejects.toThrow('key column');
    await expect(db.query('ALTER TABLE t2 ADD COLUMN w INT DEFAULT "x"')).rejects.toThrow('Invalid default value');
    await expect(db.query('ALTER TABLE t2 ADD COLUMN ID INT')).rejects.toMatchObject({ errno: 1064 });
  });

  it('lose rows to DELETE, UPDATE and TRUNCATE', async () => {
    await db.query('CREATE TABLE t (id INT, v INT) PRIMARY KEY(id)');
    await db.query('INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)');
    const [deleted] = await db.query('DELETE FROM t WHERE `id` = 1');
    expect(deleted).toMatchObject({ affectedRows: 1 });
    await db.query('UPDATE t SET v = 9 WHERE id = 2');
    expect(await rows('SELECT * FROM t ORDER BY id')).toEqual([
      { id: 2, v: 9 },
      { id: 3, v: 3 },
    ]);
    await expect(db.query('DELETE FROM t')).rejects.toThrow('Where clause');
    await db.query('TRUNCATE TABLE t');
    expect(await rows('SELECT * FROM t')).toEqual([]);
  });
});

describe('information_schema', () => {
  it('describes columns by the names of StarRocks', async () => {
    await db.query(`CREATE TABLE t (id LARGEINT NOT NULL, n DECIMAL(10,2) DEFAULT "1.5" COMMENT "how many", b BOOLEAN,
      s STRING, g BIGINT AS (id + 1)) PRIMARY KEY(id)`);
    const found = await rows(
      `SELECT COLUMN_NAME, ORDINAL_POSITION, COLUMN_DEFAULT, IS_NULLABLE, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH AS len,
       NUMERIC_PRECISION AS p, NUMERIC_SCALE AS s, COLUMN_TYPE, COLUMN_KEY, COLUMN_COMMENT, GENERATION_EXPRESSION AS g
       FROM information_schema.columns WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`,
      ['shop', 't'],
    );
    expect(found.map((row) => Object.values(row))).toEqual([
      ['id', 1, null, 'NO', 'bigint unsigned', null, 39, null, 'bigint(20) unsigned', 'PRI', '', null],
      ['n', 2, '1.5', 'YES', 'decimal', null, 10, 2, 'decimal(10, 2)', '', 'how many', null],
      ['b', 3, null, 'YES', 'tinyint', null, null, 0, 'tinyint(1)', '', '', null],
      ['s', 4, null, 'YES', 'varchar', 65533, null, null, 'varchar(65533)', '', '', null],
      ['g', 5, null, 'YES', 'bigint', null, 19, 0, 'bigint(20)', '', '', 'id + 1'],
    ]);
  });

  it('names result columns as the query does', async () => {
    const [row] = await rows('select schema_name from INFORMATION_SCHEMA.SCHEMATA order by 1 limit 1');
    expect(row).toEqual({ schema_name: '_statistics_' });
  });

  it('tells models, tables and loads', async () => {
    await db.query('CREATE TABLE u (a INT, b INT, c INT) UNIQUE KEY(a, b) DISTRIBUTED BY HASH(a) BUCKETS 3');
    await db.query('CREATE TABLE d (a INT, b INT) COMMENT "events"');
    expect(
      await rows(`SELECT TABLE_NAME, TABLE_MODEL, PRIMARY_KEY, DISTRIBUTE_KEY, DISTRIBUTE_TYPE, DISTRIBUTE_BUCKET
        FROM information_schema.tables_config WHERE TABLE_SCHEMA = 'shop' ORDER BY 1`),
    ).toEqual([
      {
        TABLE_NAME: 'd',
        TABLE_MODEL: 'DUP_KEYS',
        PRIMARY_KEY: '',
        DISTRIBUTE_KEY: '',
        DISTRIBUTE_TYPE: 'RANDOM',
        DISTRIBUTE_BUCKET: 0,
      },
      {
        TABLE_NAME: 'u',
        TABLE_MODEL: 'UNIQUE_KEYS',
        PRIMARY_KEY: '`a`, `b`',
        DISTRIBUTE_KEY: '`a`',
        DISTRIBUTE_TYPE: 'HASH',
        DISTRIBUTE_BUCKET: 3,
      },
    ]);
    expect(await rows("SELECT TABLE_COMMENT FROM information_schema.tables WHERE TABLE_NAME = 'd'")).toEqual([
      { TABLE_COMMENT: 'events' },
    ]);
    expect(await rows('SELECT ID, LABEL, STATE, ERROR_MSG FROM information_schema.loads')).toEqual([
      { ID: 7, LABEL: 'l-1', STATE: 'FINISHED', ERROR_MSG: null },
    ]);
  });
});

/** What MySQL Connector/J and the Flink connector ask, in their words. */

describe('queries', () => {
  it('understand the quotes, functions and operators of MySQL', async () => {
    await db.query('CREATE TABLE t (`select` INT, `a b` VARCHAR(9), at DATETIME)');
    await db.query("INSERT INTO t VALUES (1, 'x', '2026-03-04 05:06:07'), (2, NULL, NULL), (3, 'z', NULL)");
    expect(
      await rows(`SELECT t.\`select\` AS s, ifnull(\`a b\`, "none") AS ab, date_format(at, '%Y/%m/%d %H:%i:%s') AS d
        FROM shop.t WHERE \`a b\` <=> NULL || \`select\` = 1 ORDER BY 1 LIMIT 0, 2 -- the end`),
    ).toEqual([
      { s: 1, ab: 'x', d: '2026/03/04 05:06:07' },
      { s: 2, ab: 'none', d: null },
    ]);
    expect(await rows('SELECT sum(`select`) AS s, count(*), group_concat(`a b` SEPARATOR "-") g FROM t')).toEqual([
      { s: 6, 'count(*)': 3, g: 'x-z' },
    ]);
    expect(
      await rows(`SELECT get_json_string('{"a": {"b": 7}}', '$.a.b') AS j, 1 + 1, 'x' y, 2 AS 'z' FROM dual`),
    ).toEqual([{ j: '7', '1 + 1': 2, y: 'x', z: 2 }]);
  });

  it('answer what clients ask when they connect', async () => {
    const [row] = await rows(
      'SELECT /* mysql-connector-j */ @@session.auto_increment_increment AS inc, @@sql_mode AS m, @@version_comment limit 1',
    );
    expect(row).toMatchObject({ inc: 1, '@@version_comment': '3.5.0-standin' });
    expect(await rows('SELECT current_version() AS v')).toEqual([{ v: '3.5.0-standin' }]);
    for (const statement of [
      'SET NAMES utf8mb4',
      'SET autocommit = 1',
      'BEGIN',
      'COMMIT',
      ';',
      '/* ping */ SELECT 1',
    ]) {
      await db.query(statement);
    }
    await db.ping();
  });

  it('say what is wrong, and go on', async () => {
    await expect(db.query('SELEC 1')).rejects.toMatchObject({
      errno: 1064,
      message: expect.stringContaining(
        "Getting syntax error at line 1, column 0. Detail message: Unexpected input 'SELEC'",
      ),
    });
    await expect(db.query('SELECT * FROM nowhere')).rejects.toMatchObject({
      errno: 5502,
      sqlState: '42602',
      message: "Getting analyzing error. Detail message: Unknown table 'shop.nowhere'.",
    });
    await expect(db.query('DESC nowhere')).rejects.toThrow("Unknown table 'nowhere'");
    await expect(db.query('SHOW TABLES FROM nowhere')).rejects.toMatchObject({
      errno: 5501,
      message: "Getting analyzing error. Detail message: Unknown database 'nowhere'.",
    });
    await expect(db.query('DROP DATABASE nowhere')).rejects.toMatchObject({ errno: 1008 });
    await expect(db.query('SELECT nothing FROM (SELECT 1 AS x) y')).rejects.toThrow(
      "Column 'nothing' cannot be resolved",
    );
    await expect(db.query('USE nowhere')).rejects.toMatchObject({ errno: 5501, sqlState: '3F000' });
    await expect(db.query('CREATE DATABASE shop')).rejects.toMatchObject({ errno: 1007 });
    await expect(db.query('SELECT @@nonsense')).rejects.toMatchObject({ errno: 1193 });
    await expect(db.query('CREATE TABLE t (a BITMAP)')).rejects.toThrow();
    expect(await rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('run several statements at once, up to the first that fails', async () => {
    const many = await connect({ multipleStatements: true, database: 'shop' });
    const [results] = await many.query<RowDataPacket[][]>("SELECT 1 AS a; SELECT ';' AS b;");
    expect(results).toEqual([[{ a: 1 }], [{ b: ';' }]]);
    await many.end();
  });
});
