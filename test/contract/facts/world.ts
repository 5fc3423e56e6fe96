import { createPool, type RowDataPacket } from 'mysql2/promise';
import { onTestFinished } from 'vitest';
import { type StarRocksOptions, startStarRocks } from '../../../local/starrocks/server.ts';
import { readAnswer } from '../../../src/starrocks/answers.ts';
import { follow, type Said, type Target, transact } from '../calls.ts';
import { basic, send } from '../http-client.ts';

export const csv = { column_separator: ',' };
export const starRocksException = 'class com.starrocks.common.StarRocksException: ';
export const ddlException = 'class com.starrocks.common.DdlException: ';

/** A stand-in for one test, with items(id, name) in database shop, and a clock that only `advance` moves. */
export async function openWorld(options: StarRocksOptions = {}) {
  let nowMs = 1_780_000_000_000;
  const standIn = await startStarRocks({ now: () => nowMs, ...options });
  const pool = createPool({
    uri: `mysql://root@127.0.0.1:${standIn.queryPort}`,
    connectionLimit: 1,
    dateStrings: true,
  });
  onTestFinished(async () => {
    await pool.end();
    await standIn.close();
  });
  /** Rows as text; or the error, as `errno/SQLSTATE message`. */
  const sql = (text: string): Promise<readonly string[] | string> =>
    pool.query<RowDataPacket[][]>({ sql: text, rowsAsArray: true }).then(
      ([rows]) => (Array.isArray(rows) ? rows.map((row) => row.join(',')) : []),
      ({ errno, sqlState, message }) => `${errno}/${sqlState} ${message}`,
    );
  await sql('CREATE DATABASE shop');
  await sql('USE shop');
  await sql('CREATE TABLE items (id INT NOT NULL, name VARCHAR(100)) PRIMARY KEY (id) DISTRIBUTED BY HASH (id)');
  const target: Target = {
    fe: standIn.feUrl,
    database: 'shop',
    authorization: basic('root', ''),
    rows: async (table) => [...(await sql(`SELECT * FROM shop.${table}`))],
    close: () => standIn.close(),
  };
  const { authorization } = target;
  const headersOf = (label: string, more: Readonly<Record<string, string>>) => ({
    authorization,
    db: 'shop',
    table: 'items',
    label,
    ...more,
  });
  return {
    standIn,
    sql,
    target,
    advance(ms: number) {
      nowMs += ms;
    },
    /** A call of a transaction, redirects followed. */
    call: (operation: string, label: string, headers: Readonly<Record<string, string>> = {}, body = '') =>
      transact(target, operation, label, { headers: operation === 'load' ? { ...csv, ...headers } : headers, body }),
    /** One request to the frontend, no redirect followed. */
    ask: (method: string, path: string, label = '', headers: Readonly<Record<string, string>> = {}, body = '') =>
      send(`${standIn.feUrl}${path}`, { method, headers: headersOf(label, headers), body }),
    get: (path: string) => follow(target, path, { method: 'GET' }),
  };
}

export type World = Awaited<ReturnType<typeof openWorld>>;

/** What the sink makes of an answer. */
export const verdictOf = (operation: Parameters<typeof readAnswer>[0], { status, text }: Said) =>
  readAnswer(operation, { status, text }).verdict;
