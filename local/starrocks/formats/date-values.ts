/** DATE and DATETIME as StarRocks reads them → as DuckDB reads them. Source: time_types.cpp (date::from_string), timestamp_value.cpp. */

/** What needs no second look: most values of most bodies. */
const canonical = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8]) (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;

/** The day of a text with or without a time, whatever that time is. */
export function canonicalDate(text: string): string | undefined {
  const parts = partsOf(text);
  return parts !== undefined && isDay(parts) ? dayText(parts) : undefined;
}

/**
 * The moment of a text, as the clock of the text has it: `Z`, an offset, and whatever else follows what was understood, are left
 * out without a word. Parts may be missing from the end, separators altogether.
 */
export function canonicalDatetime(text: string): string | undefined {
  if (canonical.test(text)) return text;
  const parts = partsOf(text);
  if (parts === undefined || !isDay(parts)) return undefined;
  const { hour, minute, second, fraction } = parts;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const time = [hour, minute, second].map((part) => digits(part, 2)).join(':');
  return `${dayText(parts)} ${time}${fraction === '' ? '' : `.${fraction}`}`;
}

interface Parts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Digits, at most six. */
  readonly fraction: string;
}

const space = /[ \t-\r]/;
const digit = /\d/;
const punctuation = /[!-/:-@[-`{-~]/;
const dayPattern = 2;
const secondPattern = 5;
const fractionPattern = 6;

/** Numbers with anything between them: year, month, day, hour, minute, second, fraction; undefined without a day. */
function partsOf(text: string): Parts | undefined {
  const start = text.search(/[^ \t-\r]/);
  const leading = /^[\dT]*/.exec(text.slice(start))?.[0] ?? '';
  if (start < 0 || !digit.test(leading.charAt(0))) return undefined;
  const following = text.charAt(start + leading.length);
  const together = following === '' || following === '.';
  const yearDigits = !together || leading.length === 4 || leading.length === 8 || leading.length >= 14 ? 4 : 2;
  const found = numbersOf(text, start, together ? yearDigits : undefined);
  if (found === undefined || found.length <= dayPattern) return undefined;
  const [year = '', month = '', day = '', hour = '0', minute = '0', second = '0', fraction = ''] = found;
  const century = (together ? yearDigits : year.length) !== 2 ? 0 : Number(year) < 70 ? 2000 : 1900;
  return {
    year: Number(year) + century,
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    fraction,
  };
}

/** @in yearDigits: of a text whose parts stand together */
function numbersOf(text: string, start: number, yearDigits: number | undefined): string[] | undefined {
  const found: string[] = [];
  let at: number | undefined = start;
  while (at !== undefined && found.length <= fractionPattern && digit.test(text.charAt(at))) {
    const index = found.length;
    const number = digitsAt(text, at, widthOf(index, yearDigits));
    if (Number(number) > 999_999) return undefined;
    found.push(number);
    at = nextPart(text, at + number.length, index);
    if (at === undefined) return undefined;
  }
  return found;
}

function widthOf(index: number, yearDigits: number | undefined): number | undefined {
  if (index === fractionPattern) return 6;
  if (yearDigits === undefined) return undefined;
  return index === 0 ? yearDigits : 2;
}

function digitsAt(text: string, at: number, width: number | undefined): string {
  return /^\d+/.exec(text.slice(at, width === undefined ? undefined : at + width))?.[0] ?? '';
}

/** Where the part after the one with this index begins; the end of the text when there can be none. Undefined: no date at all. */
function nextPart(text: string, at: number, index: number): number | undefined {
  if (index === secondPattern) return text.charAt(at) === '.' ? at + 1 : text.length;
  if (index === dayPattern && text.charAt(at) === 'T') return at + 1;
  return afterSeparators(text, at, index === dayPattern || index === fractionPattern);
}

/** @out undefined at a space where none may be */
function afterSeparators(text: string, from: number, spaces: boolean): number | undefined {
  let at = from;
  for (; space.test(text.charAt(at)) || punctuation.test(text.charAt(at)); at += 1) {
    if (!spaces && space.test(text.charAt(at))) return undefined;
  }
  return at;
}

function isDay({ year, month, day }: Parts): boolean {
  return year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || (year % 400 === 0 && year !== 0)) ? 29 : 28;
}

function dayText({ year, month, day }: Parts): string {
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;
}

function digits(number: number, count: number): string {
  return String(number).padStart(count, '0');
}
