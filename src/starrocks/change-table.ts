/** Adds columns to tables, and makes tables, for rows that need them. Many functions may want the same at once. */
import type { CredentialSource } from '../aws/credentials.ts';
import { backticked } from '../kit/backticked.ts';
import type { Clock } from '../kit/clock.ts';
import { SinkError } from '../kit/errors.ts';
import type { TableId } from '../ports.ts';
import { tableKey } from '../rows/destination.ts';
import { defaultStatementTimeoutMs, openQueryPort, type QueryPort, saysAbsent } from './query-port.ts';

/** A column to be added: nullable, without a default. */
export interface NewColumn {
  readonly name: string;
  readonly type: string;
}

/** @throws SinkError, from both: STARROCKS_PRIVILEGE_MISSING and STARROCKS_CONFIGURATION say that it is refused; others pass */
export interface TableChanger {
  /** Resolves when StarRocks has each of these columns, whoever added it. */
  addColumns(table: TableId, columns: readonly NewColumn[], deadlineMs: number): Promise<void>;
  /** Resolves when the table is there. @in  statement: CREATE TABLE IF NOT EXISTS */
  createTable(table: TableId, statement: string, deadlineMs: number): Promise<void>;
}

export interface TableChangerDeps {
  readonly jdbcUrl: string;
  readonly credentials: Pick<CredentialSource, 'read'>;
  /** For connecting. */
  readonly timeoutMs: number;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
}

/** What is refused is asked again after so long: somebody may have granted it. */
const refusedMs = 60_000;
const askAgainMs = 500;

const isRefusal = (error: unknown): error is SinkError =>
  error instanceof SinkError &&
  (error.code === 'STARROCKS_PRIVILEGE_MISSING' || error.code === 'STARROCKS_CONFIGURATION');

/** @source test/fixtures/recorded/alter-add-column.json */
const alreadyThere = /column which already exists in base table|Duplicate column name/i;

const isBusy = (error: unknown) => error instanceof SinkError && error.code === 'STARROCKS_TABLE_BUSY';

export function createTableChanger({ jdbcUrl, credentials, timeoutMs, clock }: TableChangerDeps): TableChanger {
  const refusals = new Map<string, { readonly error: SinkError; readonly untilMs: number }>();
  const change = async (what: string, deadlineMs: number, run: (port: QueryPort) => Promise<void>) => {
    const refused = refusals.get(what);
    if (refused !== undefined && clock.now() < refused.untilMs) throw refused.error;
    const { username: user, password } = await credentials.read(deadlineMs);
    const leftMs = deadlineMs - clock.now();
    if (leftMs < 1) throw new SinkError('DEADLINE_NEAR', `${what} was not begun.`);
    const limits = {
      timeoutMs: Math.min(timeoutMs, leftMs),
      statementTimeoutMs: Math.min(defaultStatementTimeoutMs, leftMs),
    };
    const port = await openQueryPort({ jdbcUrl, user, password, ...limits });
    try {
      await run(port);
    } catch (error) {
      if (isRefusal(error)) refusals.set(what, { error, untilMs: clock.now() + refusedMs });
      throw error;
    } finally {
      port.close();
    }
  };
  const wait = async (what: string, deadlineMs: number) => {
    if (clock.now() + askAgainMs >= deadlineMs)
      throw new SinkError('STARROCKS_TRANSIENT', `${what} was not over in the time that there was.`);
    await clock.sleep(askAgainMs);
  };
  return {
    addColumns(table, columns, deadlineMs) {
      const names = columns.map(({ name }) => name);
      const what = `ADD COLUMN ${names.join(', ')} of ${tableKey(table)}`;
      return change(what, deadlineMs, async (port) => {
        for (;;) {
          const present = await columnsOf(port, table);
          const missing = columns.filter(({ name }) => !present.has(name.toLowerCase()));
          if (missing.length === 0) return;
          // An ALTER that was taken and is not to be seen yet is one that is being carried out.
          if (!(await tryToAdd(port, table, missing))) await wait(what, deadlineMs);
        }
      });
    },
    createTable(table, statement, deadlineMs) {
      return change(`CREATE TABLE ${tableKey(table)}`, deadlineMs, async (port) => {
        try {
          await port.query(statement, [], { database: table.database });
        } catch (error) {
          if (saysAbsent(error) !== 'database') throw error;
          await port.query(`CREATE DATABASE IF NOT EXISTS ${backticked(table.database)}`, [], table);
          await port.query(statement, [], { database: table.database });
        }
      });
    },
  };
}

async function columnsOf(port: QueryPort, table: TableId): Promise<ReadonlySet<string>> {
  const rows = await port.query(
    'SELECT COLUMN_NAME FROM information_schema.columns WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
    [table.database, table.table],
    table,
  );
  return new Set(rows.map((row) => String(row['COLUMN_NAME']).toLowerCase()));
}

/** @out  false: another change of the table is being carried out, or somebody else was faster, so it is to be looked again */
async function tryToAdd(port: QueryPort, table: TableId, columns: readonly NewColumn[]): Promise<boolean> {
  const list = columns.map(({ name, type }) => `${backticked(name)} ${type} NULL`).join(', ');
  const statement = `ALTER TABLE ${backticked(table.database)}.${backticked(table.table)} ADD COLUMN (${list})`;
  try {
    await port.query(statement, [], table);
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    if (error instanceof SinkError && alreadyThere.test(error.detail)) return false;
    throw error;
  }
}
