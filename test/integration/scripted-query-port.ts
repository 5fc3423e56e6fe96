import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

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
  writeOk(): void;
  writeError(error: { code: number; message: string }): void;
  /** Counted anew for every command; the server half leaves that to its user. */
  sequenceId: number;
  serverHandshake(options: object): void;
}

export type Row = Record<string, string | null>;

/** What a statement meets: rows, done, or an error. */
export type SqlAnswer = readonly Row[] | 'ok' | { readonly errno: number; readonly message: string };

export interface ScriptedQueryPort {
  readonly host: string;
  readonly queries: string[];
}

/** A query port that answers each statement as it is told, and knows one user, root. */
export async function serveSql(answerTo: (sql: string) => SqlAnswer): Promise<ScriptedQueryPort> {
  const queries: string[] = [];
  const server = mysql.createServer();
  server.on('connection', (connection: ServerConnection) => {
    connection.on('error', () => undefined);
    connection.on('query', (sql: string) => {
      queries.push(sql);
      connection.sequenceId = 1;
      write(connection, answerTo(sql));
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
        done(null, auth.user === 'root' ? undefined : { code: 1045, message: `Access denied for user '${auth.user}'` });
        connection.sequenceId = 0;
      },
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server._server, 'listening');
  ends.push(() => server.close());
  return { host: `127.0.0.1:${(server._server.address() as AddressInfo).port}`, queries };
}

function write(connection: ServerConnection, answer: SqlAnswer): void {
  if (answer === 'ok') {
    connection.writeOk();
  } else if ('errno' in answer) {
    connection.writeError({ code: answer.errno, message: answer.message });
  } else {
    const names = Object.keys(answer[0] ?? { COLUMN_NAME: '' });
    connection.writeColumns(names.map(columnOf));
    for (const row of answer) connection.writeTextRow(names.map((name) => row[name]));
    connection.writeEof();
  }
}

const columnOf = (name: string) => ({
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
});
