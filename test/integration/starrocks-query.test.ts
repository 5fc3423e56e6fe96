import { once } from 'node:events';
import { createConnection } from 'node:net';
import mysql, { type Connection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type QueryServer, startQueryServer } from '../../local/starrocks/mysql/query-server.ts';
import { emptyCluster } from '../../local/starrocks/sql/cluster-view.ts';
import { createCatalog, type EditableCatalog } from '../../local/starrocks/storage/catalog.ts';
import { createEngine, type Engine } from '../../local/starrocks/storage/engine.ts';
import { createAccounts } from '../../local/starrocks/users/accounts.ts';

let engine: Engine;
let catalog: EditableCatalog;
let server: QueryServer;
let db: Connection;
let now = Date.now();

beforeAll(async () => {
  engine = await createEngine();
  catalog = createCatalog(engine, () => now);
  server = await startQueryServer({
    engine,
    catalog,
    accounts: createAccounts({ root: '', app: 'secret' }),
    cluster: {
      ...emptyCluster(),
      now: () => now,
      loads: () => [{ ID: 7, LABEL: 'l-1', DB_NAME: 'shop', STATE: 'FINISHED' }],
    },
  });
});

afterAll(async () => {
  await server.close();
  await engine.close();
});

beforeEach(async () => {
  db = await connect();
  await db.query('CREATE DATABASE shop');
  await db.query('USE shop');
});

afterEach(async () => {
  for (const database of catalog.databases()) await catalog.dropDatabase(database);
  await db.end();
});

function connect(options: Partial<mysql.ConnectionOptions> = {}): Promise<Connection> {
  return mysql.createConnection({
    host: '127.0.0.1',
    port: server.port,
    user: 'root',
    supportBigNumbers: true,
    dateStrings: true,
    ...options,
  });
}

async function rows(sql: string, values?: unknown[]): Promise<RowDataPacket[]> {
  const [found] = await db.query<RowDataPacket[]>(sql, values);
  return found;
}

const allTypes = `CREATE TABLE every (
  id LARGEINT NOT NULL, bo BOOLEAN, ti TINYINT, si SMALLINT, i INT, bi BIGINT, f FLOAT, d DOUBLE, de DECIMAL(38, 9),
  c CHAR(3), v VARCHAR(20), vb VARBINARY, da DATE, dt DATETIME, j JSON, a ARRAY<INT>, m MAP<INT, VARCHAR(5)>,
  s STRUCT<x INT, y VARCHAR(5)>
) PRIMARY KEY(id)`;

const everyRow = {
  id: '170141183460469231731687303715884105727',
  bo: 1,
  ti: -128,
  si: 32767,
  i: -2147483648,
  bi: '9223372036854775807',
  f: 1.5,
  d: 1e300,
  de: '12345678901234567890123456789.123456789',
  c: 'äb',
  v: 'it\'s \\ "so"\n☃',
  vb: Buffer.from([0, 255, 10, 39]),
  da: '2026-02-28',
  dt: '2026-02-28 23:59:58.120000',
  j: '{"k": [1, null]}',
  a: '[1,null,3]',
  m: '{1:"a"}',
  s: '{"x":1,"y":"b"}',
};

const everyInsert = `INSERT INTO every VALUES (170141183460469231731687303715884105727, true, -128, 32767, -2147483648,
  9223372036854775807, 1.5, 1e300, 12345678901234567890123456789.123456789, 'äb', 'it''s \\\\ "so"\\n☃', x'00ff0a27',
  '2026-02-28', '2026-02-28 23:59:58.12', '{"k": [1, null]}', [1, NULL, 3], MAP{1: 'a'}, {'x': 1, 'y': 'b'})`;

describe('logging in', () => {
  it('lets in who knows the password', async () => {
    const app = await connect({ user: 'app', password: 'secret', database: 'shop' });
    const [[row]] = await app.query<RowDataPacket[]>('SELECT DATABASE() AS d, current_user() AS u');
    expect(row).toEqual({ d: 'shop', u: "'app'@'127.0.0.1'" });
    await app.end();
  });

  it.each([
    ['a wrong password', { user: 'app', password: 'wrong' }],
    ['no password', { user: 'app' }],
    ['a password where there is none', { user: 'root', password: 'x' }],
    ['an unknown user', { user: 'nobody' }],
    ['the name of an object method', { user: 'constructor' }],
  ])('refuses %s', async (_, login) => {
    await expect(connect(login)).rejects.toMatchObject({
      errno: 1045,
      message: expect.stringMatching(/^Access denied for user '\w+' \(using password: (YES|NO)\)$/),
    });
  });

  it('refuses an unknown database', async () => {
    await expect(connect({ database: 'nowhere' })).rejects.toMatchObject({
      errno: 5501,
      message: "Unknown database 'nowhere'",
    });
  });

  it('outlives clients that speak no MySQL', async () => {
    const socket = createConnection({ host: '127.0.0.1', port: server.port });
    const closed = new Promise((resolve) => socket.on('close', resolve).on('error', resolve));
    socket.write('GET / HTTP/1.1\r\n\r\n'.repeat(1000));
    socket.end();
    socket.resume();
    await closed;
    expect(await rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

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
    now += 30_000;
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
describe('Java clients', () => {
  it('find columns under names between backticks, in a prepared statement that ends with a semicolon', async () => {
    await db.query('CREATE TABLE orders (id INT, v VARCHAR(9)) PRIMARY KEY(id)');
    const [found] = await db.execute<RowDataPacket[]>(
      'select `COLUMN_NAME`, `COLUMN_KEY` from `information_schema`.`COLUMNS` where `TABLE_SCHEMA`=? and `TABLE_NAME`=? order by `ORDINAL_POSITION`;',
      ['shop', 'orders'],
    );
    expect(found).toEqual([
      { COLUMN_NAME: 'id', COLUMN_KEY: 'PRI' },
      { COLUMN_NAME: 'v', COLUMN_KEY: '' },
    ]);
    const [versions] = await db.execute<RowDataPacket[]>('select current_version();');
    expect(Object.keys(versions[0] ?? {})).toEqual(['current_version()']);
  });

  it('select no database by an empty name', async () => {
    const socket = createConnection({ host: '127.0.0.1', port: server.port });
    await once(socket, 'data');
    const ask = async (sequence: number, payload: Buffer): Promise<Buffer> => {
      socket.write(Buffer.concat([Buffer.from([payload.length, 0, 0, sequence]), payload]));
      const [reply] = (await once(socket, 'data')) as [Buffer];
      return reply.subarray(4);
    };
    const protocol41 = Buffer.from([0, 0x82, 0, 0, 0, 0, 0, 1, 45]);
    const login = Buffer.concat([protocol41, Buffer.alloc(23), Buffer.from('root\0\0')]);
    expect((await ask(1, login))[0]).toBe(0);
    expect((await ask(0, Buffer.from('\u0002shop')))[0]).toBe(0);
    expect((await ask(0, Buffer.from('\u0002')))[0]).toBe(0);
    expect((await ask(0, Buffer.from('\u0003SHOW TABLES'))).toString()).toContain('No database selected');
    socket.destroy();
  });

  it('see no table of information_schema that StarRocks does not have', async () => {
    await expect(db.query('SELECT * FROM information_schema.schemata_of_duckdb')).rejects.toMatchObject({
      errno: 5502,
    });
    await expect(db.query('SELECT * FROM information_schema.innodb_tables')).rejects.toMatchObject({ errno: 5502 });
    expect(
      await rows("SELECT COLLATION AS ASC_OR_DESC FROM INFORMATION_SCHEMA.STATISTICS WHERE INDEX_NAME='PRIMARY'"),
    ).toEqual([]);
  });

  it('take types apart with LOCATE, and UPPER of numbers', async () => {
    expect(
      await rows("SELECT LOCATE('(', 'int(11)') AS at, LOCATE('x', 'int') AS nowhere, UPPER(7) AS number"),
    ).toEqual([{ at: 4, nowhere: 0, number: '7' }]);
  });

  it('are told VARCHAR from other texts', async () => {
    await db.query('CREATE TABLE texts (id LARGEINT, v VARCHAR(9), j JSON) DUPLICATE KEY(id)');
    const [, fields] = await db.query<RowDataPacket[]>('SELECT id, v, j FROM texts');
    expect(fields.map(({ columnType }) => columnType)).toEqual([254, 253, 254]);
  });
});

describe('SHOW and DESC', () => {
  it('list what there is', async () => {
    await db.query('CREATE TABLE orders (id INT, v BIGINT DEFAULT "1") PRIMARY KEY(id)');
    await db.query('CREATE TABLE other (id INT)');
    expect((await rows('SHOW DATABASES')).map((row) => row['Database'])).toEqual([
      '_statistics_',
      'information_schema',
      'shop',
      'sys',
    ]);
    expect(await rows("SHOW TABLES LIKE 'ord%'")).toEqual([{ Tables_in_shop: 'orders' }]);
    expect(await rows('DESC shop.orders')).toEqual([
      { Field: 'id', Type: 'int', Null: 'NO', Key: 'true', Default: null, Extra: '' },
      { Field: 'v', Type: 'bigint', Null: 'YES', Key: 'false', Default: '1', Extra: '' },
    ]);
    expect(await rows('SHOW COLUMNS FROM orders')).toMatchObject([{ Key: 'YES' }, { Key: 'NO' }]);
    const [full] = await rows('SHOW FULL COLUMNS FROM orders FROM shop');
    expect(Object.keys(full ?? {})).toEqual(
      'Field Type Collation Null Key Default Extra Privileges Comment'.split(' '),
    );
    expect(await rows("SHOW VARIABLES LIKE 'version_comment'")).toMatchObject([{ Variable_name: 'version_comment' }]);
  });

  it('give a CREATE TABLE that makes the same table', async () => {
    await db.query(`CREATE TABLE t (id INT, at DATETIME DEFAULT CURRENT_TIMESTAMP COMMENT "say \\"when\\"", a ARRAY<LARGEINT>,
      b BOOLEAN NOT NULL DEFAULT "1", g INT AS id + 1) PRIMARY KEY(id) COMMENT "c" DISTRIBUTED BY HASH(id) BUCKETS 2
      PROPERTIES ("replication_num" = "1")`);
    const before = catalog.table('shop', 't');
    const [row] = await rows('SHOW CREATE TABLE t');
    await db.query('DROP TABLE t');
    await db.query(String(row?.['Create Table']));
    const properties = {
      compression: 'LZ4',
      enable_persistent_index: 'true',
      fast_schema_evolution: 'true',
      replicated_storage: 'true',
      replication_num: '1',
    };
    expect(catalog.table('shop', 't')).toEqual({ ...before, properties });
  });
});

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

describe('sessions', () => {
  it('each have their own database', async () => {
    await db.query('CREATE DATABASE other');
    await db.query('CREATE TABLE t (a INT)');
    const second = await connect({ database: 'other' });
    await expect(second.query('SELECT * FROM t')).rejects.toThrow('Unknown table');
    expect(await rows('SELECT * FROM t')).toEqual([]);
    await second.end();
  });

  it('say that no database is selected', async () => {
    const second = await connect();
    await expect(second.query('CREATE TABLE t (a INT)')).rejects.toMatchObject({ errno: 1046 });
    await second.end();
  });

  it('may be many, and write at the same time', async () => {
    await db.query('CREATE TABLE t (a INT)');
    const connections = await Promise.all(Array.from({ length: 20 }, () => connect({ database: 'shop' })));
    await Promise.all(connections.map((each, index) => each.query('INSERT INTO t VALUES (?)', [index])));
    expect(await rows('SELECT count(DISTINCT a) AS n FROM t')).toEqual([{ n: 20 }]);
    await Promise.all(connections.map((each) => each.end()));
  });
});
