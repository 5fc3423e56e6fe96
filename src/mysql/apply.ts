import type { Connection, RowDataPacket } from 'mysql2/promise';
import { createConnection } from 'mysql2/promise';
import { SinkError } from '../kit/errors.ts';
import { parseJdbcUrl } from '../starrocks/jdbc-url.ts';
import { readTable, type TableSchema } from '../starrocks/schema.ts';
import { compareTable } from './compare-table.ts';
import { createDatabase, createTable } from './ddl.ts';
import type { PlannedTable } from './plan-table.ts';

/** A StarRocks cluster, and who talks to it. */
export interface StarRocksTarget {
  readonly jdbcUrl: string;
  readonly user: string;
  readonly password: string;
}

/** What would be run on one cluster. */
export interface ApplyPlan {
  readonly target: StarRocksTarget;
  readonly creations: readonly string[];
  /** ALTER TABLE statements: offered, and run only when asked for. */
  readonly additions: readonly string[];
  /** What is different and left as it is. */
  readonly differences: readonly string[];
}

const timeoutMs = 30_000;

/**
 * Looks at the tables that StarRocks has, and plans what is missing. Nothing is changed, and nothing is ever dropped.
 *
 * @throws  SinkError STARROCKS_UNREACHABLE, STARROCKS_ACCESS_DENIED, OPTIONS_INVALID
 */
export async function planApply(target: StarRocksTarget, tables: readonly PlannedTable[]): Promise<ApplyPlan> {
  const present = await presentTables(target, tables);
  const databases = new Set<string>();
  const plan = { target, creations: [] as string[], additions: [] as string[], differences: [] as string[] };
  for (const table of tables) {
    const where = `${table.database}.${table.name}`;
    if (!present.databases.has(table.database) && !databases.has(table.database))
      plan.creations.push(createDatabase(table.database));
    databases.add(table.database);
    const existing = present.tables.get(where);
    if (existing === undefined) {
      plan.creations.push(createTable(table));
      continue;
    }
    const { additions, differences } = compareTable(table, existing);
    plan.additions.push(...additions);
    plan.differences.push(...differences.map((text) => `${where}: ${text}`));
  }
  return plan;
}

/**
 * Runs statements one after the other.
 *
 * @throws  SinkError MIGRATION_APPLY_FAILED, naming the statement that StarRocks refuses; those before it stay
 */
export async function runStatements(target: StarRocksTarget, statements: readonly string[]): Promise<void> {
  if (statements.length === 0) return;
  const connection = await connect(target);
  try {
    for (const [index, statement] of statements.entries()) {
      try {
        await connection.query({ sql: statement, timeout: timeoutMs });
      } catch (cause) {
        const [firstLine] = statement.split('\n');
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new SinkError(
          'MIGRATION_APPLY_FAILED',
          `Statement ${index + 1} of ${statements.length}, ${firstLine}: ${reason}.`,
          { cause },
        );
      }
    }
  } finally {
    connection.destroy();
  }
}

interface Present {
  readonly databases: ReadonlySet<string>;
  readonly tables: ReadonlyMap<string, TableSchema>;
}

async function presentTables(target: StarRocksTarget, tables: readonly PlannedTable[]): Promise<Present> {
  const { jdbcUrl, user, password } = target;
  const connection = await connect(target);
  try {
    const [rows] = await connection.query<RowDataPacket[]>({
      sql: 'SELECT TABLE_SCHEMA AS db, TABLE_NAME AS name FROM information_schema.tables',
      timeout: timeoutMs,
    });
    const [schemata] = await connection.query<RowDataPacket[]>({ sql: 'SHOW DATABASES', timeout: timeoutMs });
    const names = new Set(rows.map((row) => `${row['db']}.${row['name']}`));
    const found = new Map<string, TableSchema>();
    for (const { database, name } of tables) {
      const where = `${database}.${name}`;
      if (names.has(where)) found.set(where, await readTable(jdbcUrl, user, password, database, name, timeoutMs));
    }
    return { databases: new Set(schemata.map((row) => String(Object.values(row)[0]))), tables: found };
  } finally {
    connection.destroy();
  }
}

/** The first host of the URL that answers. */
async function connect({ jdbcUrl, user, password }: StarRocksTarget): Promise<Connection> {
  const { hosts, tls } = parseJdbcUrl(jdbcUrl);
  const tried: string[] = [];
  for (const { host, port } of hosts) {
    try {
      const ssl = tls && { ssl: { rejectUnauthorized: tls.verify } };
      return await createConnection({ host, port, user, password, connectTimeout: timeoutMs, ...ssl });
    } catch (cause) {
      tried.push(
        `${host}:${port}: ${cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.name) : 'unknown'}`,
      );
    }
  }
  throw new SinkError('MIGRATION_APPLY_FAILED', `The query ports of jdbc-url were tried: ${tried.join('; ')}.`);
}
