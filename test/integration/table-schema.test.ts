import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { readTable } from '../../src/starrocks/schema.ts';
import { deadOrigin } from './scripted-server.ts';

// The server half of mysql2 has no complete types.
const mysql = createRequire(import.meta.url)('mysql2');
const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** What is used of a mysql2 server connection. */
interface ServerConnection {
  on(event: string, listener: (sql: string) => void): void;
  writeColumns(columns: object[]): void;
  writeTextRow(values: (string | null | undefined)[]): void;
  writeEof(): void;
  /** Counted anew for every command; the server half leaves that to its user. */
  sequenceId: number;
  serverHandshake(options: object): void;
}

type Row = Record<string, string | null>;

const COLUMNS: Row[] = [
  { COLUMN_NAME: 'id', COLUMN_TYPE: 'bigint(20)', IS_NULLABLE: 'NO', COLUMN_KEY: 'PRI', GENERATION_EXPRESSION: null },
  { COLUMN_NAME: 'name', COLUMN_TYPE: 'varchar(20)', IS_NULLABLE: 'YES', COLUMN_KEY: '', GENERATION_EXPRESSION: null },
  {
    COLUMN_NAME: 'up',
    COLUMN_TYPE: 'varchar(20)',
    IS_NULLABLE: 'YES',
    COLUMN_KEY: '',
    GENERATION_EXPRESSION: 'upper(name)',
  },
];

/** A query port that knows one table, and one password. */
async function queryPort(columns: Row[], config: Row[]): Promise<{ host: string; queries: string[] }> {
  const queries: string[] = [];
  const server = mysql.createServer();
  server.on('connection', (connection: ServerConnection) => {
    connection.on('error', () => undefined);
    connection.on('query', (sql: string) => {
      queries.push(sql);
      const rows = sql.includes('tables_config') ? config : columns;
      const names = Object.keys(rows[0] ?? { COLUMN_NAME: '' });
      const definitions = names.map((name) => ({
        catalog: 'def',
        schema: '',
        table: '',
        orgTable: '',
        name,
        orgName: name,
        characterSet: 33,
        columnLength: 256,
        columnType: 253,
        flags: 0,
        decimals: 0,
      }));
      connection.sequenceId = 1;
      connection.writeColumns(definitions);
      for (const row of rows) connection.writeTextRow(names.map((name) => row[name]));
      connection.writeEof();
      connection.sequenceId = 0;
    });
    connection.serverHandshake({
      protocolVersion: 4,
      serverVersion: '8.0.33',
      connectionId: 1,
      statusFlags: 2,
      characterSet: 33,
      capabilityFlags: 0x00ff_f7ff & ~0x800,
      authCallback: (auth: { user: string }, done: (error: unknown, refusal?: object) => void) => {
        done(null, auth.user === 'root' ? undefined : { code: 1045, message: 'Access denied' });
        connection.sequenceId = 0;
      },
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server._server, 'listening');
  ends.push(() => server.close());
  return { host: `127.0.0.1:${(server._server.address() as AddressInfo).port}`, queries };
}

it('reads columns and model from the first host that answers', async () => {
  const dead = new URL(await deadOrigin()).host;
  const { host, queries } = await queryPort(COLUMNS, [{ TABLE_MODEL: 'PRI_KEYS' }]);
  const schema = await readTable(`jdbc:mysql://${dead},${host}`, 'root', '', "d'b", 't', 5_000);
  expect(schema).toEqual({
    model: 'primary',
    columns: [
      { name: 'id', type: 'bigint(20)', nullable: false, key: true, generated: false },
      { name: 'name', type: 'varchar(20)', nullable: true, key: false, generated: false },
      { name: 'up', type: 'varchar(20)', nullable: true, key: false, generated: true },
    ],
  });
  expect(queries[0]).toContain("'d\\'b'");
});

it.each([
  ['PRIMARY_KEYS', 'primary'],
  ['PRI_KEYS', 'primary'],
  ['UNIQUE_KEYS', 'unique'],
  ['UNQ_KEYS', 'unique'],
  ['AGG_KEYS', 'aggregate'],
  ['DUP_KEYS', 'duplicate'],
])('reads the model word %s as %s', async (word, model) => {
  const { host } = await queryPort(COLUMNS, [{ TABLE_MODEL: word }]);
  await expect(readTable(`jdbc:mysql://${host}`, 'root', '', 'd', 't', 5_000)).resolves.toMatchObject({ model });
});

it.each([
  [[{ TABLE_MODEL: 'LOG_KEYS' }], 'Of d.t, information_schema.tables_config says "LOG_KEYS".'],
  [[], 'Of d.t, information_schema.tables_config has no row for it.'],
])('says what it found of a table whose model is not known', async (config, detail) => {
  const { host } = await queryPort(COLUMNS, config);
  await expect(readTable(`jdbc:mysql://${host}`, 'root', '', 'd', 't', 5_000)).rejects.toMatchObject({
    code: 'TABLE_MODEL_UNKNOWN',
    detail,
  });
});

it('says that a table does not exist', async () => {
  const { host } = await queryPort([], []);
  await expect(readTable(`jdbc:mysql://${host}`, 'root', '', 'd', 't', 5_000)).rejects.toMatchObject({
    code: 'STARROCKS_CONFIGURATION',
  });
});

it('says that the password is wrong', async () => {
  const { host } = await queryPort(COLUMNS, []);
  await expect(readTable(`jdbc:mysql://${host}`, 'nobody', 'x', 'd', 't', 5_000)).rejects.toMatchObject({
    code: 'STARROCKS_ACCESS_DENIED',
  });
});

it('names every host when none can be reached', async () => {
  const hosts = [new URL(await deadOrigin()).host, new URL(await deadOrigin()).host];
  const failure = readTable(`jdbc:mysql://${hosts.join()}`, 'root', '', 'd', 't', 5_000);
  await expect(failure).rejects.toMatchObject({ code: 'STARROCKS_UNREACHABLE' });
  await expect(failure).rejects.toThrow(hosts[0]);
  await expect(failure).rejects.toThrow(hosts[1]);
});
