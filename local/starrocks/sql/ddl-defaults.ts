import type { Column, ColumnType } from '../model.ts';
import { typeName } from './type-words.ts';

const integerBits: Readonly<Record<string, bigint>> = {
  TINYINT: 8n,
  SMALLINT: 16n,
  INT: 32n,
  BIGINT: 64n,
  LARGEINT: 128n,
};

/**
 * What is wrong with the default of a column, in StarRocks' words; undefined when it is good, or there is none.
 *
 * @in     exactFloats  whether a FLOAT takes only what it holds without loss, as releases before 4.0
 * @source ColumnDef.validateDefaultValue and the literals it makes; test/fixtures/recorded/create-table-refusals.json
 */
export function defaultFault(column: Column, exactFloats: boolean): string | undefined {
  const { default: value, type } = column;
  if (value === undefined || value === null) return undefined;
  if (/^CURRENT_TIMESTAMP/.test(value)) return isDay(type) ? undefined : functionFault('now', type);
  if (value === 'uuid()') return uuidFault(type);
  if (value === 'uuid_numeric()') return type.base === 'LARGEINT' ? undefined : functionFault('uuid_numeric', type);
  if (/^\w+\(\)$/.test(value)) return `Default expr for function ${value.slice(0, -2)} is not supported`;
  if (type.elements !== undefined) return `Default value for complex type '${typeName(type)}' not supported`;
  return literalFault(type, value, exactFloats);
}

function isDay({ base }: ColumnType): boolean {
  return base === 'DATE' || base === 'DATETIME';
}

function functionFault(name: string, type: ColumnType): string {
  return `Default function ${name}() for type ${typeName(type)} is not supported`;
}

function uuidFault(type: ColumnType): string | undefined {
  if (type.base !== 'VARCHAR') return functionFault('uuid', type);
  return (type.length ?? 1) < 36 ? 'Varchar type length must be greater than 36 for uuid function' : undefined;
}

function literalFault(type: ColumnType, value: string, exactFloats: boolean): string | undefined {
  const bits = integerBits[type.base];
  if (bits !== undefined) return integerFault(type, value, bits);
  switch (type.base) {
    case 'FLOAT':
    case 'DOUBLE':
      return floatFault(type, value, exactFloats);
    case 'DECIMAL':
      return decimalFault(type, value);
    case 'BOOLEAN':
      return /^(true|false|0|1)$/i.test(value) ? undefined : `Invalid BOOLEAN literal: ${value}`;
    case 'DATE':
    case 'DATETIME':
      return isTime(value) ? undefined : `date literal [${value}] is invalid`;
    case 'CHAR':
    case 'VARCHAR':
      // Characters, though lengths are in bytes.
      return value.length <= (type.length ?? 1) ? undefined : `Default value is too long: ${value}`;
    default:
      return `Cannot add default value for type '${typeName(type)}'`;
  }
}

function integerFault(type: ColumnType, value: string, bits: bigint): string | undefined {
  if (!/^[+-]?\d+$/.test(value)) return `Invalid number format: ${value}`;
  const number = BigInt(value.replace(/^\+/, ''));
  const limit = 1n << (bits - 1n);
  if (number >= -limit && number < limit) return undefined;
  return `Number out of range[${value}]. type: ${typeName(type)}`;
}

function floatFault(type: ColumnType, value: string, exactFloats: boolean): string | undefined {
  const number = value.trim() === '' ? Number.NaN : Number(value);
  if (Number.isNaN(number)) return `Invalid floating-point literal: ${value}`;
  const loses = type.base === 'FLOAT' && exactFloats && Math.fround(number) !== number;
  return loses ? `Default value will loose precision: ${value}` : undefined;
}

function decimalFault(type: ColumnType, value: string): string | undefined {
  const digits = /^[+-]?(\d*)\.?(\d*)$/.exec(value);
  const [, whole = '', fraction = ''] = digits ?? [];
  if (digits === null || whole + fraction === '') return `Invalid floating-point literal: ${value}`;
  const significant = (whole + fraction).replace(/^0+/, '').length;
  const precision = Math.max(significant, fraction.length, 1);
  if (precision <= (type.precision ?? 10) && fraction.length <= (type.scale ?? 0)) return undefined;
  return `Type ${typeName(type)} is too narrow to hold the DecimalLiteral '${value}' (precision=${precision}, scale=${fraction.length})`;
}

function isTime(value: string): boolean {
  if (!/^\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{1,2}:\d{1,2}(\.\d{1,6})?)?$/.test(value)) return false;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = value.split(/[^\d]+/).map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
}
