import mysql, { type Connection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StarRocksServer, startStarRocks } from '../../local/starrocks/server.ts';
import { send } from '../contract/http-client.ts';

const one = 'DISTRIBUTED BY HASH(a) BUCKETS 1 PROPERTIES ("replication_num" = "1"';
const secondPattern = 1000;

let server: StarRocksServer;
let db: Connection;
let nowMs = Date.parse('2026-01-02T03:04:05Z');

beforeAll(async () => {
  server = await startStarRocks({ now: () => nowMs });
  db = await mysql.createConnection({ host: '127.0.0.1', port: server.queryPort, user: 'root' });
  await db.query('CREATE DATABASE d');
  await db.query('USE d');
});
afterAll(async () => {
  await db.end();
  await server.close();
});

async function columns(table: string): Promise<string[]> {
  const [rows] = await db.query<RowDataPacket[]>(`DESC ${table}`);
  return rows.map((row) => row['Field']);
}

async function rows(sql: string): Promise<unknown[][]> {
  const [found] = await db.query<RowDataPacket[][]>({ sql, rowsAsArray: true });
  return found;
}

/** Loads CSV by the frontend, which sends on to a backend. */
async function load(table: string, names: string, body: string): Promise<Record<string, unknown>> {
  const authorization = `Basic ${Buffer.from('root:').toString('base64')}`;
  const headers = { authorization, expect: '100-continue', column_separator: ',', columns: names };
  const path = `/api/d/${table}/_stream_load`;
  const { text } = await send(`${server.beUrls[0]}${path}`, { method: 'PUT', headers, body });
  return JSON.parse(text);
}

describe('a change of the schema alone', () => {
  it('is seen at once, by queries and loads, and old rows have the default', async () => {
    await db.query(`CREATE TABLE quick (a INT NOT NULL) ${one})`);
    await load('quick', 'a', '1\n');
    await db.query('ALTER TABLE quick ADD COLUMN b INT NOT NULL DEFAULT "7", ADD COLUMN c VARCHAR(5)');
    expect(await load('quick', 'a,b,c', '2,3,x\n')).toMatchObject({ Status: 'Success' });
    expect(await rows('SELECT * FROM quick ORDER BY a')).toEqual([
      [1, 7, null],
      [2, 3, 'x'],
    ]);
  });

  it('is all of its clauses or none', async () => {
    await db.query(`CREATE TABLE whole (a INT NOT NULL) ${one})`);
    await expect(db.query('ALTER TABLE whole ADD COLUMN b INT, ADD COLUMN A INT')).rejects.toMatchObject({
      errno: 1064,
      sqlState: 'HY000',
      message: 'Can not add column which already exists in base table: A',
    });
    expect(await columns('whole')).toEqual(['a']);
  });

  it('puts what a new column says of the time as of now', async () => {
    await db.query(`CREATE TABLE timed (a INT NOT NULL) ${one})`);
    await db.query('ALTER TABLE timed ADD COLUMN t DATETIME DEFAULT CURRENT_TIMESTAMP');
    const [found] = await rows("SELECT COLUMN_DEFAULT FROM information_schema.columns WHERE COLUMN_NAME = 't'");
    expect(found).toEqual([new Date(nowMs).toISOString().slice(0, 19).replace('T', ' ')]);
  });
});

describe('a change that writes rows anew', () => {
  it.each([
    ['MODIFY COLUMN b BIGINT', ''],
    ['ADD COLUMN k INT KEY', ''],
    ['ADD COLUMN g BIGINT AS (a + 1)', ''],
    ['ADD COLUMN c INT', ', "fast_schema_evolution" = "false"'],
  ])('%s is a job: the next change waits for its end', async (change, property) => {
    await db.query('DROP TABLE IF EXISTS slow');
    await db.query(`CREATE TABLE slow (a INT NOT NULL, b INT) DUPLICATE KEY(a) ${one}${property})`);
    await load('slow', 'a,b', '1,2\n');
    await db.query(`ALTER TABLE slow ${change}`);
    const busy = /^A schema change operation is in progress on the table slow\. Please wait until/;
    await expect(db.query('ALTER TABLE slow ADD COLUMN z INT')).rejects.toThrow(busy);
    expect(await columns('slow')).toEqual(['a', 'b']);
    nowMs += 10 * secondPattern;
    await expect(db.query('ALTER TABLE slow ADD COLUMN z INT')).rejects.toThrow(busy);
    nowMs += 10 * secondPattern;
    await db.query('ALTER TABLE slow ADD COLUMN z INT');
    expect(await rows('SELECT a, b FROM slow')).toEqual([[1, 2]]);
  });

  it('computes a generated column for the rows that there are', async () => {
    await db.query(`CREATE TABLE derived (a INT NOT NULL) ${one})`);
    await load('derived', 'a', '4\n');
    await db.query('ALTER TABLE derived ADD COLUMN g BIGINT AS (a + 1)');
    nowMs += 20 * secondPattern;
    expect(await load('derived', 'a', '5\n')).toMatchObject({ Status: 'Success' });
    expect(await rows('SELECT * FROM derived ORDER BY a')).toEqual([
      [4, 5],
      [5, 6],
    ]);
  });

  it('ends with its table', async () => {
    await db.query(`CREATE TABLE gone (a INT NOT NULL, b INT) DUPLICATE KEY(a) ${one})`);
    await db.query('ALTER TABLE gone MODIFY COLUMN b BIGINT');
    await db.query('DROP TABLE gone');
    nowMs += 20 * secondPattern;
    expect(await rows("SHOW TABLES LIKE 'gone'")).toEqual([]);
  });
});

describe('names that differ by their letter case', () => {
  it('are names of different tables and databases', async () => {
    await db.query('CREATE DATABASE D');
    for (const [table, value] of [
      ['d.names', 1],
      ['d.Names', 2],
      ['D.names', 3],
    ]) {
      await db.query(`CREATE TABLE ${table} (a INT NOT NULL) ${one})`);
      await db.query(`INSERT INTO ${table} VALUES (${value})`);
    }
    expect(await rows('SELECT a FROM d.names')).toEqual([[1]]);
    expect(await rows('SELECT Names.a FROM d.Names')).toEqual([[2]]);
    expect(await rows('SELECT x.a FROM D.names x')).toEqual([[3]]);
    expect(await rows('SELECT a FROM Names')).toEqual([[2]]);
    await load('Names', 'a', '4\n');
    expect(await rows('SELECT count(*) FROM Names')).toEqual([[2]]);
    await expect(db.query('SELECT * FROM d.NAMES')).rejects.toMatchObject({ errno: 5502 });
    await db.query('DROP TABLE d.names');
    expect(await rows('SELECT count(*) FROM d.Names')).toEqual([[2]]);
  });
});

describe('a view', () => {
  it('is read like a table, described by what it selects, and no target of loads', async () => {
    await db.query(`CREATE TABLE base (a INT NOT NULL, b VARCHAR(9)) ${one})`);
    await db.query("INSERT INTO base VALUES (1, 'x'), (2, 'y')");
    await db.query('CREATE VIEW seen (n, t) AS SELECT a, b FROM base WHERE a > 1');
    expect(await rows('SELECT * FROM seen')).toEqual([[2, 'y']]);
    expect(await rows('DESC seen')).toEqual([
      ['n', 'int', 'NO', 'false', null, ''],
      ['t', 'varchar(9)', 'YES', 'false', null, ''],
    ]);
    expect(await load('seen', 'n,t', '1,x\n')).toMatchObject({
      Status: 'Fail',
      Message: 'Only olap/lake table support stream load',
    });
    await expect(db.query('CREATE VIEW seen AS SELECT a FROM base')).rejects.toMatchObject({ errno: 1050 });
    await db.query('CREATE OR REPLACE VIEW seen AS SELECT count(*) AS n FROM base');
    expect(await rows('SELECT n FROM seen')).toEqual([[2]]);
    await db.query('DROP VIEW seen');
    await expect(db.query('SELECT * FROM seen')).rejects.toMatchObject({ errno: 5502 });
  });
});

describe('BITMAP, HLL and PERCENTILE', () => {
  it('are NULL to clients, and counted by their functions', async () => {
    await db.query(`CREATE TABLE unions (a INT, b BITMAP BITMAP_UNION, h HLL HLL_UNION, p PERCENTILE PERCENTILE_UNION)
      AGGREGATE KEY(a) ${one})`);
    const made = 'a,v,b=to_bitmap(v),h=hll_hash(v),p=percentile_hash(v)';
    expect(await load('unions', made, '1,10\n1,20\n2,20\n')).toMatchObject({ Status: 'Success' });
    expect(await rows('SELECT b, h, p FROM unions WHERE a = 1')).toEqual([[null, null, null]]);
    expect(await rows('SELECT a, bitmap_count(b), hll_cardinality(h) FROM unions ORDER BY a')).toEqual([
      [1, 2, 2],
      [2, 1, 1],
    ]);
    expect(await rows('SELECT bitmap_union_count(b), hll_union_agg(h) FROM unions')).toEqual([[2, 2]]);
    expect(await rows('SELECT bitmap_to_string(bitmap_union(b)) FROM unions')).toEqual([['10,20']]);
    expect(await rows('SELECT percentile_approx_raw(p, 0.5) FROM unions WHERE a = 1')).toEqual([[15]]);
  });
});

describe('tables that differ by case', () => {
  it('are told apart by what writes and changes them', async () => {
    for (const table of ['told', 'Told']) {
      await db.query(`CREATE TABLE ${table} (a INT NOT NULL, b INT) PRIMARY KEY(a) ${one})`);
      await db.query(`INSERT INTO ${table} VALUES (1, 1), (2, 2)`);
    }
    await db.query('UPDATE Told SET b = 5 WHERE a = 1');
    await db.query('DELETE FROM d.Told WHERE a = 2');
    await db.query('ALTER TABLE Told ADD COLUMN c INT');
    await db.query('INSERT INTO told SELECT a + 5, b FROM Told');
    expect(await rows('SELECT * FROM told ORDER BY a')).toEqual([
      [1, 1],
      [2, 2],
      [6, 5],
    ]);
    expect(await rows('SELECT * FROM Told')).toEqual([[1, 5, null]]);
    await db.query('ALTER TABLE Told RENAME told2');
    expect(await rows('SELECT a FROM told2')).toEqual([[1]]);
    await db.query('ALTER TABLE told SWAP WITH told2');
    expect(await rows('SELECT count(*) FROM told')).toEqual([[1]]);
    await db.query('TRUNCATE TABLE told');
    expect(await rows('SELECT count(*) FROM told2')).toEqual([[3]]);
  });
});
