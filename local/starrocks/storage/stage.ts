/** Bodies → checked, typed rows in a hidden table. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bodyBytes } from '../formats/body-bytes.ts';
import type { Column } from '../model.ts';
import { findReading } from './analyze.ts';
import { literal, quoted } from './duck-names.ts';
import type { Engine, EngineConnection } from './engine.ts';
import { type LoadPlan, UnreadableBody } from './load-plan.ts';
import { operationColumn } from './plan-columns.ts';
import { createRowFile, type RowFile } from './row-file.ts';
import { createRowLog, errorLine, maxErrorLines, type RowLog, shownRow } from './row-log.ts';
import { readBody } from './stage-rows.ts';
import { type Reading, stagingSelect } from './stage-sql.ts';

export interface StagedCounts {
  readonly loaded: number;
  readonly filtered: number;
  readonly unselected: number;
  readonly errors: readonly string[];
}

/**
 * Fills the hidden table `name` (a DuckDB name) with the rows of the bodies, as `stagingSelect` lays them out.
 *
 * @throws UnreadableBody: nothing is left behind
 */
export async function stageBodies(
  engine: Engine,
  plan: LoadPlan,
  files: readonly string[],
  name: string,
): Promise<StagedCounts> {
  return engine.connected(async (connection) => {
    const reading = await findReading(connection, plan);
    const scratch = await mkdtemp(join(tmpdir(), 'starrocks-load-'));
    try {
      const log = createRowLog();
      const rows = createRowFile(join(scratch, 'rows.csv'), plan.sources.length);
      try {
        await readBody(plan, bodiesOf(plan, files), rows, log);
      } finally {
        rows.finish();
      }
      return await typeRows(connection, { plan, reading, rows, log, name });
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
}

/** CSV bodies are one text; JSON bodies are parsed apart. */
function bodiesOf({ format, compression }: LoadPlan, files: readonly string[]): AsyncIterable<Buffer>[] {
  const parts = format.kind === 'csv' ? [files] : files.map((file) => [file]);
  return parts.map((part) => bodyBytes(part, compression));
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

interface TypedRows {
  readonly plan: LoadPlan;
  readonly reading: Reading;
  readonly rows: RowFile;
  readonly log: RowLog;
  readonly name: string;
}

async function typeRows(
  connection: EngineConnection,
  { plan, reading, rows, log, name }: TypedRows,
): Promise<StagedCounts> {
  try {
    await connection.run(`CREATE TABLE ${name} AS ${stagingSelect(plan, reading, rows.relation())}`);
  } catch (error) {
    throw new UnreadableBody(messageOf(error));
  }
  const selected = await count(connection, `SELECT count(*) AS n FROM ${name}`);
  const checks = rowChecks(plan, name);
  const complaint =
    checks.length === 0
      ? undefined
      : `CASE ${checks.map(({ when, says }) => `WHEN ${when} THEN ${says}`).join(' ')} END`;
  if (complaint !== undefined) {
    const bad = await count(connection, `SELECT count(*) AS n FROM ${name} WHERE ${complaint} IS NOT NULL`);
    if (bad > 0) {
      log.refuseMany(bad, await badLines(connection, plan, name, complaint));
      await connection.run(`DELETE FROM ${name} WHERE ${complaint} IS NOT NULL`);
    }
  }
  const loaded = rows.rows === 0 ? 0 : await count(connection, `SELECT count(*) AS n FROM ${name}`);
  return { loaded, filtered: log.filtered, unselected: rows.rows - selected, errors: log.lines };
}

async function count(connection: EngineConnection, sql: string): Promise<number> {
  const [row] = await connection.rows(sql);
  return Number(row?.['n']);
}

interface RowCheck {
  /** SQL: the row is bad. */
  readonly when: string;
  /** SQL: the complaint. */
  readonly says: string;
}

/** The table sink takes rows in chunks, and gives one up wholly for a NULL in a column that numbers itself. */
const chunkOf = '"#o" // 4096';

/** What the table sink refuses, in its order. */
function rowChecks(plan: LoadPlan, rows: string): readonly RowCheck[] {
  const checks: RowCheck[] = plan.strict ? [{ when: '"#problem" IS NOT NULL', says: '"#problem"' }] : [];
  for (const { column, origin } of plan.targets) {
    if (origin.kind === 'automatic' || (column.nullable && !(column.key && plan.table.model === 'PRIMARY_KEYS')))
      continue;
    const isNull = `${quoted(column.name)} IS NULL`;
    if (column.autoIncrement === true) {
      const when = `${chunkOf} IN (SELECT ${chunkOf} FROM ${rows} WHERE ${isNull})`;
      checks.push({ when, says: literal(`${nullNumber} '${column.name}'`) });
    } else checks.push({ when: isNull, says: literal(nullComplaint(column)) });
  }
  if (plan.operation !== undefined && plan.operation.kind !== 'constant') {
    checks.push({ when: '"#op" IS NULL', says: literal(nullComplaint(operationColumn)) });
    checks.push({ when: '"#op" NOT IN (0, 1)', says: literal('load op type should only be upsert(0)/delete(1)') });
  }
  return checks;
}

const nullNumber = 'NULL value in auto increment column';

function nullComplaint({ name }: Column): string {
  return `NULL value in non-nullable column '${name}'`;
}

async function badLines(
  connection: EngineConnection,
  plan: LoadPlan,
  name: string,
  complaint: string,
): Promise<string[]> {
  const rows = await connection.rows(
    `SELECT *, ${complaint} AS "#complaint" FROM ${name} WHERE ${complaint} IS NOT NULL
     QUALIFY NOT starts_with("#complaint", '${nullNumber}')
       OR row_number() OVER (PARTITION BY "#complaint", ${chunkOf} ORDER BY "#o") = 1
     ORDER BY "#o" LIMIT ${maxErrorLines}`,
  );
  const columns = plan.targets.filter(({ origin }) => origin.kind !== 'automatic').map(({ column }) => column);
  const operation = plan.operation === undefined ? [] : [{ ...operationColumn, name: '#op' }];
  return rows.map((row) => {
    const says = String(row['#complaint']);
    return errorLine(says, says.startsWith(nullNumber) ? '' : shownRow([...columns, ...operation], row));
  });
}
