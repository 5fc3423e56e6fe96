/** What tests of the follower's reader work with: a session on a real server, and what the reader makes of its statements. */
import { createConnection } from 'mysql2/promise';
import type { DatabaseServer } from '../../local/mysql/database-server.ts';
import { SinkError } from '../../src/kit/errors.ts';
import type { MySqlSource, SourceEvent, SourcePosition } from '../../src/mysql/follow/source.ts';
import { follow, freshDatabase, rowsOf } from './follow-world.ts';

/** All that came, and what stopped it, if that was before the row that ends a test. */
export interface Read {
  readonly events: readonly SourceEvent[];
  readonly stopped: SinkError | undefined;
}

export async function readOn(source: MySqlSource, from: SourcePosition): Promise<Read> {
  const events: SourceEvent[] = [];
  try {
    for await (const batch of source.openBinlog(from)) {
      events.push(...batch.filter(({ kind }) => kind !== 'heartbeat'));
      const isOver = events.some((event) => event.kind === 'row' && event.shape.table === 'end');
      if (isOver && events.at(-1)?.kind === 'commit') return { events: events.slice(0, -3), stopped: undefined };
    }
  } catch (error) {
    if (error instanceof SinkError) return { events, stopped: error };
    throw error;
  }
  throw new Error('the binlog ended');
}

export const cellsOf = ({ events }: Read) =>
  rowsOf(events).map(({ operation, before, after: cells }) => [operation, cells ?? before]);
export const changesOf = ({ events }: Read) =>
  events.flatMap((event) => (event.kind === 'schema-change' ? [[event.change, event.table]] : []));

/** What a test works with: statements of a session of its own, and what the follower makes of them. */
export async function world(server: DatabaseServer, ...tables: readonly string[]) {
  const { connection, port, user, password } = server;
  await freshDatabase(connection, 'shop');
  await connection.query('CREATE TABLE end (id INT PRIMARY KEY)');
  for (const sql of tables) await connection.query(sql);
  const connect = () =>
    createConnection({
      host: '127.0.0.1',
      port,
      user,
      password,
      database: 'shop',
      multipleStatements: true,
    });
  const session = await connect();
  const source = await follow(server, 'shop');
  const from = await source.notePosition();
  return {
    source,
    from,
    run: async (...statements: readonly string[]) => {
      for (const sql of statements) await session.query(sql);
    },
    /** In a session that then ends. */
    runApart: async (sql: string) => {
      const apart = await connect();
      await apart.query(sql);
      await apart.end();
    },
    end: async () => {
      await connection.query('INSERT INTO shop.end VALUES (1)');
      return await readOn(source, from);
    },
    [Symbol.asyncDispose]: async () => {
      session.destroy();
      await source.close();
    },
  };
}

export const t = 'CREATE TABLE t (id INT PRIMARY KEY, v INT, b BLOB)';
