import type { Column, TableDefinition, TableModel } from '../model.ts';
import type { Alteration, ColumnSource } from '../storage/alteration.ts';
import { checkColumnName, columnFault, isSortable } from './ddl-columns.ts';
import type { DeclaredColumn } from './ddl-create-table.ts';
import { modificationFault } from './ddl-modify.ts';
import { unknownProperties } from './ddl-properties.ts';
import { SqlError } from './sql-error.ts';
import { typeName } from './type-words.ts';

export type ColumnPlace = { readonly first: true } | { readonly after: string };

/** One clause of an ALTER TABLE. */
export type TableChange =
  | { readonly change: 'add'; readonly column: DeclaredColumn; readonly place?: ColumnPlace }
  | { readonly change: 'modify'; readonly column: DeclaredColumn; readonly place?: ColumnPlace }
  | { readonly change: 'drop'; readonly name: string }
  | { readonly change: 'rename-column'; readonly name: string; readonly to: string }
  | { readonly change: 'comment'; readonly comment: string }
  | { readonly change: 'set'; readonly properties: Readonly<Record<string, string>> }
  | { readonly change: 'rename-table'; readonly to: string }
  | { readonly change: 'swap'; readonly with: string };

export interface AlterSetting {
  readonly exactFloats?: boolean;
  /** The time that `DEFAULT CURRENT_TIMESTAMP` of a new column becomes, 'YYYY-MM-DD HH:MM:SS'. */
  readonly now: string;
}

/** A table on its way from clause to clause. */
interface Draft {
  readonly table: TableDefinition;
  readonly sources: readonly ColumnSource[];
  readonly work: Alteration['work'];
}

/** How a message calls a model where a column may not aggregate. */
const modelWords: Readonly<Partial<Record<TableModel, string>>> = {
  PRIMARY_KEYS: 'Primary',
  UNIQUE_KEYS: 'Unique',
  DUP_KEYS: 'Duplicate',
};

/**
 * What the analyzer finds wrong with a clause, knowing the table: it comes before anything of how the table is doing.
 *
 * @throws SqlError
 * @source AlterTableClauseAnalyzer in the StarRocks frontend; test/fixtures/recorded/alter-add-column.json
 */
export function checkChange(table: TableDefinition, change: TableChange, { exactFloats = false }: AlterSetting): void {
  if (change.change === 'rename-column') checkColumnName(change.to);
  if (change.change === 'set') {
    const unknown = unknownProperties(change.properties);
    if (unknown !== undefined) throw SqlError.refused(unknown);
  }
  if (change.change !== 'add' && change.change !== 'modify') return;
  const { column } = change;
  const refuse = (detail: string) => SqlError.refusedAt(column.place, detail);
  checkColumnName(column.name);
  // A value column of a primary-key table replaces, so that unions are taken there.
  const model = table.model === 'PRIMARY_KEYS' ? table.model : 'DUP_KEYS';
  const fault = columnFault(column, model, exactFloats);
  if (fault !== undefined) throw refuse(`Column definition is wrong. ${fault}`);
  if (column.type.base === 'TIME') throw SqlError.refused('Unsupported data type: TIME');
  if (column.generated !== undefined) {
    if (table.model === 'AGG_KEYS') throw SqlError.refused('Generated Column does not support AGG table');
    return;
  }
  if (change.change !== 'add') return;
  if (column.aggregate !== undefined && change.place !== undefined && 'first' in change.place) {
    throw refuse(`Cannot add value column[${column.name}] at first`);
  }
  if (!column.nullable && (column.default === undefined || column.default === null)) {
    throw refuse(`Field '${column.name}' is not null but doesnt have a default value`);
  }
}

/**
 * The table that the clauses make, all or none.
 *
 * @throws SqlError
 * @source SchemaChangeHandler in the StarRocks frontend; test/fixtures/recorded/alter-add-column.json
 */
export function planAlteration(
  table: TableDefinition,
  changes: readonly TableChange[],
  setting: AlterSetting,
): Alteration {
  const start: Draft = {
    table,
    sources: table.columns.map((column) => ({ column, from: column.name })),
    work: 'words',
  };
  const { table: last, sources, work } = changes.reduce((draft, change) => apply(draft, change, setting), start);
  const columns = sources.map(({ column }) => column);
  const changed = { ...last, columns, keys: columns.filter(({ key }) => key).map(({ name }) => name) };
  if (work !== 'words') checkOrder(changed);
  return { changed, sources, work };
}

function apply(draft: Draft, change: TableChange, setting: AlterSetting): Draft {
  switch (change.change) {
    case 'add':
      return addColumn(draft, change.column, change.place, setting);
    case 'modify':
      return modifyColumn(draft, change.column, change.place);
    case 'drop':
      return dropColumn(draft, change.name);
    case 'rename-column':
      return renameColumn(draft, change.name, change.to);
    case 'comment':
      return { ...draft, table: { ...draft.table, comment: change.comment } };
    case 'set':
      return { ...draft, table: { ...draft.table, properties: { ...draft.table.properties, ...change.properties } } };
    default:
      return draft;
  }
}

function addColumn(
  draft: Draft,
  declared: DeclaredColumn,
  place: ColumnPlace | undefined,
  { now }: AlterSetting,
): Draft {
  const { table, sources } = draft;
  const column = addedColumn(table, declared, now);
  const { name } = column;
  if (table.columns.some((each) => same(each.name, name))) {
    throw SqlError.failed(`Can not add column which already exists in base table: ${name}`);
  }
  if (indexOf(sources, name) >= 0) throw SqlError.failed(`Repeatedly add column: ${name}`);
  const at = positionOf(sources, column, place);
  const isQuick =
    table.properties['fast_schema_evolution'] !== 'false' && !column.key && column.generated === undefined;
  return {
    table,
    sources: [...sources.slice(0, at), { column }, ...sources.slice(at)],
    work: isQuick && draft.work !== 'job' ? 'schema' : 'job',
  };
}

/** Without an aggregate, a column of an aggregate table is a key. */
function addedColumn(table: TableDefinition, declared: DeclaredColumn, now: string): Column {
  const { explicitlyNullable: _, place: __, ...column } = declared;
  const { name, aggregate, type } = column;
  const model = modelWords[table.model];
  if (table.model === 'PRIMARY_KEYS' && column.key) {
    throw SqlError.failed(`Can not add key column: ${name} for primary key table`);
  }
  if (model !== undefined && aggregate !== undefined && !(model === 'Primary' && aggregate === 'REPLACE')) {
    throw SqlError.failed(`Can not assign aggregation method on column in ${model} data model table: ${name}`);
  }
  if (table.model === 'AGG_KEYS' && aggregate === undefined && !isSortable(type)) {
    throw SqlError.failed(
      `column without agg function would be treated as key column for aggregate table, ${typeName(type)} type can not be key column`,
    );
  }
  if (aggregate === 'SUM' && column.default !== undefined && column.default !== null && column.default !== '0') {
    throw SqlError.failed(`The default value of '${name}' with SUM aggregation function must be zero`);
  }
  return {
    ...column,
    key: column.key || (table.model === 'AGG_KEYS' && aggregate === undefined),
    nullable: column.nullable || aggregate === 'REPLACE_IF_NOT_NULL',
    ...(/^CURRENT_TIMESTAMP/.test(column.default ?? '') && { default: now }),
  };
}

/** Keys after keys, values at the end; generated columns stay last. */
function positionOf(sources: readonly ColumnSource[], column: Column, place: ColumnPlace | undefined): number {
  if (place !== undefined && 'first' in place) return 0;
  if (place !== undefined) {
    const at = indexOf(sources, place.after);
    const after = sources[at];
    if (after === undefined) throw SqlError.failed(`Column[${place.after}] does not found`);
    if (after.column.generated !== undefined) throw SqlError.failed('Can not add column after Generated Column');
    return at + 1;
  }
  if (column.key) return sources.filter((source) => source.column.key).length;
  const generated = sources.findIndex((source) => source.column.generated !== undefined);
  return generated < 0 || column.generated !== undefined ? sources.length : generated;
}

function dropColumn(draft: Draft, name: string): Draft {
  const { table, sources } = draft;
  const at = indexOf(sources, name);
  const column = sources[at]?.column;
  const generated = sources.find(
    (source) => source.column !== column && mentions(source.column.generated ?? '', column?.name ?? name),
  )?.column;
  if (generated !== undefined) {
    throw SqlError.refused(
      `Column: ${name} can not be dropped, because expression of Generated Column: ${generated.name} will refer to it`,
    );
  }
  if (column === undefined) throw SqlError.failed(`Column does not exists: ${name}`);
  refuseToDrop(table, column);
  const isQuick = table.properties['fast_schema_evolution'] !== 'false' && !column.key;
  return {
    table,
    sources: sources.filter((_, index) => index !== at),
    work: isQuick && draft.work !== 'job' ? 'schema' : 'job',
  };
}

function refuseToDrop(table: TableDefinition, { key, name }: Column): void {
  const model = { PRIMARY_KEYS: 'primary', UNIQUE_KEYS: 'Unique' }[table.model as string];
  if (key && model !== undefined) throw SqlError.failed(`Can not drop key column in ${model} data model table`);
  if (table.model === 'PRIMARY_KEYS' && table.sortKeys?.some((each) => same(each, name)) === true) {
    throw SqlError.failed('Can not drop sort column in primary data model table');
  }
  const replaces = table.columns.some(({ aggregate }) => aggregate?.startsWith('REPLACE') === true);
  if (key && table.model === 'AGG_KEYS' && replaces) {
    throw SqlError.failed('Can not drop key column when table has value column with REPLACE aggregation method');
  }
}

function modifyColumn(draft: Draft, declared: DeclaredColumn, place: ColumnPlace | undefined): Draft {
  const { table, sources } = draft;
  const at = indexOf(sources, declared.name);
  const old = sources[at];
  if (old === undefined) throw SqlError.failed(`Column[${declared.name}] does not exists`);
  const { explicitlyNullable: _, place: __, ...column } = declared;
  const isKey = table.model === 'PRIMARY_KEYS' ? old.column.key : column.key || keyOfAggregates(table, column);
  const changed: Column = {
    ...column,
    name: old.column.name,
    key: isKey,
    nullable: column.nullable && !(isKey && table.model === 'PRIMARY_KEYS'),
  };
  const fault = modificationFault(table, old.column, changed);
  if (fault !== undefined) throw SqlError.failed(fault);
  const rest = sources.filter((_, index) => index !== at);
  const to = place === undefined ? at : positionOf(rest, changed, place);
  const source: ColumnSource = { column: changed, ...(old.from !== undefined && { from: old.from }) };
  return { table, sources: [...rest.slice(0, to), source, ...rest.slice(to)], work: 'job' };
}

function keyOfAggregates({ model }: TableDefinition, { aggregate }: Column): boolean {
  return model === 'AGG_KEYS' && aggregate === undefined;
}

function renameColumn(draft: Draft, from: string, to: string): Draft {
  const { table, sources } = draft;
  const at = indexOf(sources, from);
  const old = sources[at];
  if (old === undefined) throw SqlError.failed(`Column[${from}] does not exists`);
  if (indexOf(sources, to) >= 0) throw SqlError.failed(`Column name[${to}] is already used`);
  const renamed = (name: string) => (same(name, old.column.name) ? to : name);
  const source: ColumnSource = { ...old, column: { ...old.column, name: to } };
  return {
    ...draft,
    sources: sources.map((each, index) => (index === at ? source : each)),
    table: {
      ...table,
      partitions: table.partitions.map(renamed),
      ...(table.sortKeys !== undefined && { sortKeys: table.sortKeys.map(renamed) }),
      distribution: { ...table.distribution, columns: table.distribution.columns.map(renamed) },
    },
  };
}

/** Keys come first, and there is one; what rows are parted and distributed by stays. */
function checkOrder({ name, columns, partitions, distribution }: TableDefinition): void {
  const keys = columns.filter(({ key }) => key).length;
  if (columns.slice(keys).some(({ key }) => key)) {
    throw SqlError.failed(`Invalid column order. value should be after key. index[${name}]`);
  }
  if (keys === 0) throw SqlError.failed(`No key column left. index[${name}]`);
  const isGone = (column: string) => !columns.some((each) => same(each.name, column));
  const parted = partitions.find(isGone);
  if (parted !== undefined) throw SqlError.failed(`Partition column[${parted}] cannot be dropped. index[${name}]`);
  const distributed = distribution.columns.find(isGone);
  if (distributed !== undefined) {
    throw SqlError.failed(`Distribution column[${distributed}] cannot be dropped. index[${name}]`);
  }
}

function mentions(expression: string, name: string): boolean {
  return (
    expression
      .toLowerCase()
      .match(/[\w$\u0080-\uffff]+/g)
      ?.includes(name.toLowerCase()) === true
  );
}

function indexOf(sources: readonly ColumnSource[], name: string): number {
  return sources.findIndex(({ column }) => same(column.name, name));
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
