import type { Column, ColumnType, TableModel } from '../model.ts';
import type { DeclaredColumn } from './ddl-create-table.ts';
import { defaultFault } from './ddl-defaults.ts';
import { SqlError } from './sql-error.ts';
import { typeName } from './type-words.ts';

const integers = ['TINYINT', 'SMALLINT', 'INT', 'BIGINT', 'LARGEINT'];
const numbers = [...integers, 'FLOAT', 'DOUBLE', 'DECIMAL'];
const comparable = [...numbers, 'DATE', 'DATETIME', 'CHAR', 'VARCHAR'];

/** The types that each aggregate takes; those not listed take every type. */
const aggregated: Readonly<Record<string, readonly string[]>> = {
  SUM: numbers,
  MIN: comparable,
  MAX: comparable,
  HLL_UNION: ['HLL'],
  BITMAP_UNION: ['BITMAP', ...integers],
  PERCENTILE_UNION: ['PERCENTILE'],
};

/** Types whose values are never in a key, nor tell a backend which bucket a row belongs to. */
const unsortable = new Set('FLOAT DOUBLE JSON VARBINARY ARRAY MAP STRUCT BITMAP HLL PERCENTILE'.split(' '));

/** Types of unions: they hold no plain values. */
const unions = new Set(['BITMAP', 'HLL', 'PERCENTILE']);

const reservedNames = new Set(['__op', '__row']);
const maxNameCharacters = 1024;

export function isSortable(type: ColumnType): boolean {
  return !unsortable.has(type.base);
}

/** @throws SqlError 1166 for a name that is empty or too long, and for those that loads use */
export function checkColumnName(name: string): void {
  if (name === '' || name.length > maxNameCharacters) {
    throw SqlError.analyzed(1166, '42000', `Incorrect column name '${name}'`);
  }
  if (reservedNames.has(name.toLowerCase())) {
    throw SqlError.refused(`Column name [${name}] is a system reserved name. Please choose a different one.`);
  }
}

/**
 * The column that is declared, in a table of this model.
 *
 * @throws SqlError what `columnFault` says
 */
export function concludeColumn(
  declared: DeclaredColumn,
  model: TableModel,
  key: boolean,
  exactFloats: boolean,
): Column {
  checkColumnName(declared.name);
  if (declared.type.base === 'TIME') throw SqlError.refused(`Type:TIME of column:${declared.name} does not support`);
  const fault = columnFault({ ...declared, key }, model, exactFloats);
  if (fault !== undefined) throw SqlError.refused(fault);
  const { explicitlyNullable: _, place: __, ...column } = declared;
  const nullable =
    column.aggregate === 'REPLACE_IF_NOT_NULL' || (column.nullable && !(key && model === 'PRIMARY_KEYS'));
  return { ...column, key, nullable };
}

/**
 * What is wrong with one column by itself, in StarRocks' words.
 *
 * @source ColumnDef.analyze in the StarRocks frontend
 */
export function columnFault(column: Column, model: TableModel, exactFloats: boolean): string | undefined {
  const { name, type, key, aggregate, default: value } = column;
  if (key && !isSortable(type)) {
    const hint = type.base === 'FLOAT' || type.base === 'DOUBLE' ? ', use decimal instead' : '';
    return `Invalid data type of key column '${name}': '${typeName(type)}'${hint}`;
  }
  if (aggregate !== undefined) {
    if (key) return `Cannot specify aggregate function '${aggregate}' for key column '${name}'`;
    const taken = aggregated[aggregate];
    if (taken?.includes(type.base) === false) return `Invalid aggregate function '${aggregate}' for '${name}'`;
  } else if (unions.has(type.base) && (model === 'DUP_KEYS' || model === 'AGG_KEYS')) {
    return `No aggregate function specified for '${name}'`;
  }
  const takesNone = type.base === 'HLL' || type.base === 'BITMAP';
  const isNull = value === null && !column.nullable && aggregate !== 'REPLACE_IF_NOT_NULL';
  if (isNull || (takesNone && value !== undefined)) return `Invalid default value for '${name}'`;
  const fault = defaultFault(column, exactFloats);
  return fault === undefined ? undefined : `Invalid default value for '${name}': ${fault}`;
}
