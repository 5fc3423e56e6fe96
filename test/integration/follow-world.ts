import type { Connection } from 'mysql2/promise';
import type { DatabaseServer } from '../../local/mysql/database-server.ts';
import { connectSource } from '../../src/mysql/follow/connect-source.ts';
import type { MySqlSource, RowChange, SourceEvent, SourcePosition } from '../../src/mysql/follow/source.ts';
import { compileRoutes } from '../../src/options/compile-routes.ts';
import { requireOptions } from '../../src/options/parse.ts';
import { requireRoutes } from '../../src/options/parse-routes.ts';

const options = requireOptions({ 'load-url': 'fe:8030', username: 'root', password: '', 'sink.tables.allow': '*' });

interface FollowAsked {
  readonly table?: string;
  readonly serverId?: number;
  readonly user?: string;
  readonly leaveOut?: readonly string[];
  readonly columnNames?: 'binlog' | 'server';
}

/** Follows the tables of a database that a pattern matches. */
export function follow(
  server: Pick<DatabaseServer, 'port'>,
  database: string,
  { table = '.*', serverId = 77, user = 'tester', leaveOut = [], columnNames = 'binlog' }: FollowAsked = {},
): Promise<MySqlSource> {
  const routes = [{ source: { database: `^${database}$`, table }, database: 'target', table: 'all' }];
  const address = { host: '127.0.0.1', port: server.port, user, password: 'tester-pw' };
  return connectSource(
    { address, tls: { mode: 'disabled' }, serverId, leaveOut, columnNames },
    compileRoutes(requireRoutes(routes, options), options),
  );
}

/** An empty database of the test's own, in which the connection then is. */
export async function freshDatabase(connection: Connection, name: string): Promise<void> {
  await connection.query(`DROP DATABASE IF EXISTS \`${name}\`; CREATE DATABASE \`${name}\`; USE \`${name}\``);
}

/** Reads on until a condition holds of all that was read. Heartbeats come when they come, and are left out. */
export async function readUntil(
  source: MySqlSource,
  from: SourcePosition,
  isEnough: (events: readonly SourceEvent[]) => boolean,
): Promise<readonly SourceEvent[]> {
  const events: SourceEvent[] = [];
  for await (const batch of source.openBinlog(from)) {
    events.push(...batch.filter(({ kind }) => kind !== 'heartbeat'));
    if (isEnough(events)) break;
  }
  return events;
}

export const rowsOf = (events: readonly SourceEvent[]): readonly RowChange[] =>
  events.filter((event) => event.kind === 'row');

/** Cells by name of their column. */
export const named = (change: RowChange, which: 'before' | 'after'): Readonly<Record<string, string>> =>
  Object.fromEntries(change.shape.columns.map(({ name }, index) => [name, change[which]?.[index] ?? '(none)']));

export const lastPosition = (events: readonly SourceEvent[]): SourcePosition | undefined =>
  events.findLast((event) => event.kind === 'commit')?.position;
