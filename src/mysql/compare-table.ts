import { backticked } from '../kit/backticked.ts';
import type { TableSchema } from '../starrocks/schema.ts';
import { columnDefinition } from './ddl.ts';
import type { PlannedColumn } from './plan-column.ts';
import type { PlannedTable } from './plan-table.ts';

export interface Comparison {
  /** ALTER TABLE … ADD COLUMN …, ADD COLUMN … for what the existing table lacks: one statement, or none. */
  readonly additions: readonly string[];
  /** What is different and left as it is, one sentence each. */
  readonly differences: readonly string[];
}

/** Compares a planned table with the one that StarRocks has. */
export function compareTable(planned: PlannedTable, existing: TableSchema): Comparison {
  const present = new Map(existing.columns.map((column) => [column.name.toLowerCase(), column]));
  const missing = planned.columns.filter((column) => !present.has(column.name.toLowerCase()));
  const keys = new Set(planned.key.columns.map((name) => name.toLowerCase()));
  const differences: string[] = [];
  const { model } = planned.key;
  if (existing.model !== model) differences.push(`it is of the model ${existing.model}, planned is ${model}.`);
  const existingKey = existing.columns.filter((column) => column.key).map((column) => column.name);
  if (existingKey.join().toLowerCase() !== planned.key.columns.join().toLowerCase()) {
    differences.push(`its key is (${existingKey.join(', ')}), planned is (${planned.key.columns.join(', ')}).`);
  }
  for (const column of planned.columns) {
    const found = present.get(column.name.toLowerCase());
    if (found === undefined) continue;
    if (plainType(found.type) !== plainType(column.type)) {
      differences.push(`its column ${column.name} is ${found.type}, planned is ${column.type}.`);
    }
    if (found.nullable !== column.nullable) {
      differences.push(
        `its column ${column.name} ${found.nullable ? 'may' : 'may not'} be NULL, and is planned otherwise.`,
      );
    }
  }
  const wanted = new Set(planned.columns.map((column) => column.name.toLowerCase()));
  const extra = existing.columns.filter((column) => !wanted.has(column.name.toLowerCase()));
  if (extra.length > 0) differences.push(`it has more columns: ${extra.map((column) => column.name).join(', ')}.`);
  const addable = missing.filter((column) => !keys.has(column.name.toLowerCase()));
  for (const column of missing.filter((one) => !addable.includes(one))) {
    differences.push(`it lacks the key column ${column.name}, which cannot be added.`);
  }
  const table = `${backticked(planned.database)}.${backticked(planned.name)}`;
  // One statement for all of them: while one is carried out, StarRocks may refuse the next.
  const clauses = addable.map((column) => `ADD COLUMN ${columnDefinition(addedColumn(column))}`);
  return { additions: clauses.length === 0 ? [] : [`ALTER TABLE ${table} ${clauses.join(', ')}`], differences };
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
