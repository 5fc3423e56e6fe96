import type { Column, TableDefinition } from '../model.ts';
import { type ColumnItem, parseColumns } from './columns-header.ts';
import { quoted } from './duck-names.ts';
import { duckExpression } from './expressions.ts';
import {
  columnNamed,
  type LoadPlan,
  type Mapping,
  type Origin,
  operationField,
  PlanFault,
  type Source,
  type Target,
} from './load-plan.ts';

interface ColumnsRequest {
  readonly table: TableDefinition;
  /** The header `columns`. */
  readonly header: string | undefined;
  readonly json: boolean;
  readonly partial: boolean;
}

type PlannedColumns = Pick<LoadPlan, 'sources' | 'mappings' | 'targets' | 'operation'>;

/** The rule by which one load fills columns. @throws PlanFault */
export function planColumns(request: ColumnsRequest): PlannedColumns {
  const { table, partial } = request;
  const items = withOperation(request, columnItems(table, request.header));
  const mapped = items.filter((item) => item.expression !== undefined);
  const isOperation = (name: string) => table.model === 'PRIMARY_KEYS' && name.toLowerCase() === operationField;
  for (const { name } of mapped) {
    if (columnNamed(table, name) === undefined && name !== operationField) {
      throw new PlanFault(`Mapping column is not in table. column: ${name}`);
    }
  }
  const read = namesIn(mapped.map((item) => item.expression ?? ''));
  const sources = items.filter((item) => item.expression === undefined).map(({ name }) => sourceOf(table, name, read));
  const mappings: Mapping[] = mapped
    .filter(({ name }) => !isOperation(name))
    .map(({ name, expression = '' }) => ({ name, text: expression, sql: duckExpression(expression) }));
  const given = table.columns.filter((column) => items.some(({ name }) => same(name, column.name)));
  const missing = partial ? table.columns.find((column) => column.key && !given.includes(column)) : undefined;
  if (missing !== undefined || (partial && request.header === undefined)) {
    throw new PlanFault(`key column ${missing?.name ?? table.keys[0]} not in partial update columns`);
  }
  checkUnions(partial ? given : table.columns, mappings);
  const targets = (partial ? given : table.columns).map(
    (column): Target => ({ column, origin: originOf(column, sources, mappings, partial) }),
  );
  return {
    sources,
    mappings,
    targets,
    ...(table.model === 'PRIMARY_KEYS' ? { operation: operationOf(items, sources) } : {}),
  };
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Names of fields are those of the table when none is given: a mapping is none. */
function columnItems(table: TableDefinition, header: string | undefined): readonly ColumnItem[] {
  const parsed = header === undefined ? { ok: true as const, items: [] } : parseColumns(header);
  if (!parsed.ok) throw new PlanFault(parsed.message);
  const generated = parsed.items.find(({ name }) => columnNamed(table, name)?.generated !== undefined);
  if (generated !== undefined) throw new PlanFault(`generated column: ${generated.name} can not be specified`);
  if (parsed.items.some(({ expression }) => expression === undefined)) return parsed.items;
  const fields = table.columns.filter((column) => column.generated === undefined && column.autoIncrement !== true);
  return [...parsed.items, ...fields.map(({ name }) => ({ name }))];
}

/** JSON rows may carry `__op` unasked: it becomes the last source. */
function withOperation({ table, json }: ColumnsRequest, items: readonly ColumnItem[]): readonly ColumnItem[] {
  const named = items.some(({ name }) => same(name, operationField));
  return table.model === 'PRIMARY_KEYS' && json && !named ? [...items, { name: operationField }] : items;
}

const tinyint = { base: 'TINYINT', text: 'tinyint(4)' };

/** The operation as a column, for what is said about its values. */
export const operationColumn: Column = {
  name: operationField,
  type: tinyint,
  nullable: false,
  key: false,
  comment: '',
};

function sourceOf(table: TableDefinition, name: string, read: ReadonlySet<string>): Source {
  const operation = table.model === 'PRIMARY_KEYS' && same(name, operationField);
  const column = operation ? operationColumn : columnNamed(table, name);
  if (column === undefined) return { name };
  return read.has(name.toLowerCase()) ? { name, type: column.type } : { name, type: column.type, column };
}

/** All words of expressions that could be column names, in lower case. */
function namesIn(expressions: readonly string[]): ReadonlySet<string> {
  const words = expressions.flatMap(
    (sql) =>
      duckExpression(sql)
        .replace(/'(?:[^']|'')*'/g, '')
        .match(/"[^"]+"|[\w\u0080-\uffff$]+/g) ?? [],
  );
  return new Set(words.map((word) => word.replaceAll('"', '').toLowerCase()));
}

function originOf(column: Column, sources: readonly Source[], mappings: readonly Mapping[], partial: boolean): Origin {
  if (column.generated !== undefined) return { kind: 'automatic' };
  const mapping = mappings.find(({ name }) => same(name, column.name));
  if (mapping !== undefined) return { kind: 'expression', sql: mapping.sql };
  const index = sources.findIndex(({ name }) => same(name, column.name));
  const source = sources[index];
  if (source !== undefined) {
    return source.column === undefined ? { kind: 'expression', sql: quoted(source.name) } : { kind: 'source', index };
  }
  if (column.autoIncrement === true) return { kind: 'automatic' };
  if (!partial && !column.nullable && (column.default === undefined || column.default === null)) {
    throw new PlanFault(`Column has no default value. column: ${column.name}`);
  }
  return { kind: 'default' };
}

function operationOf(items: readonly ColumnItem[], sources: readonly Source[]): NonNullable<LoadPlan['operation']> {
  const expression = items.find(
    ({ name, expression: sql }) => same(name, operationField) && sql !== undefined,
  )?.expression;
  if (expression === undefined) {
    const index = sources.findIndex(({ name }) => same(name, operationField));
    if (index < 0) return { kind: 'constant', value: 0 };
    return sources[index]?.column === undefined
      ? { kind: 'expression', sql: quoted(operationField) }
      : { kind: 'source', index };
  }
  const text = /^(['"])(.*)\1$/s.exec(expression)?.[2]?.toLowerCase();
  if (text === 'upsert' || expression === '0') return { kind: 'constant', value: 0 };
  if (text === 'delete' || expression === '1') return { kind: 'constant', value: 1 };
  if (text !== undefined) throw new PlanFault(`load op type string not supported: ${text}`);
  if (/^[+-]?(?:[\d.]+|true|false|null)$/i.test(expression)) {
    throw new PlanFault('const load op type column should only be upsert(0)/delete(1)');
  }
  return { kind: 'expression', sql: duckExpression(expression) };
}

/** What makes values of these types; nothing else may stand for them. Source: Load.initColumns in the StarRocks frontend. */
const makers: Readonly<Record<string, (name: string) => { readonly calls: RegExp; readonly says: string }>> = {
  HLL: (name) => ({
    calls: /^\s*(hll_hash|hll_empty)\s*\(/i,
    says: `HLL column must use hll_hash function, like ${name}=hll_hash(xxx) or ${name}=hll_empty()`,
  }),
  BITMAP: (name) => ({
    calls: /^\s*(to_bitmap|bitmap_hash|bitmap_hash64|bitmap_empty|bitmap_from_string)\s*\(/i,
    says: `bitmap column must use to_bitmap or empty_bitmap function, like ${name}=to_bitmap(xxx)${name}=bitmap_empty()`,
  }),
};

function checkUnions(columns: readonly Column[], mappings: readonly Mapping[]): void {
  for (const { name, type } of columns) {
    const maker = makers[type.base]?.(name);
    const sql = mappings.find((mapping) => same(mapping.name, name))?.sql ?? '';
    if (maker !== undefined && !maker.calls.test(sql)) throw new PlanFault(maker.says);
  }
}
