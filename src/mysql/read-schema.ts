import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { SinkError } from '../kit/errors.ts';
import { systemDatabases } from './assignment.ts';
import { connectionOptions, type MysqlTls } from './connection-options.ts';
import { parseInformationSchema, type SourceSchema } from './information-schema.ts';
import type { MysqlAddress } from './smt-config.ts';

const queries = {
  tables: `SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, DATA_LENGTH, DATE_FORMAT(CREATE_TIME, '%Y-%m-%dT%H:%i:%sZ') AS CREATE_TIME,
    CREATE_OPTIONS, TABLE_COMMENT FROM information_schema.TABLES`,
  // All of them: servers before MySQL 5.7 and MariaDB 10.2 have no GENERATION_EXPRESSION.
  columns: 'SELECT * FROM information_schema.COLUMNS',
  statistics: `SELECT TABLE_SCHEMA, TABLE_NAME, NON_UNIQUE, INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME, SUB_PART
    FROM information_schema.STATISTICS`,
  // MariaDB from 10.2.22 on. MySQL's view names no table, and MySQL has a type for JSON.
  namesTableOfCheck: `SELECT COLUMN_NAME FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = 'information_schema' AND TABLE_NAME = 'CHECK_CONSTRAINTS' AND COLUMN_NAME = 'TABLE_NAME'`,
  checks: `SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS`,
} as const;

/**
 * Reads the schema of a MySQL or MariaDB server, its own databases left out.
 *
 * @throws  SinkError MYSQL_UNREACHABLE, naming the host; the password never
 */
export async function readSchema(address: MysqlAddress, tls: MysqlTls): Promise<SourceSchema> {
  const { host, port, user } = address;
  try {
    await using connection = await createConnection(await connectionOptions(address, tls));
    // CREATE_TIME in UTC; identifiers as they are.
    await connection.query("SET SESSION time_zone = '+00:00'");
    const [[server]] = await connection.query<RowDataPacket[]>('SELECT VERSION() AS version');
    const isMariaDb = /mariadb/i.test(String(server?.['version']));
    const read = async (query: string, schema = 'TABLE_SCHEMA') => {
      const [rows] = await connection.query<RowDataPacket[]>(`${query} WHERE ${schema} NOT IN (?)`, [systemDatabases]);
      return rows;
    };
    const [[namesTableOfCheck]] = await connection.query<RowDataPacket[]>(queries.namesTableOfCheck);
    const tables = await read(queries.tables);
    const columns = await read(queries.columns);
    return parseInformationSchema({
      tables,
      columns: isMariaDb ? columns.map(likeMysql) : columns,
      statistics: await read(queries.statistics),
      ...(namesTableOfCheck && { checkConstraints: await read(queries.checks, 'CONSTRAINT_SCHEMA') }),
    });
  } catch (cause) {
    if (cause instanceof SinkError) throw cause;
    const reason = cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.name) : 'unknown';
    throw new SinkError('MYSQL_UNREACHABLE', `${user}@${host}:${port} answered ${reason}.`, { cause });
  }
}

/**
 * Makes a column row of MariaDB look like MySQL 8's: MariaDB prints COLUMN_DEFAULT as SQL (`'a'`, `NULL`, `current_timestamp()`),
 * MySQL prints the bare value and marks expressions in EXTRA.
 */
export function likeMysql(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const given = row['COLUMN_DEFAULT'];
  if (typeof given !== 'string') return row;
  if (given === 'NULL') return { ...row, COLUMN_DEFAULT: null };
  const literal = /^'([\s\S]*)'$/.exec(given)?.[1];
  if (literal !== undefined) {
    return { ...row, COLUMN_DEFAULT: literal.replaceAll("''", "'").replaceAll('\\\\', '\\') };
  }
  if (/^(-?[\d.]+(e[+-]?\d+)?|b'[01]*'|(current_timestamp|curdate)\(\d*\))$/i.test(given)) return row;
  return { ...row, EXTRA: `${String(row['EXTRA'] ?? '')} DEFAULT_GENERATED`.trim() };
}
