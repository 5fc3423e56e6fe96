import { inflateRawSync, inflateSync } from 'node:zlib';
import * as cells from '../cells.ts';
import type { ShapeColumn } from '../source.ts';
import type { Bytes } from './bytes.ts';
import { decoderOf } from './charsets.ts';
import { readDecimal } from './decimal.ts';
import { documentText } from './json-document.ts';
import * as moments from './moments.ts';
import { type BinlogColumn, columnTypes, UnreadableTable } from './table-map.ts';

/** DATA_TYPE of a column where the binlog does not tell it from another type. */
export type TypeHint = 'json' | 'uuid' | 'inet4' | 'inet6' | undefined;

export interface CellReader {
  readonly kind: ShapeColumn['kind'];
  /** Moves on behind the value. */
  readonly read: (bytes: Bytes) => string;
}

const t = columnTypes;
const cellOf = (kind: ShapeColumn['kind'], read: (bytes: Bytes) => string): CellReader => ({ kind, read });

/**
 * How the values of a column are read.
 *
 * @in      hint: what the table's definition says beyond the binlog
 * @throws  UnreadableTable
 */
export function cellReader(column: BinlogColumn, hint: TypeHint): CellReader {
  const { type, size, scale, unsigned } = column;
  const width = integerBytes.get(type);
  if (width !== undefined) {
    return cellOf('number', unsigned ? (bytes) => String(bytes.uint(width)) : (bytes) => String(bytes.int(width)));
  }
  switch (type) {
    case t.longlong:
      return cellOf('number', unsigned ? readUnsignedLong : readLong);
    case t.float:
      return cellOf('number', (bytes) => cells.floatCell(bytes.buffer.readFloatLE(bytes.skip(4))));
    case t.double:
      return cellOf('number', (bytes) => cells.doubleCell(bytes.buffer.readDoubleLE(bytes.skip(8))));
    case t.decimal:
      return cellOf('digits', (bytes) => cells.digitsCell(readDecimal(bytes, size, scale)));
    case t.bit:
      return cellOf('number', (bytes) => cells.integerCell(BigInt(`0x${bytes.take(size).toString('hex')}`)));
    case t.year:
      return cellOf('number', (bytes) => yearCell(bytes.u8()));
    case t.date:
    case t.newdate:
      return cellOf('moment', (bytes) => `"${moments.readDate(bytes)}"`);
    case t.datetime2:
      return cellOf('moment', (bytes) => `"${moments.readDatetime(bytes, size)}"`);
    case t.timestamp2:
      return cellOf('moment', (bytes) => `"${moments.readTimestamp(bytes, size)}"`);
    case t.time2:
      return cellOf('text', (bytes) => `"${moments.readTime(bytes, size)}"`);
    case t.enum:
    case t.set:
      return memberReader(column);
    default:
      return lengthyReader(column, hint);
  }
}

/** Moves on behind the values of a column that nobody wants: what they mean need not be known. */
export function skippingReader(column: BinlogColumn): CellReader {
  const { type, size } = column;
  if (type === t.enum || type === t.set) return cellOf('number', (bytes) => String(bytes.skip(size)));
  return cellReader({ ...column, type: type === t.geometry ? t.blob : type, charset: null }, undefined);
}

const integerBytes: ReadonlyMap<number, number> = new Map([
  [t.tiny, 1],
  [t.short, 2],
  [t.int24, 3],
  [t.long, 4],
]);

function readLong(bytes: Bytes): string {
  const at = bytes.skip(8);
  const high = bytes.buffer.readInt32LE(at + 4);
  // Within 53 bits, as almost always, without BigInt.
  if (high > -0x200000 && high < 0x200000) return String(high * 2 ** 32 + bytes.buffer.readUInt32LE(at));
  return cells.integerCell(bytes.buffer.readBigInt64LE(at));
}

function readUnsignedLong(bytes: Bytes): string {
  const at = bytes.skip(8);
  const high = bytes.buffer.readUInt32LE(at + 4);
  if (high < 0x200000) return String(high * 2 ** 32 + bytes.buffer.readUInt32LE(at));
  return cells.integerCell(bytes.buffer.readBigUInt64LE(at));
}

/** 0 is the year 0000. */
const yearCell = (year: number) => String(year === 0 ? 0 : year + 1900);

function memberReader({ name, type, size, charset, ...column }: BinlogColumn): CellReader {
  const members = column.members.map(decoder(name, charset ?? 'utf8mb4'));
  if (type === t.enum) {
    // 0 is what a value that is no member became: ''.
    const texts = ['', ...members].map(cells.textCell);
    return cellOf('text', (bytes) => {
      const index = bytes.uint(size);
      const text = texts[index];
      if (text === undefined) throw new RangeError(`an enum with the value ${index} of ${members.length}`);
      return text;
    });
  }
  return cellOf('text', (bytes) => {
    const bits = bytes.take(size);
    return cells.textCell(members.filter((_, index) => ((bits[index >> 3] ?? 0) >> (index & 7)) & 1).join(','));
  });
}

/** Values with a length of their own before them. */
function lengthyReader(column: BinlogColumn, hint: TypeHint): CellReader {
  const { type, size } = column;
  const isChar = type === t.string || type === t.varString || type === t.varchar || type === t.varcharCompressed;
  const prefix = isChar ? (size > 255 ? 2 : 1) : size;
  const isCompressed = type === t.varcharCompressed || type === t.blobCompressed;
  const content = contentReader(column, hint);
  const read = isCompressed
    ? (bytes: Bytes) => content.cell(uncompressed(bytes.take(bytes.uint(prefix))))
    : (bytes: Bytes) => content.cell(bytes.take(bytes.uint(prefix)));
  return cellOf(content.kind, read);
}

interface Content {
  readonly kind: ShapeColumn['kind'];
  readonly cell: (bytes: Buffer) => string;
}

function contentReader(column: BinlogColumn, hint: TypeHint): Content {
  const { type, size, charset } = column;
  if (type === t.json) return { kind: 'json', cell: documentText };
  if (type === t.geometry) return { kind: 'json', cell: cells.geometryCell };
  if (type === t.vector) return { kind: 'json', cell: cells.vectorCell };
  if (charset !== null) {
    const decode = decoder(column.name, charset);
    if (hint === 'json') return { kind: 'json', cell: (bytes) => cells.documentCell(decode(bytes)) };
    return { kind: 'text', cell: (bytes) => cells.textCell(decode(bytes)) };
  }
  if (hint === 'uuid') return { kind: 'text', cell: (bytes) => cells.uuidCell(padded(bytes, 16)) };
  if (hint === 'inet4') return { kind: 'text', cell: (bytes) => cells.inet4Cell(padded(bytes, 4)) };
  if (hint === 'inet6') return { kind: 'text', cell: (bytes) => cells.inet6Cell(padded(bytes, 16)) };
  // BINARY(n): zero bytes at its end are left out.
  if (type === t.string) return { kind: 'bytes', cell: (bytes) => cells.bytesCell(padded(bytes, size)) };
  return { kind: 'bytes', cell: cells.bytesCell };
}

function decoder(name: string, charset: string): (bytes: Buffer) => string {
  try {
    return decoderOf(charset);
  } catch (error) {
    if (error instanceof RangeError) throw new UnreadableTable('type', `column ${name}: ${error.message}`);
    throw error;
  }
}

const padded = (bytes: Buffer, size: number) =>
  bytes.length === size ? bytes : Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]);

/** A value of a COMPRESSED column. @source  MariaDB, sql/field_comp.cc */
function uncompressed(bytes: Buffer): Buffer {
  if (bytes.length === 0) return bytes;
  const header = bytes[0] ?? 0;
  if (header >> 4 === 0) return bytes.subarray(1);
  if (header >> 4 !== 8) throw new RangeError(`a value compressed by the method ${header >> 4}`);
  const packed = bytes.subarray(1 + (header & 7));
  return header & 8 ? inflateRawSync(packed) : inflateSync(packed);
}
