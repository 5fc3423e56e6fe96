/** DATE and DATETIME as StarRocks reads them → as DuckDB reads them. Source: date_func.cpp, timestamp_value.cpp. */

const DASHED = /^\s*(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?)?\s*$/;
const DIGITS = /^\s*(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})(?:\.(\d+))?)?\s*$/;

/** What needs no second look: most values of most bodies. */
const CANONICAL = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8]) (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;

/** `2026-01-02`, `20260102`, also with a time, which is cut off. */
export function canonicalDate(text: string): string | undefined {
  return parse(text)?.date;
}

/** `2026-01-02 03:04:05.123456`, with `T` for the space, without the fraction, the seconds or the time, or without any separators. */
export function canonicalDatetime(text: string): string | undefined {
  if (CANONICAL.test(text)) return text;
  const parsed = parse(text);
  return parsed === undefined ? undefined : `${parsed.date} ${parsed.time}`;
}

function parse(text: string): { readonly date: string; readonly time: string } | undefined {
  const match = DASHED.exec(text) ?? DIGITS.exec(text);
  if (match === null) return undefined;
  const [, year = '', month = '', day = '', hour = '0', minute = '0', second = '0', fraction = ''] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > daysIn(Number(year), Number(month))) {
    return undefined;
  }
  const two = (digits: string) => digits.padStart(2, '0');
  const micros = fraction === '' ? '' : `.${fraction.slice(0, 6)}`;
  return { date: `${year}-${two(month)}-${two(day)}`, time: `${two(hour)}:${two(minute)}:${two(second)}${micros}` };
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}
