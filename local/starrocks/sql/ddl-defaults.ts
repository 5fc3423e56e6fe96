import type { Column } from '../model.ts';

const INTEGER_BITS: Readonly<Record<string, bigint>> = {
  TINYINT: 8n,
  SMALLINT: 16n,
  INT: 32n,
  BIGINT: 64n,
  LARGEINT: 128n,
};

const TEXTS = new Set(['CHAR', 'VARCHAR']);

/** What is wrong with the default of a column, as StarRocks would say; undefined when it is good, or there is none. */
export function defaultFault(column: Column): string | undefined {
  const { default: value, type, name } = column;
  if (value === undefined || value === null) return undefined;
  const invalid = `Invalid default value for '${name}': ${value}`;
  if (/^CURRENT_TIMESTAMP/.test(value) && type.base === 'DATETIME') return undefined;
  const bits = INTEGER_BITS[type.base];
  if (bits !== undefined) return isInteger(value, bits) ? undefined : invalid;
  if (TEXTS.has(type.base)) {
    if (Buffer.byteLength(value) <= (type.length ?? 1)) return undefined;
    return `Default value of '${name}' is too long: it has ${Buffer.byteLength(value)} bytes, the type is ${type.text}`;
  }
  return acceptsLiteral(type.base, value) ? undefined : invalid;
}

function acceptsLiteral(base: string, value: string): boolean {
  switch (base) {
    case 'FLOAT':
    case 'DOUBLE':
    case 'DECIMAL':
      return value.trim() !== '' && Number.isFinite(Number(value));
    case 'BOOLEAN':
      return /^(true|false|0|1)$/i.test(value);
    case 'DATE':
      return /^\d{4}-\d{2}-\d{2}$/.test(value) && isDate(value);
    case 'DATETIME':
      return /^\d{4}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2}(\.\d{1,6})?)?$/.test(value) && isDate(value.slice(0, 10));
    default:
      return false;
  }
}

function isInteger(value: string, bits: bigint): boolean {
  if (!/^[+-]?\d+$/.test(value)) return false;
  const number = BigInt(value.replace(/^\+/, ''));
  const limit = 1n << (bits - 1n);
  return number >= -limit && number < limit;
}

function isDate(value: string): boolean {
  const date = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
}
