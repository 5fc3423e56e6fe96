import { randomUUID } from 'node:crypto';
import { createPool } from 'mysql2/promise';
import { startStarRocks } from '../../local/starrocks/server.ts';
import type { Target } from './calls.ts';
import { basic } from './http-client.ts';

const tables = [
  'CREATE TABLE items (id INT NOT NULL, name VARCHAR(65533)) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1 PROPERTIES ("replication_num" = "1")',
  'CREATE TABLE strict (id INT NOT NULL, name VARCHAR(100), amount INT NOT NULL) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1 PROPERTIES ("replication_num" = "1")',
];

/**
 * The StarRocks that the contract is held against: the cluster of STARROCKS_URL (http://user:password@fe:8030) and
 * STARROCKS_QUERY_URL (mysql://user:password@fe:9030), or else a stand-in. Makes a database of its own with the tables
 * items(id INT NOT NULL, name VARCHAR) and strict(id INT NOT NULL, name VARCHAR, amount INT NOT NULL).
 */
export async function openTarget(): Promise<Target> {
  const standIn = process.env['STARROCKS_URL'] === undefined ? await startStarRocks() : undefined;
  const frontend = new URL(process.env['STARROCKS_URL'] ?? `http://root@${standIn?.loadUrl}`);
  const query = process.env['STARROCKS_QUERY_URL'] ?? `mysql://root@127.0.0.1:${standIn?.queryPort}`;
  const database = `contract_${randomUUID().replaceAll('-', '')}`;
  const pool = createPool({ uri: query, connectionLimit: 1 });
  await pool.query(`CREATE DATABASE ${database}`);
  await pool.query(`USE ${database}`);
  for (const table of tables) await pool.query(table);
  return {
    fe: frontend.origin,
    database,
    authorization: basic(decodeURIComponent(frontend.username), decodeURIComponent(frontend.password)),
    async rows(table) {
      const [rows] = await pool.query({ sql: `SELECT * FROM ${database}.${table}`, rowsAsArray: true });
      return (rows as unknown[][]).map((row) => row.join(','));
    },
    async close() {
      await pool.query(`DROP DATABASE ${database}`);
      await pool.end();
      await standIn?.close();
    },
  };
}
