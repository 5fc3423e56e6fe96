import type { Clock } from '../kit/clock.ts';
import { SinkError } from '../kit/errors.ts';
import { openQueryPort, type QueryPort } from '../starrocks/query-port.ts';
import { readTable, type TableSchema } from '../starrocks/schema.ts';
import { compareTable, wordsOf } from './compare-table.ts';
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
/** A frontend may wait for many tablets to be made. */
const statementTimeoutMs = 120_000;

/**
 * Looks at the tables that StarRocks has, and plans what is missing. Nothing is changed, and nothing is ever dropped.
 *
 * @throws  SinkError STARROCKS_UNREACHABLE, STARROCKS_ACCESS_DENIED, STARROCKS_PRIVILEGE_MISSING, OPTIONS_INVALID
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
    plan.differences.push(...differences.map((difference) => `${where}: ${wordsOf(difference)}`));
  }
  return plan;
}

/** How long a statement waits while StarRocks is busy with a table, and who hears of it. */
export interface Patience {
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly tell: (line: string) => void;
}

const longestWaitMs = 5 * 60_000;
const askAgainMs = 2_000;

/**
 * Runs statements one after the other. One that meets a schema change in progress is sent again until that has ended.
 *
 * @throws  SinkError MIGRATION_APPLY_FAILED, naming the statement that StarRocks refuses; those before it stay
 */
export async function runStatements(
  target: StarRocksTarget,
  statements: readonly string[],
  patience: Patience,
): Promise<void> {
  if (statements.length === 0) return;
  const port = await open(target);
  try {
    for (const [index, statement] of statements.entries()) {
      const [firstLine] = statement.split('\n');
      await runOne(port, statement, patience).catch((cause: unknown) => {
        const reason = cause instanceof SinkError ? cause.detail : String(cause);
        throw new SinkError(
          'MIGRATION_APPLY_FAILED',
          `Statement ${index + 1} of ${statements.length}, ${firstLine}: ${reason}`,
          { cause },
        );
      });
    }
  } finally {
    port.close();
  }
}

async function runOne(port: QueryPort, statement: string, { clock, tell }: Patience): Promise<void> {
  // Every statement names its database in backticks, first.
  const database = /`((?:[^`]|``)+)`/.exec(statement)?.[1]?.replaceAll('``', '`') ?? '';
  const untilMs = clock.now() + longestWaitMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      await port.query(statement, [], { database });
      return;
    } catch (error) {
      if (!(error instanceof SinkError && error.code === 'STARROCKS_TABLE_BUSY')) throw error;
      if (clock.now() + askAgainMs > untilMs) {
        const detail = `It was waited ${longestWaitMs / 1000} s for. ${error.detail}`;
        throw new SinkError('STARROCKS_TABLE_BUSY', detail, { cause: error });
      }
      if (attempt === 0) tell(`-- Waiting for at most ${longestWaitMs / 1000} s: ${error.detail}`);
      await clock.sleep(askAgainMs);
    }
  }
}

interface Present {
  readonly databases: ReadonlySet<string>;
  readonly tables: ReadonlyMap<string, TableSchema>;
}

async function presentTables(target: StarRocksTarget, tables: readonly PlannedTable[]): Promise<Present> {
  const { jdbcUrl, user, password } = target;
  const port = await open(target);
  try {
    const about = { database: 'information_schema' };
    const rows = await port.query(
      'SELECT TABLE_SCHEMA AS db, TABLE_NAME AS name FROM information_schema.tables',
      [],
      about,
    );
    const schemata = await port.query('SHOW DATABASES', [], about);
    const names = new Set(rows.map((row) => `${row['DB']}.${row['NAME']}`));
    const found = new Map<string, TableSchema>();
    for (const { database, name } of tables) {
      const where = `${database}.${name}`;
      if (names.has(where)) found.set(where, await readTable({ jdbcUrl, user, password, timeoutMs }, database, name));
    }
    return { databases: new Set(schemata.map((row) => String(Object.values(row)[0]))), tables: found };
  } finally {
    port.close();
  }
}

const open = ({ jdbcUrl, user, password }: StarRocksTarget) =>
  openQueryPort({ jdbcUrl, user, password, timeoutMs, statementTimeoutMs });
