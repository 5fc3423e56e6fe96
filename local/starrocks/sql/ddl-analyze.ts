import type { Column, ColumnType, TableDefinition, TableModel } from '../model.ts';
import type { CreateTable, DeclaredColumn, Distribution } from './ddl-create-table.ts';
import { defaultFault } from './ddl-defaults.ts';
import { SqlError } from './sql-error.ts';

const PRIMARY_KEY_BASES = new Set([
  'BOOLEAN',
  'TINYINT',
  'SMALLINT',
  'INT',
  'BIGINT',
  'LARGEINT',
  'VARCHAR',
  'DATE',
  'DATETIME',
]);
const SORTABLE_BASES = new Set([...PRIMARY_KEY_BASES, 'CHAR', 'DECIMAL']);

/** How a message calls a model. */
const MODEL_SQL: Readonly<Record<TableModel, string>> = {
  PRIMARY_KEYS: 'PRIMARY KEY',
  UNIQUE_KEYS: 'UNIQUE KEY',
  DUP_KEYS: 'DUPLICATE KEY',
  AGG_KEYS: 'AGGREGATE KEY',
};

/** A short key has at most this many columns and bytes. */
const SHORT_KEY_COLUMNS = 3;
const SHORT_KEY_BYTES = 36;

/** Bytes that a column takes in the short key; 16 for those not listed. */
const INDEX_BYTES: Readonly<Record<string, number>> = {
  BOOLEAN: 1,
  TINYINT: 1,
  SMALLINT: 2,
  DATE: 3,
  INT: 4,
  BIGINT: 8,
  DATETIME: 8,
  VARCHAR: 20,
};

/**
 * Concludes the table from what was declared: the model, its keys, how rows are distributed.
 *
 * @throws SqlError with what StarRocks' analyzer says
 * @source KeysDesc.checkColumnDefs, ColumnDef.analyze and CreateTableAnalyzer in the StarRocks frontend
 */
export function analyzeTable(
  name: { readonly database: string; readonly table: string },
  declared: CreateTable,
): TableDefinition {
  refuseDuplicates(declared.columns);
  const { model, columns: keys } = declared.key ?? impliedKey(declared.columns);
  checkKeys(model, keys, declared.columns);
  checkSortKey(model, keys, declared);
  const columns = declared.columns.map((column, index) => concludeColumn(column, model, index < keys.length));
  return {
    database: name.database,
    name: name.table,
    model,
    columns,
    keys: columns.slice(0, keys.length).map((column) => column.name),
    partitions: partitionColumns(declared.partitionWords, columns, model),
    distribution: concludeDistribution(declared.distribution, model, keys, columns),
    properties: declared.properties,
    comment: declared.comment,
  };
}

function refuseDuplicates(columns: readonly Column[]): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name.toLowerCase())) throw SqlError.duplicateColumn(name);
    seen.add(name.toLowerCase());
  }
}

/** Without a key clause: aggregate if a column aggregates, else duplicate on what makes a short key. */
function impliedKey(columns: readonly DeclaredColumn[]): { model: TableModel; columns: string[] } {
  const flagged = columns.filter((column) => column.key).map((column) => column.name);
  if (columns.some((column) => column.aggregate !== undefined)) {
    const plain = columns.filter((column) => column.aggregate === undefined).map((column) => column.name);
    return { model: 'AGG_KEYS', columns: plain };
  }
  if (flagged.length > 0) return { model: 'DUP_KEYS', columns: flagged };
  const keys: string[] = [];
  let bytes = 0;
  for (const { name, type } of columns) {
    bytes += INDEX_BYTES[type.base] ?? type.length ?? 16;
    const fits = keys.length < SHORT_KEY_COLUMNS && bytes <= SHORT_KEY_BYTES;
    if (!SORTABLE_BASES.has(type.base) || (!fits && keys.length > 0)) break;
    keys.push(name);
    if (type.base === 'VARCHAR' || !fits) break;
  }
  if (keys.length === 0) {
    throw SqlError.refused(`Data type of first column cannot be ${columns[0]?.type.base}`);
  }
  return { model: 'DUP_KEYS', columns: keys };
}

function checkKeys(model: TableModel, keys: readonly string[], columns: readonly DeclaredColumn[]): void {
  for (const key of keys) {
    if (!columns.some((column) => same(column.name, key))) {
      throw SqlError.refused(`Unknown column '${key}' does not exist`);
    }
  }
  keys.forEach((key, index) => {
    const column = columns[index];
    if (column === undefined || !same(column.name, key)) {
      throw SqlError.refused(
        'Key columns must be the first few columns of the schema and the order ' +
          ' of the key columns must be consistent with the order of the schema',
      );
    }
    checkKeyColumn(model, column);
  });
  for (const column of columns.slice(keys.length)) checkValueColumn(model, column);
}

function checkKeyColumn(model: TableModel, { name, type, aggregate, explicitlyNullable }: DeclaredColumn): void {
  if (aggregate !== undefined) throw SqlError.refused(`Key column[${name}] should not specify aggregate type.`);
  if (model === 'PRIMARY_KEYS' && explicitlyNullable) {
    throw SqlError.refused(`primary key column[${name}] cannot be nullable`);
  }
  if (model === 'PRIMARY_KEYS' && !PRIMARY_KEY_BASES.has(type.base)) {
    throw SqlError.refused(`primary key column[${name}] type not supported: ${type.text}`);
  }
  if (!SORTABLE_BASES.has(type.base)) {
    throw SqlError.refused(`Invalid data type of key column '${name}': '${type.text}'`);
  }
}

function checkValueColumn(model: TableModel, { name, aggregate }: DeclaredColumn): void {
  if (model === 'AGG_KEYS' && aggregate === undefined) {
    throw SqlError.refused(`${model} table should specify aggregate type for non-key column[${name}]`);
  }
  if (model !== 'AGG_KEYS' && aggregate !== undefined && aggregate !== 'REPLACE') {
    throw SqlError.refused(`${model} table should not specify aggregate type for non-key column[${name}]`);
  }
}

function checkSortKey(model: TableModel, keys: readonly string[], { orderBy, columns }: CreateTable): void {
  for (const name of orderBy ?? []) {
    const column = columns.find((each) => same(each.name, name));
    if (column === undefined) throw SqlError.refused(`Unknown column '${name}' does not exist`);
    if (model === 'PRIMARY_KEYS' && !PRIMARY_KEY_BASES.has(column.type.base)) {
      throw SqlError.refused(`sort key column[${name}] type not supported: ${column.type.text}`);
    }
  }
  if (orderBy === undefined || model === 'PRIMARY_KEYS' || model === 'DUP_KEYS') return;
  const lower = (names: readonly string[]) => names.map((name) => name.toLowerCase()).sort();
  if (lower(orderBy).join() !== lower(keys).join()) {
    throw SqlError.refused(`The sort columns of ${MODEL_SQL[model]} table must be same with key columns`);
  }
}

/** @throws SqlError for a default, NULL or AUTO_INCREMENT that the type does not take */
export function concludeColumn(declared: DeclaredColumn, model: TableModel, key: boolean): Column {
  const { explicitlyNullable: _, ...column } = declared;
  const nullable = column.nullable && !(key && model === 'PRIMARY_KEYS');
  if (column.default === null && !nullable) {
    throw SqlError.refused(`Can not set null default value to non nullable column: ${column.name}`);
  }
  const fault = defaultFault(column);
  if (fault !== undefined) throw SqlError.refused(fault);
  if (column.autoIncrement === true && column.type.base !== 'BIGINT') {
    throw SqlError.refused(`The AUTO_INCREMENT column must be BIGINT`);
  }
  return { ...column, key, nullable };
}

function partitionColumns(words: readonly string[], columns: readonly Column[], model: TableModel): string[] {
  if (words.length === 0) return [];
  const found = columns.filter((column) => words.some((word) => same(word, column.name)));
  if (found.length === 0) throw SqlError.refused(`Partition column[${words[0]}] does not exist in column list.`);
  const value = found.find((column) => !column.key);
  if (model !== 'DUP_KEYS' && value !== undefined) {
    throw SqlError.refused(`The partition expr should base on key column, and ${value.name} is not one`);
  }
  return found.map((column) => column.name);
}

function concludeDistribution(
  declared: Distribution | undefined,
  model: TableModel,
  keys: readonly string[],
  columns: readonly Column[],
): Distribution {
  if (declared === undefined) {
    if (model === 'PRIMARY_KEYS') return { type: 'HASH', columns: [...keys] };
    if (model === 'DUP_KEYS') return { type: 'RANDOM', columns: [] };
    throw SqlError.refused(`Currently not support default distribution in ${model}`);
  }
  const replaces = columns.some((column) => column.aggregate?.startsWith('REPLACE') === true);
  if (declared.type === 'RANDOM' && model !== 'DUP_KEYS' && !(model === 'AGG_KEYS' && !replaces)) {
    throw SqlError.refused(`${MODEL_SQL[model]}${replaces ? ' with replace ' : ''} must use hash distribution`);
  }
  for (const name of declared.columns) checkDistributionColumn(name, model, columns);
  return declared;
}

function checkDistributionColumn(name: string, model: TableModel, columns: readonly Column[]): void {
  const column = columns.find((each) => same(each.name, name));
  if (column === undefined) throw SqlError.refused(`Distribution column(${name}) doesn't exist.`);
  if (model !== 'DUP_KEYS' && !column.key) throw SqlError.refused(`Distribution column[${name}] is not key column`);
  if (!canDistribute(column.type)) {
    throw SqlError.refused(`${column.type.base} column can not be distribution column: ${name}`);
  }
}

function canDistribute(type: ColumnType): boolean {
  return SORTABLE_BASES.has(type.base);
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
