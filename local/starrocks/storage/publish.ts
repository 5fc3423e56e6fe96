/** Staged rows into a table, by the rules of its model. Every function is part of one transaction. */

import type { Column, TableDefinition } from '../model.ts';
import { defaultSql } from './default-sql.ts';
import { duckTable, quoted } from './duck-names.ts';
import type { EngineConnection } from './engine.ts';
import type { LoadPlan } from './load-plan.ts';
import { withGenerated } from './stage-sql.ts';
import { unionFolds } from './union-functions.ts';

/** @in staged: the DuckDB name of a table as `stagingSelect` lays it out; it is dropped */
export async function publishRows(connection: EngineConnection, plan: LoadPlan, staged: string): Promise<void> {
  const { model } = plan.table;
  const newKeys = plan.targets.some(({ column, origin }) => column.key && origin.kind === 'automatic');
  if (newKeys && model === 'PRIMARY_KEYS') await insert(connection, plan, `SELECT * FROM ${staged} WHERE "#op" = 0`);
  else if (model === 'DUP_KEYS') await insert(connection, plan, `SELECT * FROM ${staged}`);
  else if (model === 'AGG_KEYS') await aggregate(connection, plan, staged);
  else await upsert(connection, plan, staged);
  await connection.run(`DROP TABLE ${staged}`);
}

function keys(table: TableDefinition): readonly string[] {
  return table.keys.map(quoted);
}

/** Rows of `one` and `other` have the same key; keys of unique and aggregate tables may be NULL. */
function sameKey(table: TableDefinition, one: string, other: string): string {
  return keys(table)
    .map((key) => `${one}.${key} IS NOT DISTINCT FROM ${other}.${key}`)
    .join(' AND ');
}

/** @in rows: a select of "#o" and all columns, except those that the table fills itself */
async function insert(connection: EngineConnection, plan: LoadPlan, rows: string): Promise<void> {
  const { table, targets } = plan;
  const target = duckTable(table);
  const numbered = targets.find(
    ({ column, origin }) => column.autoIncrement === true && origin.kind === 'automatic',
  )?.column;
  const name = numbered === undefined ? '' : quoted(numbered.name);
  const complete =
    numbered === undefined
      ? rows
      : `SELECT *, (SELECT coalesce(max(${name}), 0) FROM ${target}) + row_number() OVER (ORDER BY "#o") AS ${name} FROM (${rows})`;
  const columns = table.columns.map((column) => quoted(column.name)).join(', ');
  await connection.run(
    `INSERT INTO ${target} (${columns}) SELECT ${columns} FROM (${withGenerated(table.columns, complete)}) ORDER BY "#o"`,
  );
}

/** Primary-key and unique tables: the last row of a key stays. */
async function upsert(connection: EngineConnection, plan: LoadPlan, staged: string): Promise<void> {
  const { table, partial, mergeCondition } = plan;
  const target = duckTable(table);
  const winners =
    mergeCondition === undefined ? lastRows(table, staged) : bestRows(table, staged, quoted(mergeCondition));
  await connection.run(`CREATE TEMP TABLE winners AS ${winners}`);
  if (mergeCondition !== undefined) {
    const condition = quoted(mergeCondition);
    await connection.run(`DELETE FROM winners AS w USING ${target} AS t WHERE ${sameKey(table, 'w', 't')}
      AND w."#op" = 0 AND NOT w."#afterDelete" AND t.${condition} IS NOT NULL
      AND (w.${condition} IS NULL OR w.${condition} < t.${condition})`);
  }
  const alive = table.model === 'PRIMARY_KEYS' ? 'w."#op" = 0' : 'true';
  const whole = partial ? completed(plan, target, alive) : `SELECT * FROM winners AS w WHERE ${alive}`;
  await connection.run(`CREATE TEMP TABLE alive AS ${whole}`);
  await connection.run(`DELETE FROM ${target} AS t USING winners AS w WHERE ${sameKey(table, 't', 'w')}`);
  await insert(connection, plan, 'SELECT * FROM alive');
  await connection.run('DROP TABLE winners; DROP TABLE alive');
}

function lastRows(table: TableDefinition, staged: string): string {
  return `SELECT * FROM ${staged} QUALIFY row_number() OVER (PARTITION BY ${keys(table).join(', ')} ORDER BY "#o" DESC) = 1`;
}

/**
 * Of each key: the upsert with the greatest condition, the later among equals, of those after the key's last delete;
 * the delete if there is none. What follows a delete replaces whatever the table has.
 */
function bestRows(table: TableDefinition, staged: string, condition: string): string {
  const partition = `PARTITION BY ${keys(table).join(', ')}`;
  return `SELECT *, "#deleted" >= 0 AS "#afterDelete"
    FROM (SELECT *, coalesce(max("#o") FILTER ("#op" = 1) OVER (${partition}), -1) AS "#deleted" FROM ${staged})
    WHERE "#o" >= "#deleted"
    QUALIFY row_number() OVER (${partition} ORDER BY "#op", ${condition} DESC NULLS LAST, "#o" DESC) = 1`;
}

/** Winners of a partial update with the other columns of the row that exists, or with defaults. */
function completed(plan: LoadPlan, target: string, alive: string): string {
  const { table, targets } = plan;
  const given = new Set(targets.map(({ column }) => column.name));
  const others = table.columns
    .filter((column) => !given.has(column.name) && column.generated === undefined)
    .map(
      (column) =>
        `CASE WHEN t.rowid IS NULL THEN ${absentSql(column, target)} ELSE t.${quoted(column.name)} END AS ${quoted(column.name)}`,
    );
  return `SELECT ${['w.*', ...others].join(', ')} FROM winners AS w LEFT JOIN ${target} AS t ON ${sameKey(table, 'w', 't')} WHERE ${alive}`;
}

function absentSql(column: Column, target: string): string {
  if (column.autoIncrement !== true) return defaultSql(column);
  return `(SELECT coalesce(max(${quoted(column.name)}), 0) FROM ${target}) + w."#o" + 1`;
}

/** Aggregate tables: staged rows follow the row that exists, and each column is folded by its function. */
async function aggregate(connection: EngineConnection, plan: LoadPlan, staged: string): Promise<void> {
  const { table } = plan;
  const target = duckTable(table);
  const columns = table.columns.map(({ name }) => quoted(name)).join(', ');
  const folded = table.columns.map((column) => (column.key ? quoted(column.name) : foldSql(column)));
  await connection.run(`CREATE TEMP TABLE folded AS SELECT min("#o") AS "#o", ${folded.join(', ')}
    FROM (SELECT "#o", ${columns} FROM ${staged}
      UNION ALL SELECT -1, ${columns} FROM ${target} AS t WHERE EXISTS (FROM ${staged} AS s WHERE ${sameKey(table, 's', 't')}))
    GROUP BY ${keys(table).join(', ')}`);
  await connection.run(`DELETE FROM ${target} AS t USING folded AS f WHERE ${sameKey(table, 't', 'f')}`);
  await insert(connection, plan, 'SELECT * FROM folded');
  await connection.run('DROP TABLE folded');
}

function foldSql(column: Column): string {
  const name = quoted(column.name);
  const folds: Readonly<Record<string, string>> = {
    SUM: `sum(${name})`,
    MAX: `max(${name})`,
    MIN: `min(${name})`,
    REPLACE: `arg_max_null(${name}, "#o")`,
    REPLACE_IF_NOT_NULL: `arg_max(${name}, "#o")`,
  };
  const aggregate = column.aggregate?.toUpperCase() ?? '';
  const fold = folds[aggregate] ?? unionFolds[aggregate]?.(name) ?? `arg_max_null(${name}, "#o")`;
  return `${fold} AS ${name}`;
}
