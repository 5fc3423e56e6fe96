import { backticked } from '../kit/backticked.ts';
import { quotedComment } from './defaults.ts';
import type { PlannedColumn } from './plan-column.ts';
import type { PlannedTable } from './plan-table.ts';

export const createDatabase = (database: string) => `CREATE DATABASE IF NOT EXISTS ${backticked(database)}`;

/** All that a statement says of a table. */
export type DescribedTable = Omit<PlannedTable, 'rule' | 'sources' | 'columns'> & {
  readonly columns: readonly Omit<PlannedColumn, 'origin'>[];
};

/** CREATE TABLE in smt's layout, without a closing semicolon. */
export function createTable(table: DescribedTable): string {
  const { columns, key, partitionBy } = table;
  const properties = Object.entries(table.properties).map(
    ([name, value]) => `  ${quotedComment(name)} = ${quotedComment(value)}`,
  );
  return [
    `CREATE TABLE IF NOT EXISTS ${backticked(table.database)}.${backticked(table.name)} (`,
    columns.map((column) => `  ${columnDefinition(column)}`).join(',\n'),
    ') ENGINE=olap',
    `${key.model === 'primary' ? 'PRIMARY' : 'DUPLICATE'} KEY(${key.columns.map(backticked).join(', ')})`,
    `COMMENT ${quotedComment(table.comment)}`,
    ...(partitionBy ? [`PARTITION BY ${partitionBy}`] : []),
    `DISTRIBUTED BY ${table.distributedBy}`,
    ...(properties.length > 0 ? [`PROPERTIES (\n${properties.join(',\n')}\n)`] : []),
  ].join('\n');
}

/** `c` TYPE NULL|NOT NULL [DEFAULT …] COMMENT "…" */
export function columnDefinition(column: Omit<PlannedColumn, 'origin'>): string {
  const nullability = column.nullable ? 'NULL' : 'NOT NULL';
  const given = column.default === undefined ? [] : [`DEFAULT ${column.default}`];
  return [backticked(column.name), column.type, nullability, ...given, `COMMENT ${quotedComment(column.comment)}`].join(
    ' ',
  );
}

/** The statements of many tables, each database created before its first table. */
export function createStatements(tables: readonly PlannedTable[]): readonly string[] {
  const made = new Set<string>();
  return tables.flatMap((table) => {
    const isNew = !made.has(table.database);
    made.add(table.database);
    return isNew ? [createDatabase(table.database), createTable(table)] : [createTable(table)];
  });
}

/** A script as smt lays it out: a blank line between statements, a semicolon after each. */
export const script = (statements: readonly string[]) =>
  statements.length > 0 ? `${statements.join(';\n\n')};\n` : '';
