import { type ColumnType, readColumnType } from './column-type.ts';
import { type EpochUnit, inZone } from './moment.ts';

/** What a schema tells of a column. */
export interface DescribedColumn {
  readonly name: string;
  /** As StarRocks prints it, e.g. `varchar(20)` */
  readonly type: string;
  readonly nullable: boolean;
  readonly key: boolean;
  readonly generated: boolean;
  /** StarRocks numbers rows that hold no value. */
  readonly autoIncrement: boolean;
  /** The DEFAULT as StarRocks prints it: a value, or an expression such as CURRENT_TIMESTAMP. */
  readonly default: string | undefined;
}

/** A column that rows may fill. */
export interface FitColumn extends Omit<DescribedColumn, 'type' | 'generated'> {
  /** The key by which a load reads it: another where the column is made of what is read. */
  readonly source: string;
  readonly type: ColumnType;
  /** Absent, it can be neither NULL nor filled by StarRocks. */
  readonly isRequired: boolean;
}

export interface FitRules {
  /** Of the load. */
  readonly timeZone: string;
  readonly epochUnit: EpochUnit | undefined;
  /** Bytes may be written as hexadecimal digits behind `0x`. */
  readonly hasHexBytes?: true;
  /** Numbers come from change events without a schema. */
  readonly isUntyped?: true;
  /** The column that is 1 in a row that stands for a deleted one, in which only the key counts. */
  readonly deletedColumn?: string;
  /** Rows of some columns leave the others as they are. */
  readonly isPartial: boolean;
  /** Rows with values that are unfit are rejected; otherwise StarRocks sees them as they came. */
  readonly checksRows: boolean;
  /** What becomes of keys that no column has. */
  readonly unknownKeys: 'drop' | 'reject';
  /** Why no columns were made of them. */
  readonly refusal?: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** A table as its rows are fitted to it. */
export interface FitTable {
  /** In table order, without those that StarRocks computes. */
  readonly columns: readonly FitColumn[];
  /** Of a primary-key table. */
  readonly primaryKey: readonly string[] | undefined;
  /** By name, and by name in lower case where no other column has that name. */
  readonly byName: ReadonlyMap<string, FitColumn>;
  readonly rules: FitRules;
}

export function fitTableOf(
  columns: readonly DescribedColumn[],
  primaryKey: readonly string[] | undefined,
  rules: FitRules,
): FitTable {
  const names = new Set(columns.map(({ name }) => name.toLowerCase()));
  const loadable = columns.filter(({ generated }) => !generated).map((column) => fitColumnOf(column, names));
  const byName = new Map(loadable.map((column) => [column.name.toLowerCase(), column]));
  for (const column of loadable) byName.set(column.name, column).set(column.source, column);
  return { columns: loadable, primaryKey, byName, rules };
}

function fitColumnOf(column: DescribedColumn, names: ReadonlySet<string>): FitColumn {
  const { name, type: printed, nullable, key, autoIncrement, default: byDefault } = column;
  const type = readColumnType(printed);
  const isRequired = !nullable && !autoIncrement && byDefault === undefined && type.kind !== 'union';
  const suffix = type.kind === 'binary' ? '_b64' : type.kind === 'union' ? '_raw' : '';
  const source = suffix === '' ? name : unusedName(`${name}${suffix}`, names);
  return { name, source, type, nullable, key, autoIncrement, default: byDefault, isRequired };
}

const unusedName = (name: string, names: ReadonlySet<string>): string =>
  names.has(name.toLowerCase()) ? unusedName(`${name}_`, names) : name;

/** The columns of a load whose rows hold these, from left to right, and how it makes those that it does not read as they are. */
export function sourcesOf(table: FitTable, names: readonly string[]) {
  const columns = names.map((name) => columnOf(table, name));
  // What is no column, or one that StarRocks computes, is read and left out, whatever it is called.
  const others = names.map((name, at) =>
    name === '__op' ? name : unusedName(`skipped_${at + 1}`, new Set(table.byName.keys())),
  );
  return {
    columns: columns.map((column, at) => column?.source ?? others[at] ?? ''),
    mappings: [
      ...columns.flatMap((column) => (column && mappingOf(column)) ?? []),
      ...emptiesOf(table, new Set(columns)),
    ],
  };
}

/** How a load makes a column that it does not read as it is. @out undefined: it reads it as it is */
export function mappingOf({ name, source, type }: FitColumn): string | undefined {
  if (type.kind === 'union') return `\`${name}\`=${makers[type.of].ofValue}(\`${source}\`)`;
  return source === name ? undefined : `\`${name}\`=to_binary(\`${source}\`,'encode64')`;
}

/** @source  StarRocks Load.initColumns: a load says of each BITMAP and HLL of the table by which of their functions it is made */
const makers = {
  bitmap: { ofValue: 'to_bitmap', empty: 'bitmap_empty' },
  hll: { ofValue: 'hll_hash', empty: 'hll_empty' },
  percentile: { ofValue: 'percentile_hash', empty: 'percentile_empty' },
} as const;

/** How a load makes what unites values, of columns that its rows do not hold. */
export const emptiesOf = ({ columns, rules }: FitTable, held: ReadonlySet<FitColumn | undefined>): readonly string[] =>
  columns.flatMap((column) => {
    const { name, type } = column;
    return type.kind === 'union' && !held.has(column) && !rules.isPartial
      ? [`\`${name}\`=${makers[type.of].empty}()`]
      : [];
  });

/** Names of columns by the keys under which a load reads them, where a `columns` header says, as `mappingOf` does, that these are others. */
export const namesBySource = (header: string): ReadonlyMap<string, string> =>
  new Map(
    [...header.matchAll(/`([^`]+)`=\w+\(`(\1_(?:b64|raw)_*)`(?:,'encode64')?\)/g)].map(([, name = '', source = '']) => [
      source,
      name,
    ]),
  );

/** The column that a key means, whatever its case is. */
export const columnOf = ({ byName }: FitTable, key: string): FitColumn | undefined =>
  byName.get(key) ?? byName.get(key.toLowerCase());

/** The DEFAULT of a column as JSON. @source Stream Load reference §7.3: an absent key is NULL, not the default */
export function defaultOf(column: FitColumn, { timeZone, now }: Pick<FitRules, 'timeZone' | 'now'>): string {
  const text = column.default;
  if (text === undefined) return 'null';
  if (/^(?:CURRENT_TIMESTAMP|now)(?:\(\d?\))?$/i.test(text)) {
    const moment = { clock: clockOf(new Date(now())), offset: 0 };
    return JSON.stringify(inZone(moment, timeZone));
  }
  if (/^\(?uuid\(\)\)?$/i.test(text)) return JSON.stringify(crypto.randomUUID());
  if (/^\(?uuid_numeric\(\)\)?$/i.test(text))
    return BigInt(`0x${crypto.randomUUID().replaceAll('-', '').slice(1)}`).toString();
  return JSON.stringify(text);
}

const clockOf = (date: Date) => ({
  ...{ year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() },
  ...{ hour: date.getUTCHours(), minute: date.getUTCMinutes(), second: date.getUTCSeconds(), fraction: '' },
});

/** What stands in a column of a row that deletes, where nothing may be missing and nothing is read. */
export function fillerOf(column: FitColumn): string {
  if (column.nullable) return 'null';
  switch (column.type.kind) {
    case 'date':
    case 'datetime':
      return '"1970-01-01"';
    case 'text':
    case 'binary':
    case 'other':
      return '""';
    case 'json':
      return '{}';
    case 'array':
      return '[]';
    case 'map':
    case 'struct':
      return '{}';
    default:
      return '0';
  }
}
