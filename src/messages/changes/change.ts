import type { Rejection } from '../../rows/chunk.ts';

export type Json = Readonly<Record<string, unknown>>;

/** A row for StarRocks: the columns of the source, and `__op`, 0 to write it and 1 to delete it. */
export type ChangeRow = Json & { readonly __op: 0 | 1 };

/** What one event changes; without rows it changes nothing: a heartbeat, a marker of a transaction, a tombstone. */
export interface Change {
  readonly database: string | undefined;
  /** Where the source has a name between database and table. */
  readonly schema?: string | undefined;
  readonly table: string | undefined;
  readonly rows: readonly ChangeRow[];
  /** The event holds some columns only; the others are to stay what they are. */
  readonly isPartial?: true;
}

export interface ChangeRules {
  /** Only the image after an update is taken; otherwise the one before it is deleted first. */
  readonly ignoresUpdateBefore: boolean;
}

/**
 * Reads the events of one product.
 *
 * @in      numbers as `keepDigits` leaves them
 * @out     undefined: it has not the marks of this product; a rejection: it has, and does not fit otherwise
 * @throws  TypeError and its like, of what has the marks and not the shape
 */
export type ReadChange = (event: Json, rules: ChangeRules) => Change | Rejection | undefined;

export const nothing: Change = { database: undefined, table: undefined, rows: [] };

const isRaw = (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON;

/** Numbers that kept their digits are objects too, and are none here. */
export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isRaw(value);

/** @out  the digits of a number that kept them; undefined: it is no number */
export const digitsOf = (value: unknown): string | undefined => (isRaw(value) ? JSON.stringify(value) : undefined);

export const textOr = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

export const upsert = (row: Json): ChangeRow => withOp(row, 0);

/** A key holds no NULL; and what an image before leaves out, or a key alone, comes as null. */
export const remove = (row: Json): ChangeRow =>
  withOp(Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)), 1);

/** A column of the source may be named `__proto__`, so nothing is assigned. */
const withOp = (row: Json, op: 0 | 1): ChangeRow => {
  const columns = Object.entries(row).filter(([name]) => name !== '__op');
  return Object.fromEntries([...columns, ['__op', op]]) as unknown as ChangeRow;
};

export const mapValues = (row: Json, change: (value: unknown, name: string) => unknown): Json =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, change(value, name)]));

export const invalid = (product: string, found: string): Rejection => ({
  code: 'CHANGE_EVENT_INVALID',
  detail: `An event of ${product}: ${found}.`,
});

export const truncated = (database: unknown, table: unknown): Rejection => ({
  code: 'SOURCE_TRUNCATED',
  detail: `Found TRUNCATE of ${shown(database)}.${shown(table)}.`,
});

export const schemaChanged = (database: unknown, table: unknown, statement: unknown): Rejection => ({
  code: 'SOURCE_SCHEMA_CHANGED',
  detail: `Found ${shown(statement)} of ${shown(database)}.${shown(table)}.`,
});

const shown = (name: unknown) => (typeof name === 'string' ? name.slice(0, 64) : '(none)');

/**
 * Numbers that a parser of JSON may round travel as text: StarRocks reads text for a number digit by digit.
 *
 * @source  simdjson gives StarRocks integers of 64 bits, and doubles for all else
 */
export function exactNumber(value: unknown): unknown {
  const digits = digitsOf(value);
  if (digits === undefined) return value;
  if (/^-?\d{1,18}$/.test(digits)) return value;
  if (/^-?\d+$/.test(digits)) {
    const integer = BigInt(digits);
    return integer >= -(2n ** 63n) && integer < 2n ** 64n ? value : digits;
  }
  const significant = digits
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '');
  return significant.length > mostDoubleDigits ? digits : value;
}

/** As many digits every double has. */
const mostDoubleDigits = 15;
