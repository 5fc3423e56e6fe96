import type { SourceColumn } from './information-schema.ts';
import { capacityBytes, type Profile } from './types.ts';

export interface DefaultClause {
  /** What follows DEFAULT: a quoted literal, or CURRENT_TIMESTAMP. */
  readonly sql?: string;
  /** The default is no date, so that rows may come without one: the column must take NULL. */
  readonly mustBeNullable?: true;
  /** Why there is no default although MySQL has one. */
  readonly leftOut?: string;
  readonly isZeroDate?: true;
}

const dates = ['date', 'datetime', 'timestamp'];
const noDefaultTypes = /^(JSON|VARBINARY|ARRAY)/;
const bytesTypes = /blob$|binary$/;
/** The bare function: more around it (`now() + interval 1 day`) is another default. */
const currentTimestamp = /^\(?(current_timestamp|now|localtime(stamp)?)(\(\d*\))?\)?$/i;

/**
 * The DEFAULT of a column. Dates must be dates: a zero date, and in the smt profile CURRENT_TIMESTAMP too, goes away and the
 * column becomes nullable.
 *
 * @in  target: the StarRocks type
 */
export function defaultClause(column: SourceColumn, target: string, profile: Profile): DefaultClause {
  const value = column.default;
  if (value === null || isGenerated(column)) return {};
  if (dates.includes(column.dataType)) return dateDefault(column, value, target, profile);
  if (/DEFAULT_GENERATED/i.test(column.extra)) return { leftOut: 'the default is an expression' };
  if (noDefaultTypes.test(target)) return { leftOut: `StarRocks allows no default for ${target}` };
  if (column.dataType === 'bit') {
    const bits = /^(?:b'|0b)?([01]+)'?$/i.exec(value)?.[1];
    return bits ? { sql: quoted(BigInt(`0b${bits}`).toString()) } : { leftOut: 'the default is not a bit literal' };
  }
  if (bytesTypes.test(column.dataType)) return { leftOut: 'the default is bytes, which the column holds as base64' };
  const fault = literalFault(value, target);
  return fault === undefined ? { sql: quoted(value) } : { leftOut: fault };
}

/** Why StarRocks would refuse a literal as the default of a type. */
function literalFault(value: string, target: string): string | undefined {
  const [base = ''] = /^[A-Z]+/.exec(target) ?? [];
  switch (base) {
    case 'BOOLEAN':
      return /^[01]$/.test(value) ? undefined : 'the default is neither 0 nor 1';
    case 'FLOAT':
      // @source ColumnDef.validateDefaultValue in the StarRocks 3 frontend: "Default value will loose precision"
      return Math.fround(Number(value)) === Number(value)
        ? undefined
        : 'StarRocks takes no FLOAT that 32 bits do not hold';
    case 'VARCHAR':
    case 'STRING': {
      const most = capacityBytes(target);
      const bytes = Buffer.byteLength(value);
      return bytes <= most ? undefined : `the default has ${bytes} bytes, and ${target} takes ${most}`;
    }
    default:
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value) ? undefined : 'the default is no number';
  }
}

export const isGenerated = (column: SourceColumn) =>
  /\b(VIRTUAL|STORED|PERSISTENT)\b.*\bGENERATED\b/i.test(column.extra);

function dateDefault(column: SourceColumn, value: string, target: string, profile: Profile): DefaultClause {
  if (currentTimestamp.test(value)) {
    if (target !== 'DATETIME') return { mustBeNullable: true, leftOut: 'StarRocks knows no current date as a default' };
    if (profile === 'native') return { sql: 'CURRENT_TIMESTAMP' };
    return { mustBeNullable: true, leftOut: 'smt knows no CURRENT_TIMESTAMP' };
  }
  const isDate = column.dataType === 'date';
  const parts = /^(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d:\d\d)(\.\d{1,6})?)?$/.exec(value);
  const [, day, time = '00:00:00', fraction = ''] = parts ?? [];
  if (day !== undefined && isMoment(day, time)) {
    return { sql: quoted(isDate ? day : `${day} ${time}${profile === 'smt' ? '' : fraction}`) };
  }
  const isZeroDate = /^\d{4}-\d\d-\d\d/.test(value);
  return {
    mustBeNullable: true,
    leftOut: isZeroDate ? `${value} is no date in StarRocks` : 'the default is an expression',
    ...(isZeroDate && { isZeroDate }),
  };
}

function isMoment(day: string, time: string): boolean {
  const date = new Date(`${day}T${time}Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

/** A StarRocks string literal: backslash escapes hold inside double quotes. */
function quoted(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return `"${escaped.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\0', '')}"`;
}

/** A comment as smt writes it: on one line. */
export function quotedComment(text: string): string {
  return quoted(text.replace(/[\r\n]/g, ' '));
}
