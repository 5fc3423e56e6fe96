/** Statements that clients of StarRocks were seen to send, in their order: test/fixtures/clients. */
import { readFileSync } from 'node:fs';
import mysql, { type Connection, type FieldPacket, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StarRocksServer, startStarRocks } from '../../local/starrocks/server.ts';

let server: StarRocksServer;

beforeAll(async () => {
  server = await startStarRocks();
});
afterAll(() => server.close());

const connect = (database?: string): Promise<Connection> =>
  mysql.createConnection({
    host: '127.0.0.1',
    port: server.queryPort,
    user: 'root',
    ...(database === undefined ? {} : { database }),
  });

function statementsOf(client: string): string[] {
  return JSON.parse(readFileSync(new URL(`../fixtures/clients/${client}.json`, import.meta.url), 'utf8'));
}

/** Sends all, and gives what was refused. */
async function send(connection: Connection, statements: readonly string[]): Promise<string[]> {
  const refused: string[] = [];
  for (const sql of statements) {
    await connection.query(sql).catch((error: Error) => refused.push(`${sql}: ${error.message}`));
  }
  return refused;
}

const labels = async (connection: Connection, sql: string): Promise<string[]> => {
  const [, fields] = (await connection.query(sql)) as [unknown, FieldPacket[]];
  return fields.map(({ name }) => name);
};

it('SQLAlchemy reflects tables, writes and reads them', async () => {
  const db = await connect();
  await db.query('CREATE DATABASE sa');
  await db.query('USE default_catalog.sa');
  expect(await send(db, statementsOf('sqlalchemy-starrocks-1.3.4'))).toEqual([]);
  const [rows] = await db.query('SELECT id, name, amount FROM orders ORDER BY id');
  expect(rows).toEqual([
    { id: 1, name: 'a', amount: '1.5000' },
    { id: 2, name: 'b', amount: '2.0000' },
  ]);
  await db.end();
});

it('dbt debugs, seeds, makes tables anew and adds to them', async () => {
  const db = await connect();
  await expect(connect('default_catalog.analytics')).rejects.toMatchObject({ errno: 5501 });
  expect(await send(db, statementsOf('dbt-starrocks-1.12.2'))).toEqual([]);
  const model = await connect('default_catalog.analytics');
  const [rows] = await model.query('SELECT * FROM totals ORDER BY id');
  expect(rows).toEqual([
    { id: 1, name: 'a', doubled: 3 },
    { id: 2, name: 'b', doubled: 5 },
  ]);
  await Promise.all([db.end(), model.end()]);
});

describe('any client', () => {
  let db: Connection;
  beforeAll(async () => {
    db = await connect();
    await db.query('CREATE DATABASE any_client');
    await db.query('USE any_client');
    await db.query('CREATE TABLE orders (id BIGINT, name VARCHAR(64), amount DECIMAL(20, 4)) PRIMARY KEY(id)');
  });
  afterAll(() => db.end());

  it.each([
    ["SELECT * FROM information_schema.schemata WHERE schema_name = 'x'", 'CATALOG_NAME,SCHEMA_NAME'],
    ["SELECT NAME FROM orders WHERE name = 'a'", 'NAME'],
    ["SELECT o.Name, `ID` FROM orders o WHERE o.name = 'a'", 'Name,ID'],
    ['(SELECT count(*) FROM orders)', 'count(*)'],
    ['WITH c AS (SELECT 1 AS x) SELECT COUNT( * ), max(x) FROM c', 'count(*),max(x)'],
    ['SELECT 1+1, "x", -1, @@SESSION.sql_mode, NULL', "1 + 1,'x',-1,@@SESSION.sql_mode,NULL"],
    ['SELECT id total, amount AS "Amount" FROM orders', 'total,Amount'],
  ])('reads the columns of %s', async (sql, expected) => {
    expect((await labels(db, sql)).slice(0, expected.split(',').length).join()).toBe(expected);
  });

  it('may name the catalog wherever a database is named', async () => {
    const other = await connect('default_catalog.any_client');
    const [[row]] = (await other.query('SELECT DATABASE() AS d')) as unknown as [RowDataPacket[]];
    expect(row).toEqual({ d: 'any_client' });
    await other.query('USE default_catalog.information_schema');
    expect(
      await send(other, [
        'SHOW TABLES FROM default_catalog.any_client',
        'SHOW FULL COLUMNS FROM default_catalog.any_client.orders',
        'DESC default_catalog.any_client.orders',
        'SELECT count(*) FROM default_catalog.any_client.orders',
        'SELECT default_catalog.any_client.orders.id FROM default_catalog.any_client.orders',
        'SHOW KEYS FROM `orders` FROM `any_client`',
        'SHOW PARTITIONS FROM any_client.orders',
        "SHOW FULL COLUMNS FROM `orders` FROM `any_client` LIKE '%'",
        'SELECT c.column_name FROM default_catalog.information_schema.columns c',
      ]),
    ).toEqual([]);
    await other.end();
  });

  it.each([
    ['SET query_timeout = 10', '@@query_timeout', 10],
    ['SET SESSION sql_mode = STRICT_TRANS_TABLES', '@@session.sql_mode', 'STRICT_TRANS_TABLES'],
    ["SET @@sql_mode = CONCAT('A', ',B')", '@@SQL_MODE', 'A,B'],
    ['SET autocommit = OFF, query_timeout = 7', '@@autocommit + @@query_timeout', 7],
    ["SET time_zone = '+08:00'", '@@time_zone', '+08:00'],
    ['SET enable_insert_strict = DEFAULT', '@@enable_insert_strict', 1],
    ["SET @who = 'me'", '@who', 'me'],
  ])('reads back what it has set: %s', async (set, name, value) => {
    const session = await connect();
    await session.query(set);
    const [[row]] = (await session.query(`SELECT ${name} AS v`)) as unknown as [RowDataPacket[]];
    expect(row).toEqual({ v: value });
    const [[other]] = (await db.query(`SELECT ${name.startsWith('@@') ? name : '1'} AS v`)) as unknown as [
      RowDataPacket[],
    ];
    if (!set.includes('DEFAULT')) expect(other).not.toEqual({ v: value });
    await session.end();
  });

  it.each([
    ['SET no_such = 1', 1193],
    ['SELECT @@no_such', 1193],
    ['SET version = 1', 1238],
    ['SET enable_profile = maybe', 1231],
    ['SET query_timeout = soon', 1232],
    ["SET time_zone = 'Mars/Olympus'", 1298],
    ['KILL 4711', 1094],
    ['SHOW WAREHOUSES', 5907],
    ['', 1064],
  ])('is told what is wrong with %j', async (sql, errno) => {
    await expect(db.query(sql)).rejects.toMatchObject({ errno });
  });

  it('compares texts by any collation, and casts as MySQL does', async () => {
    const [rows] = await db.query(
      "SELECT IS_NULLABLE COLLATE utf8_general_ci = 'NO' AS n, CAST('7' AS SIGNED INTEGER) AS s, CAST(8 AS UNSIGNED) AS u " +
        "FROM information_schema.columns WHERE table_name = 'orders' AND column_name = 'ID' COLLATE utf8mb4_bin OR false " +
        "OR (table_schema = 'any_client' AND column_name = 'id')",
    );
    expect(rows).toEqual([{ n: 1, s: 7, u: 8 }]);
  });
});
