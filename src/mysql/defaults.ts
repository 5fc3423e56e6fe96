import type { SourceColumn } from './information-schema.ts';
import type { Profile } from './types.ts';

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
const noDefaultTypes = /^(JSON|VARBINARY)/;

/**
 * The DEFAULT of a column. Dates must be dates: a zero date, and in the smt profile CURRENT_TIMESTAMP too, goes away and the
 * column becomes nullable.
 *
 * @in  target: the StarRocks type
 */
export function defaultClause(column: SourceColumn, target: string, profile: Profile): DefaultClause {
  const value = column.default;
  if (value === null || isGenerated(column)) return {};
  if (dates.includes(column.dataType)) return dateDefault(column, value, profile);
  if (/DEFAULT_GENERATED/i.test(column.extra)) return { leftOut: 'the default is an expression' };
  if (noDefaultTypes.test(target)) return { leftOut: `StarRocks allows no default for ${target}` };
  if (column.dataType === 'bit') {
    const bits = /^(?:b'|0b)?([01]+)'?$/i.exec(value)?.[1];
    return bits ? { sql: quoted(BigInt(`0b${bits}`).toString()) } : { leftOut: 'the default is not a bit literal' };
  }
  return { sql: quoted(value) };
}

export const isGenerated = (column: SourceColumn) =>
  /\b(VIRTUAL|STORED|PERSISTENT)\b.*\bGENERATED\b/i.test(column.extra);

function dateDefault(column: SourceColumn, value: string, profile: Profile): DefaultClause {
  if (/^(current_timestamp|now|localtime(stamp)?)\b/i.test(value)) {
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
