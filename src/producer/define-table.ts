import { readColumnType } from '../rows/column-type.ts';
import { RowFitter } from '../rows/fit-row.ts';
import { type FitRules, fitTableOf } from '../rows/fit-table.ts';
import type { DefinedTable } from './destination.ts';
import type { TableName } from './table-name.ts';

export type { DefinedTable, DeletedRowOf, RowOf } from './destination.ts';

/** What a row may hold in a column, for the compiler only: nothing has this property. */
declare const taken: unique symbol;

/**
 * A column of a table that is defined in code.
 *
 * `Value`: what rows hold there; `MayLack`: true where rows need not have it
 */
export interface Column<Value = unknown, MayLack extends boolean = boolean> {
  /** The type as StarRocks' DDL has it. */
  readonly type: string;
  readonly nullable: boolean;
  /** StarRocks fills it where a row lacks it. */
  readonly isFilled: boolean;
  readonly [taken]?: { readonly value: Value; readonly mayLack: MayLack };
}

/** Columns by their names. */
export type Columns = Readonly<Record<string, Column>>;

export type ValueOf<C extends Column> = C extends Column<infer Value> ? Value : never;

type NamesThatMayLack<C extends Columns> = {
  [Name in keyof C]: C[Name] extends Column<unknown, true> ? Name : never;
}[keyof C];

/** Rows of columns: those that may lack may be undefined, too. */
export type RowOfColumns<C extends Columns> = {
  readonly [Name in Exclude<keyof C, NamesThatMayLack<C>>]: ValueOf<C[Name]>;
} & { readonly [Name in NamesThatMayLack<C>]?: ValueOf<C[Name]> | undefined };

/** A JavaScript number has 53 bits: a larger whole number is a bigint, or text. */
type Whole = number | bigint | string;

type Needed<Value> = Column<Value, false>;

const needed = <Value>(type: string): Needed<Value> => ({ type, nullable: false, isFilled: false });

export const boolean = (): Needed<boolean> => needed('boolean');
export const tinyint = (): Needed<number | bigint> => needed('tinyint');
export const smallint = (): Needed<number | bigint> => needed('smallint');
export const int = (): Needed<number | bigint> => needed('int');
export const bigint = (): Needed<Whole> => needed('bigint');
export const largeint = (): Needed<Whole> => needed('largeint');
export const float = (): Needed<number> => needed('float');
export const double = (): Needed<number> => needed('double');
/** Text keeps every digit; a number those that JavaScript has of it. */
export const decimal = (precision: number, scale: number): Needed<Whole> => needed(`decimal(${precision},${scale})`);
/** A Date is its day in UTC. */
export const date = (): Needed<Date | string> => needed('date');
/** A Date is written in UTC. */
export const datetime = (): Needed<Date | string> => needed('datetime');
/** @in  bytes: of UTF-8, as StarRocks counts */
export const char = (bytes: number): Needed<string> => needed(`char(${bytes})`);
/** @in  bytes: of UTF-8, as StarRocks counts */
export const varchar = (bytes: number): Needed<string> => needed(`varchar(${bytes})`);
export const string = (): Needed<string> => needed('string');
export const json = (): Needed<object | string | number | boolean> => needed('json');
/** Text is base64. */
export const varbinary = (bytes?: number): Needed<Uint8Array | string> =>
  needed(bytes === undefined ? 'varbinary' : `varbinary(${bytes})`);

export const array = <E extends Column>(element: E): Needed<readonly (ValueOf<E> | null)[]> =>
  needed(`array<${element.type}>`);

export const map = <V extends Column>(
  key: Column<Whole | boolean | Date>,
  value: V,
): Needed<Readonly<Record<string, ValueOf<V> | null>>> => needed(`map<${key.type},${value.type}>`);

export const struct = <C extends Columns>(
  fields: C,
): Needed<{ readonly [Name in keyof C]?: ValueOf<C[Name]> | null | undefined }> =>
  needed(`struct<${Object.entries(fields).map(([name, { type }]) => `\`${name}\` ${type}`)}>`);

/** What unites the values of many rows; a row without one adds nothing. */
const united = <Value>(type: string): Column<Value, true> => ({ type, nullable: false, isFilled: true });

export const bitmap = (): Column<Whole, true> => united('bitmap');
export const hll = (): Column<Whole, true> => united('hll');
export const percentile = (): Column<number, true> => united('percentile');

export const nullable = <C extends Column>(column: C): Column<ValueOf<C> | null, true> => ({
  ...{ type: column.type, isFilled: column.isFilled },
  nullable: true,
});

/** With a DEFAULT, or AUTO_INCREMENT: a row may lack it. */
export const withDefault = <C extends Column>(column: C): Column<ValueOf<C>, true> => ({
  ...{ type: column.type, nullable: column.nullable },
  isFilled: true,
});

type DeletedRow<C extends Columns, Key extends keyof C> = [Key] extends [never]
  ? never
  : RowOfColumns<Pick<C, Key>> & Partial<RowOfColumns<Omit<C, Key>>>;

/**
 * Defines a table once, for the compiler and for what runs: rows are held against its columns when they are compiled, and
 * again, by the rules of the sink, when they are sent.
 *
 * @in     name: `table`, `database.table`, or both apart; primaryKey: of a primary-key table, whose rows can be deleted
 */
export function defineTable<C extends Columns, const Key extends readonly (keyof C & string)[] = readonly []>(
  columns: C,
  { name, primaryKey }: { readonly name: TableName; readonly primaryKey?: Key },
): DefinedTable<RowOfColumns<C>, DeletedRow<C, Key[number]>> {
  const described = Object.entries(columns).map(([column, { type, nullable, isFilled }]) => ({
    ...{ name: column, type, nullable, generated: false, autoIncrement: false },
    key: primaryKey?.includes(column) ?? false,
    default: isFilled ? '' : undefined,
  }));
  const fitter = new RowFitter(fitTableOf(described, primaryKey, rules));
  const exact = described.filter(({ type }) => keepsDigits.has(readColumnType(type).kind)).map((column) => column.name);
  return {
    name,
    problemOf(row, text) {
      const fitted = fitter.fitText(text);
      if (!fitted.ok) return fitted.reason;
      return typeof row === 'object' ? lostDigits(row, exact) : undefined;
    },
  };
}

const rules: FitRules = {
  ...{ timeZone: 'UTC', epochUnit: undefined, isPartial: false, checksRows: true, unknownKeys: 'reject' },
  now: Date.now,
};

const keepsDigits: ReadonlySet<string> = new Set(['integer', 'decimal']);

/** A whole number beyond 2^53 is what JavaScript made of it, and no longer what somebody wrote. */
function lostDigits(row: object, names: readonly string[]): string | undefined {
  const lost = names.find((name) => {
    const value: unknown = (row as Readonly<Record<string, unknown>>)[name];
    return typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
  });
  return lost && `column '${lost}': a number beyond 2^53, which has lost digits; give a bigint or text`;
}
