import { createConnection as createRawConnection, type Connection as RawConnection } from 'mysql2';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import type { Routes } from '../../options/compile-routes.ts';
import { connectionOptions } from '../connection-options.ts';
import type { SourceTable } from '../information-schema.ts';
import { readSchema } from '../read-schema.ts';
import { replicaSettings } from './binlog/dump.ts';
import { readBinlog } from './binlog/read-binlog.ts';
import { readableTables } from './binlog/readable-tables.ts';
import { checkPosition } from './check-position.ts';
import { checkServer } from './check-server.ts';
import { followedTables, followsBy } from './followed-tables.ts';
import { hangUp } from './hang-up.ts';
import { keptSeconds, readVariables } from './kept-binlogs.ts';
import { leavesOutBy } from './left-out.ts';
import { notePosition } from './note-position.ts';
import { estimateRows, planRanges, readerSettings, readRange } from './snapshot.ts';
import type { MySqlSource, SourceAddress, SourceEvent, SourcePosition } from './source.ts';
import { sourceError } from './source-error.ts';

const usualRangeRows = 50_000;

/**
 * Opens a server.
 *
 * @in      routes: which of its tables are wanted
 * @throws  SinkError: SOURCE_LOST when it cannot be reached
 */
export async function connectSource(source: SourceAddress, routes: Routes): Promise<MySqlSource> {
  const { address, tls, serverId, leaveOut = [], columnNames = 'binlog' } = source;
  const namesColumns = columnNames === 'binlog';
  const leavesOut = leavesOutBy(leaveOut);
  const connection = await open(source, []);
  const version = await versionOf(connection);
  const flavour = /mariadb/i.test(version) ? 'mariadb' : 'mysql';
  const schema = () => readSchema(address, tls);
  const tables = async () => followedTables((await schema()).tables, routes, leavesOut);

  async function* openBinlog(
    from: SourcePosition,
    defined?: readonly SourceTable[],
  ): AsyncGenerator<readonly SourceEvent[]> {
    await checkPosition(connection, flavour, from);
    const readable = readableTables(
      (await schema()).tables,
      await charsetsOf(connection),
      leavesOut,
      namesColumns ? undefined : (defined ?? []),
    );
    const behind = from.readFrom ?? from.gtid;
    const foldsNames = (await readVariables(connection)).get('lower_case_table_names') === '1';
    const raw = await openRaw(source, replicaSettings({ flavour, behind }));
    yield* readBinlog(from, { connection: raw, flavour, serverId, foldsNames, follows: followsBy(routes), readable });
  }

  return {
    flavour,
    version,
    namesColumns,
    tables,
    check: async () => checkServer({ connection, flavour, version, serverId, namesColumns, tables: await tables() }),
    keptMs: async () => {
      const seconds = keptSeconds(await readVariables(connection));
      return seconds === undefined ? undefined : seconds * 1000;
    },
    notePosition: async () => {
      await using own = await open(source, []);
      return await notePosition(own, flavour);
    },
    estimateRows: (table) => estimateRows(connection, table),
    planRanges: async (table, rangeRows = usualRangeRows) => {
      const own = await openRaw(source, readerSettings);
      try {
        return await planRanges(own, table, rangeRows);
      } catch (error) {
        throw sourceError(error);
      } finally {
        own.destroy();
      }
    },
    readRange: (table, range) => readRange(table, range, () => openRaw(source, readerSettings)),
    openBinlog,
    close: () => connection.end(),
  };
}

async function open({ address, tls }: SourceAddress, settings: readonly string[]): Promise<Connection> {
  try {
    const connection = await createConnection(await connectionOptions(address, tls));
    // It shows when the connection is used next.
    connection.on('error', () => {});
    for (const sql of settings) await connection.query(sql);
    return connection;
  } catch (error) {
    throw sourceError(error, address);
  }
}

/** A connection whose packets can be paused. */
async function openRaw({ address, tls }: SourceAddress, settings: readonly string[]): Promise<RawConnection> {
  // Our own commands carry no attributes.
  const connection = createRawConnection({
    ...(await connectionOptions(address, tls)),
    flags: ['-CLIENT_QUERY_ATTRIBUTES'],
  });
  connection.on('error', () => {});
  try {
    for (const sql of settings) await connection.promise().query(sql);
    return connection;
  } catch (error) {
    hangUp(connection);
    throw sourceError(error, address);
  }
}

async function versionOf(connection: Connection): Promise<string> {
  const [[row]] = await connection.query<RowDataPacket[]>('SELECT VERSION() AS version');
  return String(row?.['version']);
}

/** Name of a character set by the id of a collation, as the server knows them. */
async function charsetsOf(connection: Connection): Promise<ReadonlyMap<number, string>> {
  const sql = 'SELECT ID AS id, CHARACTER_SET_NAME AS name FROM information_schema.COLLATIONS WHERE ID IS NOT NULL';
  const [rows] = await connection.query<RowDataPacket[]>(sql);
  return new Map(rows.map((row) => [Number(row['id']), String(row['name'])]));
}
