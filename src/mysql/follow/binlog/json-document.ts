/** JSON documents as MySQL keeps them, printed as MySQL prints them. @source  MySQL, sql-common/json_binary.h, json_dom.cc */
import { Bytes } from './bytes.ts';
import { readDecimal } from './decimal.ts';
import { packedDate, packedDatetime, packedTime } from './moments.ts';

/** @throws  RangeError: it is no such document */
export function documentText(bytes: Buffer): string {
  // An empty value stands for null.
  if (bytes.length === 0) return 'null';
  return valueText(bytes, bytes[0] ?? 0, 1);
}

const types = { smallObject: 0, largeObject: 1, smallArray: 2, largeArray: 3, literal: 4, opaque: 15 } as const;

function valueText(bytes: Buffer, type: number, at: number): string {
  if (type <= types.largeArray) return containerText(bytes, type, at);
  const inlined = inlinedText(bytes, type, at);
  if (inlined !== undefined) return inlined;
  switch (type) {
    case 9:
      return String(bytes.readBigInt64LE(at));
    case 10:
      return String(bytes.readBigUInt64LE(at));
    case 11:
      return doubleText(bytes.readDoubleLE(at));
    case 12: {
      const [length, from] = variableLength(bytes, at);
      return JSON.stringify(bytes.toString('utf8', from, from + length));
    }
    case types.opaque:
      return opaqueText(bytes, at);
    default:
      throw new RangeError(`a JSON document with a value of type ${type}`);
  }
}

/** Values that may stand where others have their offset. */
function inlinedText(bytes: Buffer, type: number, at: number): string | undefined {
  switch (type) {
    case types.literal:
      return ['null', 'true', 'false'][bytes[at] ?? 3];
    case 5:
      return String(bytes.readInt16LE(at));
    case 6:
      return String(bytes.readUInt16LE(at));
    case 7:
      return String(bytes.readInt32LE(at));
    case 8:
      return String(bytes.readUInt32LE(at));
    default:
      return undefined;
  }
}

function containerText(bytes: Buffer, type: number, at: number): string {
  const isLarge = type === types.largeObject || type === types.largeArray;
  const isObject = type === types.smallObject || type === types.largeObject;
  const size = isLarge ? 4 : 2;
  const count = bytes.readUIntLE(at, size);
  const keys = at + 2 * size;
  const values = keys + (isObject ? count * (size + 2) : 0);
  const parts: string[] = [];
  for (let index = 0; index < count; index++) {
    const entry = values + index * (size + 1);
    const valueType = bytes[entry] ?? 0;
    const isInline =
      valueType === types.literal || [5, 6].includes(valueType) || (isLarge && [7, 8].includes(valueType));
    const text = valueText(bytes, valueType, isInline ? entry + 1 : at + bytes.readUIntLE(entry + 1, size));
    parts.push(isObject ? `${keyText(bytes, at, keys + index * (size + 2), size)}: ${text}` : text);
  }
  return isObject ? `{${parts.join(', ')}}` : `[${parts.join(', ')}]`;
}

function keyText(bytes: Buffer, at: number, entry: number, size: number): string {
  const from = at + bytes.readUIntLE(entry, size);
  return JSON.stringify(bytes.toString('utf8', from, from + bytes.readUInt16LE(entry + size)));
}

/** Seven bits a byte, lowest first; the eighth says that more follow. */
function variableLength(bytes: Buffer, at: number): [length: number, from: number] {
  let length = 0;
  for (let index = 0; index < 5; index++) {
    const byte = bytes.readUInt8(at + index);
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return [length, at + index + 1];
  }
  throw new RangeError('a JSON document with a length of more than five bytes');
}

/** Values of types that JSON does not have. */
function opaqueText(bytes: Buffer, at: number): string {
  const type = bytes.readUInt8(at);
  const [length, from] = variableLength(bytes, at + 1);
  const value = bytes.subarray(from, from + length);
  switch (type) {
    case 246: {
      const digits = new Bytes(value);
      return readDecimal(digits, digits.u8(), digits.u8());
    }
    case 10:
      return `"${packedDate(value.readBigInt64LE())}"`;
    case 11:
      return `"${packedTime(value.readBigInt64LE())}"`;
    case 7:
    case 12:
      return `"${packedDatetime(value.readBigInt64LE())}"`;
    default:
      return `"base64:type${type}:${value.toString('base64')}"`;
  }
}

/** Digits in front of the point, or zeros behind it, from which on MySQL writes an exponent. @source  MySQL, strings/dtoa.cc, my_gcvt */
const mostPlainDigits = 15;

/** A double as MySQL prints it inside JSON: 12.0, 1e300, 0.00001. */
function doubleText(value: number): string {
  const [, sign = '', first = '', rest = '', exponent = ''] =
    /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(value.toExponential()) ?? [];
  if (first === '') throw new RangeError('a JSON document with a number that is none');
  const digits = (first + rest).replace(/0+$/, '') || '0';
  const point = Number(exponent) + 1;
  if (digits === '0') return Object.is(value, -0) ? '-0.0' : '0.0';
  if (point > mostPlainDigits || point < 1 - mostPlainDigits) {
    return `${sign}${digits[0]}${digits.length > 1 ? `.${digits.slice(1)}` : ''}e${point - 1}`;
  }
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  const whole = digits.slice(0, point).padEnd(point, '0');
  return `${sign}${whole}.${digits.slice(point) || '0'}`;
}
