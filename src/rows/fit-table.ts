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
  readonly type: ColumnType;
  /** Absent, it can be neither NULL nor filled by StarRocks. */
  readonly isRequired: boolean;
}

export interface FitRules {
  /** Of the load. */
  readonly timeZone: string;
  readonly epochUnit: EpochUnit | undefined;
  /** Numbers come from change events without a schema. */
  readonly isUntyped?: true;
  /** Rows of some columns leave the others as they are. */
  readonly isPartial: boolean;
  /** Rows with values that are unfit are rejected; otherwise StarRocks sees them as they came. */
  readonly checksRows: boolean;
  /** What becomes of keys that no column has. */
  readonly unknownKeys: 'drop' | 'reject';
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
  const loadable = columns.filter(({ generated }) => !generated).map(fitColumnOf);
  const byName = new Map(loadable.map((column) => [column.name.toLowerCase(), column]));
  for (const column of loadable) byName.set(column.name, column);
  return { columns: loadable, primaryKey, byName, rules };
}

function fitColumnOf(column: DescribedColumn): FitColumn {
  const { name, type, nullable, key, autoIncrement, default: byDefault } = column;
  const isRequired = !nullable && !autoIncrement && byDefault === undefined;
  return { name, type: readColumnType(type), nullable, key, autoIncrement, default: byDefault, isRequired };
}

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
    case 'other':
      return '""';
    case 'json':
      return '{}';
    case 'nested':
      return column.type.opens === '[' ? '[]' : '{}';
    default:
      return '0';
  }
}
