import type { Column, TableDefinition, TableModel } from '../model.ts';
import { concludeColumn, isSortable } from './ddl-columns.ts';
import type { CreateTable, DeclaredColumn, DeclaredDistribution, Distribution } from './ddl-create-table.ts';
import { concludePartition } from './ddl-partition.ts';
import { concludeProperties, type DdlSetting } from './ddl-properties.ts';
import { SqlError } from './sql-error.ts';
import { typeName, typeSql } from './type-words.ts';

const primaryKeyBases = new Set([
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

/** How a message calls a model. */
const modelSql: Readonly<Record<TableModel, string>> = {
  PRIMARY_KEYS: 'PRIMARY KEY',
  UNIQUE_KEYS: 'UNIQUE KEY',
  DUP_KEYS: 'DUPLICATE KEY',
  AGG_KEYS: 'AGGREGATE KEY',
};

/** A short key has at most this many columns and bytes. */
const shortKeyColumns = 3;
const shortKeyBytes = 36;

/** Bytes that a column takes in the short key; 16 for those not listed. */
const indexBytes: Readonly<Record<string, number>> = {
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
 * @source CreateTableAnalyzer, KeysDesc.checkColumnDefs and ColumnDef.analyze in the StarRocks frontend;
 *   test/fixtures/recorded/create-table-refusals.json
 */
export function analyzeTable(
  name: { readonly database: string; readonly table: string },
  declared: CreateTable,
  setting: DdlSetting = {},
): TableDefinition {
  checkWords(declared);
  checkSortColumns(declared);
  checkAutoIncrement(declared.columns);
  const { model, columns: keys } = declared.key ?? impliedKey(declared.columns);
  checkKeys(model, keys, declared.columns);
  checkSortKey(model, keys, declared);
  const { exactFloats = false } = setting;
  const columns = declared.columns.map((column, index) =>
    concludeColumn(column, model, index < keys.length, exactFloats),
  );
  refuseDuplicates(columns);
  checkGenerated(columns, model);
  const distribution = concludeDistribution(declared.distribution, model, keys, columns);
  const partition = concludePartition(declared.partition, columns, model);
  setting.authorize?.(name.database);
  return {
    database: name.database,
    name: name.table,
    model,
    columns,
    keys: columns.slice(0, keys.length).map((column) => column.name),
    ...partition,
    ...(declared.orderBy !== undefined && { sortKeys: declared.orderBy }),
    distribution,
    properties: concludeProperties(name.table, declared.properties, { model, distribution }, setting),
    comment: declared.comment,
  };
}

function checkWords({ engine, charset }: CreateTable): void {
  if (engine.toLowerCase() !== 'olap') throw SqlError.refused(`Unknown engine name: ${engine}`);
  if (charset.toLowerCase() !== 'utf8') throw SqlError.refused(`charset name ${charset} is not supported yet`);
}

function checkSortColumns({ orderBy = [], columns }: CreateTable): void {
  const unknown = orderBy.find((name) => !columns.some((column) => same(column.name, name)));
  if (unknown !== undefined) throw SqlError.refused(`Unknown column '${unknown}' does not exist`);
}

function checkAutoIncrement(columns: readonly DeclaredColumn[]): void {
  const numbered = columns.filter(({ autoIncrement }) => autoIncrement === true);
  const wrong = numbered.find(({ type }) => type.base !== 'BIGINT');
  if (wrong !== undefined) throw SqlError.refusedAt(wrong.place, 'The AUTO_INCREMENT column must be BIGINT');
  if (numbered.length > 1) {
    throw SqlError.refused('More than one AUTO_INCREMENT column defined in CREATE TABLE Statement');
  }
}

function checkGenerated(columns: readonly Column[], model: TableModel): void {
  const first = columns.findIndex(({ generated }) => generated !== undefined);
  if (first < 0) return;
  if (model === 'AGG_KEYS') throw SqlError.refused('Generated Column does not support AGG table');
  if (columns.some(({ generated, key }) => generated !== undefined && key)) {
    throw SqlError.refused('Generated Column can not be KEY');
  }
  if (columns.slice(first).some(({ generated }) => generated === undefined)) {
    throw SqlError.refused('All generated columns must be defined after ordinary columns');
  }
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
    bytes += indexBytes[type.base] ?? type.length ?? 16;
    const fits = keys.length < shortKeyColumns && bytes <= shortKeyBytes;
    if (!isSortable(type) || (!fits && keys.length > 0)) break;
    keys.push(name);
    if (type.base === 'VARCHAR' || !fits) break;
  }
  if (keys.length === 0) {
    const [first] = columns;
    throw SqlError.refused(`Data type of first column cannot be ${first === undefined ? '' : typeName(first.type)}`);
  }
  return { model: 'DUP_KEYS', columns: keys };
}

function checkKeys(model: TableModel, keys: readonly string[], columns: readonly DeclaredColumn[]): void {
  for (const key of keys) {
    if (!columns.some((column) => same(column.name, key))) {
      throw SqlError.refused(`Key column(${key}) doesn't exist.`);
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
  if (model === 'PRIMARY_KEYS' && !primaryKeyBases.has(type.base)) {
    throw SqlError.refused(`primary key column[${name}] type not supported: ${typeSql(type)}`);
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
    if (column !== undefined && model === 'PRIMARY_KEYS' && !primaryKeyBases.has(column.type.base)) {
      throw SqlError.refused(`sort key column[${name}] type not supported: ${typeSql(column.type)}`);
    }
  }
  if (orderBy === undefined || model === 'PRIMARY_KEYS' || model === 'DUP_KEYS') return;
  const lower = (names: readonly string[]) => names.map((name) => name.toLowerCase()).sort();
  if (lower(orderBy).join() !== lower(keys).join()) {
    throw SqlError.refused(`The sort columns of ${modelSql[model]} table must be same with key columns`);
  }
}

function concludeDistribution(
  declared: DeclaredDistribution | undefined,
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
    const what = `${modelSql[model]}${replaces ? ' with replace ' : ''}`;
    throw SqlError.refusedAt(declared.place, `${what} must use hash distribution`);
  }
  for (const name of declared.columns) checkDistributionColumn(name, model, columns);
  const { place: _, ...distribution } = declared;
  return distribution;
}

function checkDistributionColumn(name: string, model: TableModel, columns: readonly Column[]): void {
  const column = columns.find((each) => same(each.name, name));
  if (column === undefined) throw SqlError.refused(`Distribution column(${name}) doesn't exist.`);
  if (model !== 'DUP_KEYS' && !column.key) throw SqlError.failed(`Distribution column[${name}] is not key column`);
  if (!isSortable(column.type)) {
    throw SqlError.failed(`${typeName(column.type)} column can not be distribution column`);
  }
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
