import mysql, { type Connection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type QueryServer, startQueryServer } from '../../local/starrocks/mysql/query-server.ts';
import { emptyCluster } from '../../local/starrocks/sql/cluster-view.ts';
import { createCatalog, type EditableCatalog } from '../../local/starrocks/storage/catalog.ts';
import { createEngine, type Engine } from '../../local/starrocks/storage/engine.ts';
import { createAccounts } from '../../local/starrocks/users/accounts.ts';

let engine: Engine;
export let catalog: EditableCatalog;
export let server: QueryServer;
export let db: Connection;
let now = Date.now();

/** Lets time go by for the server. */
export function pass(ms: number): void {
  now += ms;
}

export function connect(options: Partial<mysql.ConnectionOptions> = {}): Promise<Connection> {
  return mysql.createConnection({
    host: '127.0.0.1',
    port: server.port,
    user: 'root',
    supportBigNumbers: true,
    dateStrings: true,
    ...options,
  });
}

export async function rows(sql: string, values?: unknown[]): Promise<RowDataPacket[]> {
  const [found] = await db.query<RowDataPacket[]>(sql, values);
  return found;
}

export const allTypes = `CREATE TABLE every (
  id LARGEINT NOT NULL, bo BOOLEAN, ti TINYINT, si SMALLINT, i INT, bi BIGINT, f FLOAT, d DOUBLE, de DECIMAL(38, 9),
  c CHAR(3), v VARCHAR(20), vb VARBINARY, da DATE, dt DATETIME, j JSON, a ARRAY<INT>, m MAP<INT, VARCHAR(5)>,
  s STRUCT<x INT, y VARCHAR(5)>
) PRIMARY KEY(id)`;

export const everyRow = {
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

export const everyInsert = `INSERT INTO every VALUES (170141183460469231731687303715884105727, true, -128, 32767, -2147483648,
  9223372036854775807, 1.5, 1e300, 12345678901234567890123456789.123456789, 'äb', 'it''s \\\\ "so"\\n☃', x'00ff0a27',
  '2026-02-28', '2026-02-28 23:59:58.12', '{"k": [1, null]}', [1, NULL, 3], MAP{1: 'a'}, {'x': 1, 'y': 'b'})`;

/** A query server for each test of the file. */
export function useQueryPort(): void {
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
}
