import type { Rejection } from '../../rows/chunk.ts';
import { digitsOfNumber, isRawJson } from '../../rows/json-values.ts';
import { addsColumnsOnly } from './added-columns.ts';

export type Json = Readonly<Record<string, unknown>>;

/** A row of the source: its columns, and the value of each as JSON, `null` for NULL. Rows of a table share their names. */
export interface Image {
  readonly names: readonly string[];
  readonly texts: readonly string[];
  /** The same as one JSON object, where it came as it is to be written, without a member `__op`. */
  readonly json?: string;
}

/** What became of one row. */
export interface RowChange {
  /** `snapshot`: the row is as it was found; nothing tells when it came. */
  readonly operation: 'snapshot' | 'insert' | 'update' | 'delete';
  /** Of an update, where the source tells it; of a delete, at least its key. */
  readonly before?: Image;
  /** Of all but a delete. */
  readonly after?: Image;
  /** The key is another than before, and this is the only event that says so. */
  readonly movesKey?: true;
}

/** Where and when the source did it. */
export interface ChangeOrigin {
  /** The place in the source's log, for people. */
  readonly position?: string;
  /** A number that grows with the place, so that of two changes of one row the later has the greater one. */
  readonly version?: bigint;
  /** When it was committed, in ms since 1970. */
  readonly committedAtMs?: number;
  /** What the source calls the transaction. */
  readonly transaction?: string;
}

/** What one event changes; without rows it changes nothing: a heartbeat, a marker of a transaction, a tombstone. */
export interface Change {
  readonly database: string | undefined;
  /** Where the source has a name between database and table. */
  readonly schema?: string | undefined;
  readonly table: string | undefined;
  readonly rows: readonly RowChange[];
  /** The event holds some columns only; the others are to stay what they are. */
  readonly isPartial?: true;
  /** The event does not say what its numbers and bytes mean, so that only the columns of the table can. */
  readonly isUntyped?: true;
  /** Bytes are written as hexadecimal digits behind `0x`. */
  readonly hasHexBytes?: true;
  /** No rows changed, but the table did. */
  readonly altered?: { readonly addsColumnsOnly: boolean; readonly rejection: Rejection };
  /** Asked for where it is wanted: most rows go without. */
  readonly origin: () => ChangeOrigin;
}

/**
 * Reads the events of one product.
 *
 * @in      numbers as `parseExactly` leaves them
 * @out     undefined: it has not the marks of this product; a rejection: it has, and does not fit otherwise
 * @throws  TypeError and its like, of what has the marks and not the shape
 */
export type ReadChange = (event: Json, schema?: object) => Change | Rejection | undefined;

export const nothing: Change = { database: undefined, table: undefined, rows: [], origin: () => ({}) };

/** Numbers that kept their digits are objects too, and are none here. */
export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawJson(value);

export const digitsOf = digitsOfNumber;

export const textOr = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

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

/** A change of a table. @in  sql: if it is told, what did it */
export const schemaChanged = (database: unknown, table: unknown, statement: unknown, sql?: unknown): Change => ({
  ...{ ...nothing, database: textOr(database), table: textOr(table) },
  altered: {
    addsColumnsOnly: addsColumnsOnly(sql),
    rejection: {
      code: 'SOURCE_SCHEMA_CHANGED',
      detail: `Found ${shown(statement)} of ${shown(database)}.${shown(table)}.`,
    },
  },
});

const shown = (name: unknown) => (typeof name === 'string' ? name.slice(0, 64) : '(none)');
