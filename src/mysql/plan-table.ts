import { optionTable } from '../options/table.ts';
import { growthOf } from './buckets.ts';
import type { Finding, FindingKind } from './findings.ts';
import type { SourceTable } from './information-schema.ts';
import { keyBytes, mayBeSortKey, primaryKeyLimitBytes, rowKey, sortKey } from './keys.ts';
import { columnName, freeName, namesInList } from './names.ts';
import { type PlannedColumn, planColumn } from './plan-column.ts';
import { type Layout, planLayout } from './plan-layout.ts';
import type { TableRule } from './smt-config.ts';
import type { TypeChoices } from './types.ts';

export interface TableChoices extends TypeChoices {
  /** Merged shards get columns with the names of the database and table that a row came from. */
  readonly shardColumns: boolean;
  /** Tables with a key get the columns of `sink.order-by`. */
  readonly orderColumns?: boolean;
  /** StarRocks backends. */
  readonly backends: number;
  readonly nowMs: number;
}

/** One table to be planned. */
export interface TableTask {
  readonly rule: TableRule;
  /** For merged shards: the first of them, with the size of all. */
  readonly table: SourceTable;
  /** In StarRocks. */
  readonly database: string;
  readonly name: string;
  /** More than one: merged shards. */
  readonly sources: readonly SourceTable[];
}

export interface PlannedTable extends Layout {
  readonly rule: TableRule;
  readonly database: string;
  readonly name: string;
  readonly sources: readonly SourceTable[];
  /** Key columns first, in key order. */
  readonly columns: readonly PlannedColumn[];
  readonly key: { readonly model: 'primary' | 'duplicate'; readonly columns: readonly string[] };
  readonly comment: string;
}

/**
 * Plans one table. Key columns come first, because StarRocks wants them there.
 *
 * @out  no table when StarRocks could not have it; the findings say why
 */
export function planTable(
  task: TableTask,
  choices: TableChoices,
): { readonly table?: PlannedTable; readonly findings: readonly Finding[] } {
  const { rule, table, database, name, sources } = task;
  const findings: Finding[] = [];
  const find: Find = (kind, text) => findings.push({ kind, where: `${table.database}.${table.name}`, text });
  const isKeyless = rowKey(table) === undefined;
  const front = rowKey(table)?.columns ?? duplicateKey(task, choices, find);
  const reason = reasonToRefuse(table, front);
  if (reason) {
    find('refused', reason);
    return { findings };
  }
  const mapped = mapColumns(table, front, isKeyless, choices, find);
  findings.push(...mapped.flatMap((one) => one.findings));
  const own = mapped.map((one) => one.column);
  const keyColumns = own.slice(0, front.length);
  const shardColumns = choices.shardColumns ? originColumns(sources, own) : [];
  const ordered = choices.orderColumns && !isKeyless ? orderColumnsBeside(own, find) : [];
  const columns = [...own.toSpliced(isKeyless ? own.length : front.length, 0, ...shardColumns), ...ordered];
  const key = (isKeyless ? keyColumns : [...keyColumns, ...shardColumns]).map((column) => column.name);
  tellAboutKey(task, keyColumns, choices, find);
  tellAboutShards(task, choices, find);
  if (table.isPartitioned) find('partitioned', 'the StarRocks table is not partitioned like it.');
  const growth = growthOf(table.bytes, table.createdAtMs, choices.nowMs);
  const layout = planLayout({ rule, columns, key, isKeyless, growth, find }, choices);
  const model = isKeyless ? 'duplicate' : 'primary';
  const planned = {
    rule,
    database,
    name,
    sources,
    columns,
    key: { model, columns: key },
    comment: table.comment,
  } as const;
  return { table: { ...planned, ...layout }, findings };
}

/** The columns in StarRocks' order: those of the key first. */
function mapColumns(
  table: SourceTable,
  front: readonly string[],
  isKeyless: boolean,
  choices: TypeChoices,
  find: Find,
): readonly ReturnType<typeof planColumn>[] {
  const names = columnNames(table, find);
  const rank = (name: string) => (front.includes(name) ? front.indexOf(name) : front.length);
  return table.columns
    .toSorted((a, b) => rank(a.name) - rank(b.name))
    .map((column) => {
      const where = `${table.database}.${table.name}.${column.name}`;
      const isPrimaryKey = !isKeyless && front.includes(column.name);
      return planColumn(column, names.get(column.name) ?? column.name, where, isPrimaryKey, choices);
    });
}

type Find = (kind: FindingKind, text: string) => unknown;

function reasonToRefuse(table: SourceTable, front: readonly string[]): string | undefined {
  if (table.columns.length === 0) return 'the schema names no column of it.';
  return front.length === 0 ? 'it has no key, and no column of a type that StarRocks can sort by.' : undefined;
}

function duplicateKey({ rule, table }: TableTask, choices: TypeChoices, find: Find): readonly string[] {
  if (rule.duplicateKeys === undefined) return sortKey(table, choices);
  const wanted = namesInList(rule.duplicateKeys).map((name) => ({
    name,
    column: table.columns.find((column) => column.name.toLowerCase() === name.toLowerCase()),
  }));
  const missing = wanted.filter(({ column }) => column === undefined).map(({ name }) => name);
  if (missing.length === 0) return wanted.flatMap(({ column }) => column?.name ?? []);
  find(
    'clause',
    `duplicate_keys names ${missing.join(', ')}, which the table does not have; its first columns are taken.`,
  );
  return sortKey(table, choices);
}

function columnNames(table: SourceTable, find: Find): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  const isChanged = (name: string) => Number(columnName(name) !== name);
  // Names that may stay are given first, so that no changed one takes them.
  return new Map(
    table.columns
      .toSorted((a, b) => isChanged(a.name) - isChanged(b.name))
      .map((column) => {
        const name = freeName(columnName(column.name), (candidate) => taken.has(candidate.toLowerCase()));
        taken.add(name.toLowerCase());
        if (name !== column.name) find('name-changed', `its column ${column.name} is ${name} in StarRocks.`);
        return [column.name, name] as const;
      }),
  );
}

function orderColumnsBeside(own: readonly PlannedColumn[], find: Find): readonly PlannedColumn[] {
  const taken = orderColumns.find(({ name }) => own.some((column) => column.name.toLowerCase() === name));
  if (taken === undefined) return orderColumns;
  find(
    'clause',
    `it has a column ${taken.name}, so those of sink.order-by are left out: name them otherwise, and add them.`,
  );
  return [];
}

/** By their default names; rows that were there before are older than all that come. */
const orderColumns: readonly PlannedColumn[] = [
  {
    ...{ name: optionTable['sink.order-by.version-column'].default, type: 'LARGEINT', nullable: false, default: '"0"' },
    ...{ comment: 'which of two changes is newer', origin: 'order' },
  },
  {
    ...{ name: optionTable['sink.order-by.deleted-column'].default, type: 'BOOLEAN', nullable: false, default: '"0"' },
    ...{ comment: 'the source deleted the row', origin: 'order' },
  },
];

/** Columns for what tells the shards apart: the database, the table, or both. */
function originColumns(sources: readonly SourceTable[], taken: readonly PlannedColumn[]): readonly PlannedColumn[] {
  const names = { database: sources.map((one) => one.database), table: sources.map((one) => one.name) };
  return (['database', 'table'] as const)
    .filter((origin) => new Set(names[origin]).size > 1)
    .map((origin) => ({
      name: freeName(`_shard_${origin}`, (name) => taken.some((one) => one.name.toLowerCase() === name)),
      // 64 characters is MySQL's limit for names; those of shards seldom leave ASCII
      type: `VARCHAR(${names[origin].every((name) => Buffer.byteLength(name) <= 64) ? 64 : 256})`,
      nullable: false,
      comment: `${origin} that the row came from`,
      origin,
    }));
}

function tellAboutKey(
  { rule, table }: TableTask,
  keyColumns: readonly PlannedColumn[],
  choices: TypeChoices,
  find: Find,
): void {
  const key = rowKey(table);
  const list = keyColumns.map((column) => column.name).join(', ');
  if (key === undefined) {
    find('no-key', `it becomes a duplicate-key table sorted by ${list}: updates and deletes cannot be followed.`);
    const unfit = keyColumns.filter((column) => !mayBeSortKey(column.type));
    if (unfit.length > 0)
      find('clause', `duplicate_keys: StarRocks does not sort by ${unfit.map((c) => c.type).join(', ')}.`);
    return;
  }
  if (rule.duplicateKeys) find('clause', 'duplicate_keys is left out: the table has a key.');
  const native = { ...choices, profile: 'native' } as const;
  const types = keyColumns.map(({ origin, name }) =>
    typeof origin === 'string' ? '' : planColumn(origin, name, '', true, native).column.type,
  );
  const bytes = keyBytes(types);
  if (bytes > primaryKeyLimitBytes) {
    find('wide-key', `the key (${list}) may take ${bytes} bytes; StarRocks takes ${primaryKeyLimitBytes} by default.`);
  }
  if (key.isPrefix)
    find('key-text', `the index ${key.name} holds only the first characters of a column; StarRocks compares all.`);
  const folded = keyColumns.filter(({ origin }) => typeof origin !== 'string' && origin.collation?.endsWith('_ci'));
  if (folded.length > 0) {
    const columns = folded.map((column) => column.name).join(', ');
    find('key-text', `${columns}: MySQL ignores case in this key, StarRocks does not.`);
  }
}

function tellAboutShards({ sources, database, name }: TableTask, choices: TableChoices, find: Find): void {
  if (sources.length < 2) return;
  const keys = choices.shardColumns
    ? 'The key holds the name of the shard.'
    : 'Rows with equal keys in two shards overwrite each other: if keys are not unique across shards, use --shard-columns.';
  find('shards', `and ${sources.length - 1} more become ${database}.${name}. ${keys}`);
}
