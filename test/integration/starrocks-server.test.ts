import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type StarRocksServer, startStarRocks } from '../../local/starrocks/server.ts';
import { newLabel, put, transact } from '../contract/calls.ts';
import { basic } from '../contract/http-client.ts';

let server: StarRocksServer;
beforeAll(async () => {
  server = await startStarRocks({ users: { root: '', loader: 'secret' } });
});
afterAll(() => server.close());

it('shows over the query port what was loaded over HTTP, by the users it was given', async () => {
  const connection = await createConnection({
    port: server.queryPort,
    host: '127.0.0.1',
    user: 'loader',
    password: 'secret',
  });
  await connection.query('CREATE DATABASE shop');
  await connection.query(
    'CREATE TABLE shop.items (id INT NOT NULL, name VARCHAR(20)) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)',
  );
  const target = {
    fe: server.feUrl,
    database: 'shop',
    authorization: basic('loader', 'secret'),
    rows: async () => [],
    close: async () => undefined,
  };
  const [loaded, aborted] = [newLabel(), newLabel()];
  await put(target, 'items', { format: 'json', label: loaded }, '{"id":1,"name":"first"}{"id":1,"name":"last"}');
  await transact(target, 'begin', aborted);
  server.faults.abort('shop', aborted, 'because');
  const [rows] = await connection.query('SELECT id, name FROM shop.items');
  expect(rows).toEqual([{ id: 1, name: 'last' }]);
  const [loads] = await connection.query('SELECT LABEL, STATE, ERROR_MSG FROM information_schema.loads ORDER BY ID');
  expect(loads).toEqual([
    { LABEL: loaded, STATE: 'FINISHED', ERROR_MSG: null },
    { LABEL: aborted, STATE: 'CANCELLED', ERROR_MSG: 'because' },
  ]);
  expect(server.jdbcUrl).toBe(`jdbc:mysql://127.0.0.1:${server.queryPort}`);
  await connection.end();
});
