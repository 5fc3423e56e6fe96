/**
 * Reads what a table looks like, over the query port. The MySQL client is imported on the first question only: most
 * functions never ask.
 */

import type { Connection, RowDataPacket } from 'mysql2/promise';
import { SinkError } from '../kit/errors.ts';
import { parseJdbcUrl, type QueryHosts } from './jdbc-url.ts';
import { type TableModel, tableModelOf } from './table-model.ts';

export interface TableColumn {
  readonly name: string;
  /** As StarRocks prints it, e.g. `varchar(20)`, `decimal(10,2)` */
  readonly type: string;
  readonly nullable: boolean;
  readonly key: boolean;
  /** Computed by StarRocks: such a column must stay out of loads. */
  readonly generated: boolean;
}

export interface TableSchema {
  /** In table order. */
  readonly columns: readonly TableColumn[];
  readonly model: TableModel;
}

/**
 * Reads columns and model of a table; the hosts of the URL are tried in turn.
 *
 * @in     timeoutMs: for each host, connecting and each query
 * @throws SinkError OPTIONS_INVALID: the URL; STARROCKS_UNREACHABLE: every host and why; STARROCKS_ACCESS_DENIED;
 *         STARROCKS_CONFIGURATION: no such table, or the user cannot see it; TABLE_MODEL_UNKNOWN
 * @source information_schema.columns, information_schema.tables_config: Stream Load reference §10
 */
export async function readTable(
  jdbcUrl: string,
  user: string,
  password: string,
  database: string,
  table: string,
  timeoutMs: number,
): Promise<TableSchema> {
  const connection = await connect(parseJdbcUrl(jdbcUrl), user, password, timeoutMs);
  try {
    return await readSchema(connection, database, table, timeoutMs);
  } catch (error) {
    if (error instanceof SinkError) throw error;
    throw new SinkError(
      'STARROCKS_UNREACHABLE',
      `Reading the columns of ${database}.${table} failed (${codeOf(error)}).`,
      {
        cause: error,
      },
    );
  } finally {
    connection.destroy();
  }
}

async function connect(target: QueryHosts, user: string, password: string, timeoutMs: number): Promise<Connection> {
  // A bundler gives a CommonJS package only as its default.
  const { default: mysql } = await import('mysql2/promise');
  const tried: string[] = [];
  for (const { host, port } of target.hosts) {
    try {
      return await mysql.createConnection({
        host,
        port,
        user,
        password,
        connectTimeout: timeoutMs,
        ...(target.tls === undefined ? {} : { ssl: { rejectUnauthorized: target.tls.verify } }),
      });
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ER_ACCESS_DENIED_ERROR' || code === 'ER_DBACCESS_DENIED_ERROR') {
        throw new SinkError('STARROCKS_ACCESS_DENIED', `The query port ${host}:${port} refused user ${user}.`, {
          cause: error,
        });
      }
      tried.push(`${host}:${port}: ${code}`);
    }
  }
  throw new SinkError('STARROCKS_UNREACHABLE', `The query ports of jdbc-url were tried: ${tried.join('; ')}.`);
}

async function readSchema(
  connection: Connection,
  database: string,
  table: string,
  timeoutMs: number,
): Promise<TableSchema> {
  // SELECT *: GENERATION_EXPRESSION does not exist in every release.
  const columns = await query(
    connection,
    'SELECT * FROM information_schema.columns WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION',
    [database, table],
    timeoutMs,
  );
  const [config] = await query(
    connection,
    'SELECT TABLE_MODEL FROM information_schema.tables_config WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
    [database, table],
    timeoutMs,
  );
  if (columns.length === 0) {
    throw new SinkError(
      'STARROCKS_CONFIGURATION',
      `There is no table ${database}.${table}, or the user may not see it.`,
    );
  }
  const word = text(config?.['TABLE_MODEL']);
  const model = tableModelOf(word);
  if (model === undefined) {
    const found = config === undefined ? 'has no row for it' : `says ${JSON.stringify(word)}`;
    throw new SinkError('TABLE_MODEL_UNKNOWN', `Of ${database}.${table}, information_schema.tables_config ${found}.`);
  }
  return { columns: columns.map(readColumn), model };
}

/** One row of a result, names in upper case whatever the release prints. */
type Row = Readonly<Record<string, unknown>>;

async function query(connection: Connection, sql: string, values: readonly string[], timeout: number): Promise<Row[]> {
  const [rows] = await connection.query<RowDataPacket[]>({ sql, timeout }, [...values]);
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toUpperCase(), value])));
}

function readColumn(row: Row): TableColumn {
  return {
    name: text(row['COLUMN_NAME']),
    type: text(row['COLUMN_TYPE']),
    nullable: text(row['IS_NULLABLE']).toUpperCase() === 'YES',
    key: text(row['COLUMN_KEY']) !== '',
    generated: text(row['GENERATION_EXPRESSION']) !== '' || /(?:virtual|stored) generated/i.test(text(row['EXTRA'])),
  };
}

function text(value: unknown): string {
  return value === null || value === undefined ? '' : String(value);
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error) return String(error.code);
  return error instanceof Error ? error.name : 'unknown error';
}
