import { SinkError } from '../kit/errors.ts';
import { rawJson } from '../rows/json-values.ts';

const maxDepth = 100;

/**
 * True when JSON.stringify writes the value without losing anything: only text, finite numbers, booleans, null, and plain
 * objects and arrays of them. Absent (undefined) properties are allowed; everything else goes through `exactValue`.
 */
export function isExactJson(value: object, depth = 0): boolean {
  if (depth > maxDepth) return false;
  // An array's elements by index: for-in would make a text of every index.
  if (Array.isArray(value)) return value.every((item) => isExactItem(item, depth));
  for (const key in value) if (!isExactItem((value as Record<string, unknown>)[key], depth)) return false;
  return true;
}

function isExactItem(item: unknown, depth: number): boolean {
  switch (typeof item) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return true;
    case 'number':
      return Number.isFinite(item);
    case 'object':
      return item === null || (isPlain(item) && isExactJson(item, depth + 1));
    default:
      return false;
  }
}

/** True for arrays and for objects without a prototype of their own. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}

/**
 * Makes a copy that JSON.stringify writes as StarRocks should read it.
 *
 * @in     column: name of the column, with the path inside it, for messages
 * @out    bigint → all its digits; Date → `yyyy-MM-dd HH:mm:ss[.ffffff]` in UTC; Uint8Array, ArrayBuffer → base64
 *         (`to_binary(x, 'encode64')` in `columns` reads it); other typed arrays → arrays; toJSON is honoured
 * @throws SinkError VALUE_NOT_ENCODABLE: NaN, Infinity, invalid dates, functions, symbols, Map, Set, endless nesting
 */
export function exactValue(value: unknown, column: string, depth = 0): unknown {
  if (depth > maxDepth) throw refusal(column, `is nested deeper than ${maxDepth} levels, or holds itself`);
  switch (typeof value) {
    case 'bigint':
      return rawJson(String(value));
    case 'number':
      if (Number.isFinite(value)) return value;
      throw refusal(column, `is ${value}, for which JSON, CSV and StarRocks have no text`);
    case 'function':
    case 'symbol':
      throw refusal(column, `is a ${typeof value}`);
    case 'object':
      return value === null ? null : exactObject(value, column, depth);
    default:
      return value;
  }
}

function exactObject(value: object, column: string, depth: number): unknown {
  if (value instanceof Date) return dateText(value, column);
  if (value instanceof Uint8Array) return base64(value);
  if (value instanceof ArrayBuffer) return base64(new Uint8Array(value));
  if (value instanceof Map || value instanceof Set) throw refusal(column, `is a ${value.constructor.name}`);
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    return exactValue(value.toJSON(column), column, depth + 1);
  }
  if (Array.isArray(value) || isNumberArray(value)) {
    return Array.from(value, (item, index) => exactValue(item, `${column}[${index}]`, depth + 1));
  }
  const prefix = column === '' ? '' : `${column}.`;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, exactValue(item, prefix + key, depth + 1)]),
  );
}

/**
 * Writes a moment as StarRocks' DATETIME, in UTC, always in the same form.
 *
 * @throws SinkError VALUE_NOT_ENCODABLE: an invalid date, or a year that DATETIME does not have
 */
function dateText(date: Date, column: string): string {
  if (Number.isNaN(date.getTime())) throw refusal(column, 'is an invalid Date');
  const iso = date.toISOString();
  if (iso.length !== '2024-06-15T07:53:41.000Z'.length) {
    throw refusal(column, 'is a Date outside the years 0000 to 9999');
  }
  const seconds = `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
  const millis = iso.slice(20, 23);
  return millis === '000' ? seconds : `${seconds}.${millis}000`;
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

const isNumberArray = (value: object): value is object & Iterable<number | bigint> =>
  ArrayBuffer.isView(value) && !(value instanceof DataView);

export function refusal(column: string, found: string): SinkError {
  return new SinkError('VALUE_NOT_ENCODABLE', `${column === '' ? 'The row' : `Column ${column}`} ${found}.`);
}
