/**
 * Texts of field values → texts that DuckDB casts without fail. Texts are bytes, one per character, so that a length is
 * a length in bytes. Source: be/src/formats/csv/*_converter.cpp, string_parser.hpp.
 */

import type { ColumnType } from '../model.ts';
import { canonicalDate, canonicalDatetime } from './date-values.ts';
import { isJson, minified } from './json-scan.ts';

/** null is NULL; undefined is a value that the type does not take. */
export type Converted = string | null | undefined;
export type Convert = (bytes: string) => Converted;

const bitsOfType: Readonly<Record<string, bigint>> = {
  TINYINT: 8n,
  SMALLINT: 16n,
  INT: 32n,
  BIGINT: 64n,
  LARGEINT: 128n,
};

export function isInteger(type: ColumnType): boolean {
  return type.base in bitsOfType;
}

/** Whether DuckDB casts the value from JSON text, and so decides whether it fits. */
export function isComplex(type: ColumnType): boolean {
  return type.base === 'ARRAY' || type.base === 'MAP' || type.base === 'STRUCT';
}

/** Converts a text: a CSV field that is not NULL, or a JSON string. */
export function textConverter(type: ColumnType): Convert {
  switch (type.base) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
    case 'LARGEINT':
      return integerConverter(type.base);
    case 'FLOAT':
    case 'DOUBLE':
      return floatConverter(type.base);
    case 'DECIMAL':
      return decimalConverter(type.precision ?? 10, type.scale ?? 0);
    case 'BOOLEAN':
      return toBoolean;
    case 'DATE':
      return canonicalDate;
    case 'DATETIME':
      return canonicalDatetime;
    case 'JSON':
      return toJson;
    case 'VARBINARY':
      return (text) => (/^(?:[\da-f]{2})*$/i.test(text) && fits(type, text.length / 2) ? text : undefined);
    case 'ARRAY':
    case 'MAP':
    case 'STRUCT':
      return (text) => (/^\s*[[{]/.test(text) && isJson(text) ? text : undefined);
    default:
      return (text) => (fits(type, text.length) ? text : undefined);
  }
}

export function fits(type: ColumnType, bytes: number): boolean {
  return type.length === undefined || bytes <= type.length;
}

/** @in base: TINYINT … LARGEINT. Spaces around are allowed, a fraction is not. */
function integerConverter(base: string): Convert {
  const bits = bitsOfType[base] ?? 64n;
  const limit = 1n << (bits - 1n);
  /** So many digits always fit. */
  const safeDigits = String(limit).length - 1;
  return (text) => {
    const match = /^\s*([+-]?)0*(\d+)\s*$/.exec(text);
    if (match === null) return undefined;
    const sign = match[1] === '-' ? '-' : '';
    const digits = match[2] ?? '';
    if (digits.length <= safeDigits) return sign + digits;
    if (digits.length > safeDigits + 1) return undefined;
    const value = BigInt(sign + digits);
    return value >= -limit && value < limit ? sign + digits : undefined;
  };
}

const numberText = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

function floatConverter(base: string): Convert {
  return (text) => {
    if (!numberText.test(text)) return undefined;
    const value = base === 'FLOAT' ? Math.fround(Number(text)) : Number(text);
    return Number.isFinite(value) ? text.trim() : undefined;
  };
}

/** Digits after the scale are rounded, half away from zero; digits before it must fit. */
function decimalConverter(precision: number, scale: number): Convert {
  const limit = 10n ** BigInt(precision);
  return (text) => {
    const match = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?\s*$/.exec(text);
    if (match === null) return undefined;
    const [, sign = '', whole = '', fraction = '', exponent] = match;
    if (whole === '' && fraction === '') return undefined;
    if (exponent === undefined && whole.length <= precision - scale && fraction.length <= scale) {
      return `${sign}${whole || '0'}${fraction === '' ? '' : `.${fraction}`}`;
    }
    const unscaled = rounded(whole + fraction, scale - fraction.length + Number(exponent ?? 0), precision);
    return unscaled === undefined || unscaled >= limit ? undefined : sign + withPoint(unscaled, scale);
  };
}

/** digits × 10^shift, as an integer; undefined when that has far more digits than `precision`. */
function rounded(digits: string, shift: number, precision: number): bigint | undefined {
  const significant = digits.replace(/^0+/, '');
  if (significant === '') return 0n;
  if (significant.length + shift > precision + 1) return undefined;
  if (shift >= 0) return BigInt(significant + '0'.repeat(shift));
  if (significant.length + shift < 0) return 0n;
  const kept = BigInt(significant.slice(0, shift) || '0');
  return significant.charAt(significant.length + shift) >= '5' ? kept + 1n : kept;
}

function withPoint(unscaled: bigint, scale: number): string {
  const digits = String(unscaled).padStart(scale + 1, '0');
  return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function toBoolean(text: string): Converted {
  const word = text.trim().toLowerCase();
  if (word === 'true' || word === 'false') return word;
  const number = integerConverter('BIGINT')(text);
  if (typeof number !== 'string') return undefined;
  return /[1-9]/.test(number) ? 'true' : 'false';
}

/** A text that does not look like JSON becomes a JSON string. */
function toJson(text: string): Converted {
  if (isJson(text)) return minified(text);
  if (/^\s*[[{"]/.test(text)) return undefined;
  return JSON.stringify(text);
}

/** A type as messages of the backend name it, e.g. INT, VARCHAR(20), DECIMAL64(10, 2). */
export function typeName(type: ColumnType): string {
  if (type.base === 'DECIMAL') {
    const precision = type.precision ?? 10;
    const width = precision <= 9 ? 32 : precision <= 18 ? 64 : 128;
    return `DECIMAL${width}(${precision}, ${type.scale ?? 0})`;
  }
  return type.length === undefined ? type.base : `${type.base}(${type.length})`;
}
