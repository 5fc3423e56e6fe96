/** Raw JSON tokens → texts that DuckDB casts without fail. Source: be/src/formats/json/*_column.cpp, json_scanner.cpp. */

import type { Column, ColumnType } from '../model.ts';
import { improper, isJson, isScalar, minified, stringText } from './json-scan.ts';
import { type Convert, type Converted, fits, isComplex, isInteger, textConverter, typeName } from './values.ts';

type Kind = 'text' | 'number' | 'boolean' | 'container';

function kindOf(raw: string): Kind {
  switch (raw.charAt(0)) {
    case '"':
      return 'text';
    case '{':
    case '[':
      return 'container';
    case 't':
    case 'f':
      return 'boolean';
    default:
      return 'number';
  }
}

/** Converts the raw token of a value; `null` is NULL. A container that a column walks through has been walked. */
export function jsonConverter(type: ColumnType): Convert {
  const convert = kindConverter(type);
  return (raw) => {
    if (raw === 'null') return null;
    return /^["{[\d-]/.test(raw) || isScalar(raw) ? convert(raw) : undefined;
  };
}

function kindConverter(type: ColumnType): Convert {
  if (isComplex(type)) return (raw) => (kindOf(raw) === 'container' ? raw : undefined);
  switch (type.base) {
    case 'JSON':
      return (raw) => (isJson(raw) ? minified(raw) : undefined);
    case 'VARCHAR':
    case 'CHAR':
      return (raw) => limited(type, plainText(raw));
    case 'VARBINARY':
      return (raw) => hex(limited(type, plainText(raw)));
    case 'BOOLEAN':
      return booleanConverter(type);
    case 'FLOAT':
    case 'DOUBLE':
      return numericConverter(textConverter(type));
    default:
      if (isInteger(type) && type.base !== 'LARGEINT') return integerConverter(textConverter(type));
      return castConverter(textConverter(type));
  }
}

function plainText(raw: string): Converted {
  const kind = kindOf(raw);
  if (kind === 'text') return stringText(raw);
  if (kind === 'boolean') return raw === 'true' ? '1' : '0';
  if (kind === 'number') return raw;
  return minified(raw);
}

function limited(type: ColumnType, text: Converted): Converted {
  return typeof text === 'string' && fits(type, text.length) ? text : undefined;
}

function hex(text: Converted): Converted {
  return typeof text === 'string' ? Buffer.from(text, 'latin1').toString('hex') : text;
}

function numericConverter(convert: Convert): Convert {
  return (raw) => {
    const kind = kindOf(raw);
    if (kind === 'boolean' || kind === 'container' || (kind === 'number' && !isScalar(raw))) return undefined;
    const text = kind === 'text' ? stringText(raw) : raw;
    return text === undefined ? undefined : convert(text);
  };
}

/** A fraction is cut off; digits beyond 2^53 survive only without one. */
function integerConverter(whole: Convert): Convert {
  return numericConverter((text) => {
    const exact = whole(text);
    if (exact !== undefined) return exact;
    const number = Number(text);
    if (text.trim() === '' || !/^\s*[+-]?[\d.]+(?:[eE][+-]?\d+)?\s*$/.test(text) || !Number.isFinite(number))
      return undefined;
    return whole(String(BigInt(Math.trunc(number))));
  });
}

function booleanConverter(type: ColumnType): Convert {
  const convert = textConverter(type);
  return (raw) => {
    const kind = kindOf(raw);
    if (kind === 'boolean') return raw;
    if (kind === 'number' && isScalar(raw)) return Number(raw) === 0 ? 'false' : 'true';
    const text = kind === 'text' ? stringText(raw) : undefined;
    return text === undefined ? undefined : convert(text);
  };
}

/** LARGEINT, DECIMAL, DATE, DATETIME: the token's text is cast, so digits are exact. */
function castConverter(convert: Convert): Convert {
  return (raw) => {
    const text = plainText(raw);
    return typeof text === 'string' ? convert(text) : undefined;
  };
}

/** What the error log says about a value that does not convert: a status of the scanner, or of the cast behind it. */
export function jsonComplaint(column: Column, raw: string): string {
  const { base, length } = column.type;
  if (base === 'DECIMAL' || base === 'LARGEINT' || base === 'DATE' || base === 'DATETIME') {
    return outOfRange(raw.replace(/^"|"$/g, ''), column);
  }
  return scannerComplaint(column.name, base, length ?? 0, raw);
}

/** @source nullable_column.cpp, numeric_column.cpp, binary_column.cpp */
function scannerComplaint(name: string, base: string, capacity: number, raw: string): string {
  const kind = kindOf(raw);
  const text = kind === 'text' ? stringText(raw) : raw;
  if (text === undefined || (kind !== 'text' && kind !== 'container' && !isScalar(raw))) {
    return `Data quality error: Failed to parse value as ${kind === 'text' ? 'string' : 'number'}, column=${name}, error=${improper}`;
  }
  if (base === 'VARCHAR' || base === 'CHAR' || base === 'VARBINARY') {
    return `Invalid argument: Value length is beyond the capacity. column=${name}, capacity=${capacity}`;
  }
  if (base === 'BOOLEAN') {
    return `Invalid argument: Failed to parse string value as boolean. column=${name}, value=${text}`;
  }
  if (base === 'ARRAY' || base === 'MAP' || base === 'STRUCT' || base === 'JSON') {
    return `Invalid argument: Failed to parse value as ${base.toLowerCase()}, column=${name}`;
  }
  if (kind === 'boolean' || kind === 'container') {
    return `Invalid argument: Unsupported value type. Numeric type is required. column=${name}`;
  }
  return Number.isNaN(Number(text))
    ? `Invalid argument: Unable to cast string value to BIGINT. value=${text}, column=${name}`
    : `Invalid argument: Value is overflow. column=${name}, value=${text}`;
}

/** FileScanner's complaint about a cast. */
function outOfRange(value: string, column: Column): string {
  return `Value '${value}' is out of range. The type of '${column.name}' is ${typeName(column.type)}`;
}
