import { backticked } from '../kit/backticked.ts';
import type { TableColumn, TableSchema } from '../starrocks/schema.ts';
import type { TableModel } from '../starrocks/table-model.ts';
import { columnDefinition } from './ddl.ts';
import type { PlannedColumn } from './plan-column.ts';
import type { PlannedTable } from './plan-table.ts';

/** What is different between a planned table and the one that there is. */
export type Difference =
  | { readonly kind: 'model'; readonly found: TableModel; readonly planned: TableModel }
  | { readonly kind: 'key'; readonly found: readonly string[]; readonly planned: readonly string[] }
  /** It lacks a column of its key, which cannot be added. */
  | { readonly kind: 'key-column'; readonly planned: PlannedColumn }
  | { readonly kind: 'type' | 'nullable'; readonly planned: PlannedColumn; readonly found: TableColumn }
  | { readonly kind: 'more'; readonly found: readonly TableColumn[] };

export interface Comparison {
  /** ALTER TABLE … ADD COLUMN …, ADD COLUMN … for what the existing table lacks: one statement, or none. */
  readonly additions: readonly string[];
  /** What is different and left as it is. */
  readonly differences: readonly Difference[];
}

/** What counts of a table when it is compared. */
export type ComparedTable = Pick<PlannedTable, 'database' | 'name' | 'columns' | 'key'>;

/** Compares a planned table with the one that StarRocks has. */
export function compareTable(planned: ComparedTable, existing: TableSchema): Comparison {
  const present = new Map(existing.columns.map((column) => [column.name.toLowerCase(), column]));
  const missing = planned.columns.filter((column) => !present.has(column.name.toLowerCase()));
  const keys = new Set(planned.key.columns.map((name) => name.toLowerCase()));
  const differences: Difference[] = [];
  const { model } = planned.key;
  if (existing.model !== model) differences.push({ kind: 'model', found: existing.model, planned: model });
  const existingKey = existing.columns.filter((column) => column.key).map((column) => column.name);
  if (existingKey.join().toLowerCase() !== planned.key.columns.join().toLowerCase())
    differences.push({ kind: 'key', found: existingKey, planned: planned.key.columns });
  for (const column of planned.columns) {
    const found = present.get(column.name.toLowerCase());
    if (found === undefined) continue;
    if (plainType(found.type) !== plainType(column.type)) differences.push({ kind: 'type', planned: column, found });
    if (found.nullable !== column.nullable) differences.push({ kind: 'nullable', planned: column, found });
  }
  const wanted = new Set(planned.columns.map((column) => column.name.toLowerCase()));
  const more = existing.columns.filter((column) => !wanted.has(column.name.toLowerCase()));
  if (more.length > 0) differences.push({ kind: 'more', found: more });
  const addable = missing.filter((column) => !keys.has(column.name.toLowerCase()));
  for (const column of missing.filter((one) => !addable.includes(one)))
    differences.push({ kind: 'key-column', planned: column });
  return { additions: addable.length === 0 ? [] : [addColumns(planned, addable)], differences };
}

/** One sentence: what is different. */
export function wordsOf(difference: Difference): string {
  switch (difference.kind) {
    case 'model':
      return `it is of the model ${difference.found}, planned is ${difference.planned}.`;
    case 'key':
      return `its key is (${difference.found.join(', ')}), planned is (${difference.planned.join(', ')}).`;
    case 'key-column':
      return `it lacks the key column ${difference.planned.name}, which cannot be added.`;
    case 'type':
      return `its column ${difference.planned.name} is ${difference.found.type}, planned is ${difference.planned.type}.`;
    case 'nullable':
      return `its column ${difference.planned.name} ${difference.found.nullable ? 'may' : 'may not'} be NULL, and is planned otherwise.`;
    case 'more':
      return `it has more columns: ${difference.found.map((column) => column.name).join(', ')}.`;
  }
}

/** One statement for all of them: while one is carried out, StarRocks may refuse the next. */
export function addColumns(
  { database, name }: Pick<ComparedTable, 'database' | 'name'>,
  columns: readonly PlannedColumn[],
): string {
  const clauses = columns.map((column) => `ADD COLUMN ${columnDefinition(addedColumn(column))}`);
  return `ALTER TABLE ${backticked(database)}.${backticked(name)} ${clauses.join(', ')}`;
}

/** Rows that are already there have no value for a new column: without a default it must take NULL. */
const addedColumn = (column: PlannedColumn): PlannedColumn =>
  column.default === undefined ? { ...column, nullable: true } : column;

/** A type as it was written and as StarRocks prints it, made comparable. */
function plainType(type: string): string {
  const text = type.toLowerCase().replaceAll(' ', '');
  if (text === 'bigint(20)unsigned' || text === 'largeint(40)') return 'largeint';
  if (text === 'boolean') return 'tinyint(1)';
  if (text === 'varbinary') return 'varbinary(1048576)';
  if (text === 'string') return 'varchar(65533)';
  if (text === 'tinyint(1)') return text;
  return text
    .replace(/^(tinyint|smallint|int|bigint|largeint)\(\d+\)$/, '$1')
    .replace(/^decimal(v3|32|64|128)\(/, 'decimal(');
}
