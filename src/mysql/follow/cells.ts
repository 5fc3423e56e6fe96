/** JSON text of values: the same for a value of the binlog and one of a SELECT. */
import { geoJsonOf } from '../../messages/changes/geometry.ts';

export const textCell = (text: string): string => JSON.stringify(text);

export const nullCell = 'null';

/** A safe integer as a number; a longer one quoted, since readers of JSON may take a double for it. */
export function integerCell(value: bigint | number): string {
  const isSafe = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
  return isSafe ? String(value) : `"${value}"`;
}

/** The shortest digits that give the same double. -0 is 0: SQL holds them for equal. */
export const doubleCell = (value: number): string => String(value);

/** The shortest digits that give the same 32-bit float: 0.1, not 0.10000000149011612. Nine are always enough. */
export function floatCell(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 24) return String(value);
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

export const digitsCell = (digits: string): string => `"${digits}"`;

export const bytesCell = (bytes: Buffer): string => `"${bytes.toString('base64')}"`;

/**
 * A JSON document as it stands. Line breaks between its parts become blanks, since a row is one line; what is no JSON (MariaDB checks
 * only while check_constraint_checks is on) becomes a JSON string.
 */
export function documentCell(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return textCell(text);
  }
  return text.replace(/[\r\n\t]/g, ' ');
}

/**
 * @in      a geometry as MySQL keeps it: srid, then well-known binary
 * @out     GeoJSON with srid, unless that is 0
 * @throws  RangeError: it is none
 */
export function geometryCell(bytes: Buffer): string {
  const shape = geoJsonOf(bytes.subarray(4), bytes.readUInt32LE(0));
  if (shape === undefined) throw new RangeError('a geometry that is no well-known binary of two dimensions');
  return JSON.stringify(shape);
}

/** @in  32-bit floats, little-endian */
export function vectorCell(bytes: Buffer): string {
  const numbers: string[] = [];
  for (let at = 0; at < bytes.length; at += 4) numbers.push(floatCell(bytes.readFloatLE(at)));
  return `[${numbers.join(',')}]`;
}

/** @in  16 bytes, most significant first */
export const uuidCell = (bytes: Buffer): string =>
  `"${bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}"`;

export const inet4Cell = (bytes: Buffer): string => `"${bytes.join('.')}"`;

/**
 * @in      16 bytes
 * @source  as MariaDB prints it: RFC 5952, but a single group of zeros is left out too, and one of version 4 is shown as such
 */
export function inet6Cell(bytes: Buffer): string {
  const isZero = (from: number, to: number) => bytes.subarray(from, to).every((byte) => byte === 0);
  const v4 = bytes.subarray(12).join('.');
  if (isZero(0, 10) && bytes.readUInt16BE(10) === 0xffff) return `"::ffff:${v4}"`;
  if (isZero(0, 12) && bytes.readUInt16BE(12) !== 0) return `"::${v4}"`;
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16)).join(':');
  const runs = [...groups.matchAll(/\b0\b(?::0\b)*/g)].toSorted(
    (a, b) => b[0].length - a[0].length || a.index - b.index,
  );
  const [longest] = runs;
  if (longest === undefined) return `"${groups}"`;
  const head = groups.slice(0, longest.index).replace(/:$/, '');
  const tail = groups.slice(longest.index + longest[0].length).replace(/^:/, '');
  return `"${head}::${tail}"`;
}
