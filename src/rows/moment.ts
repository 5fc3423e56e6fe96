/** Dates and times as texts, numbers and columns have them. */

/** What a clock shows. */
interface Clock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Digits behind the second, at most six. */
  readonly fraction: string;
}

export interface Moment {
  readonly clock: Clock;
  /** Minutes east of Greenwich; undefined: the text names no zone. */
  readonly offset: number | undefined;
}

const spaced =
  /^\s*(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:(?:[Tt]|\s+)(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d*))?)?)?\s*(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?\s*$/;
const together = /^\s*(\d{4})()(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})(?:\.(\d*))?)?(Z|[+-]\d{2}:?\d{2})?\s*$/;

/** StarRocks keeps microseconds. */
const fractionDigits = 6;

/** Reads a date, or a date and a time, with or without a zone. @out undefined: it is none, or no day of any calendar */
export function readMoment(text: string): Moment | undefined {
  const found = spaced.exec(text) ?? together.exec(text);
  if (found === null) return undefined;
  const number = (at: number) => Number(found[at] ?? 0);
  const clock = {
    ...{ year: number(1), month: number(3), day: number(4), hour: number(5), minute: number(6), second: number(7) },
    fraction: (found[8] ?? '').slice(0, fractionDigits),
  };
  return isClock(clock) ? { clock, offset: offsetOf(found[9]) } : undefined;
}

function isClock({ year, month, day, hour, minute, second }: Clock): boolean {
  if (hour > 23 || minute > 59 || second > 59 || month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

function offsetOf(zone: string | undefined): number | undefined {
  if (zone === undefined) return undefined;
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

/** The moment as a clock in that zone shows it: `2024-03-05 12:10:30.250`. @throws RangeError: no such zone, or beyond its years */
export function inZone({ clock, offset }: Moment, timeZone: string): string {
  if (offset === undefined) return write(clock);
  const utc = new Date(0);
  utc.setUTCFullYear(clock.year, clock.month - 1, clock.day);
  utc.setUTCHours(clock.hour, clock.minute - offset, clock.second);
  return write({ ...clockAt(utc.getTime(), timeZone), fraction: clock.fraction });
}

const formats = new Map<string, Intl.DateTimeFormat>();

function clockAt(ms: number, timeZone: string): Omit<Clock, 'fraction'> {
  let shiftedMs = ms;
  if (timeZone !== 'UTC') {
    const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
    formats.set(timeZone, format);
    const name = format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    shiftedMs += (offsetOf(name.replace('GMT', '') || 'Z') ?? 0) * 60_000;
  }
  const date = new Date(shiftedMs);
  const year = date.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) throw new RangeError('Beyond the years of StarRocks.');
  return {
    ...{ year, month: date.getUTCMonth() + 1, day: date.getUTCDate() },
    ...{ hour: date.getUTCHours(), minute: date.getUTCMinutes(), second: date.getUTCSeconds() },
  };
}

/** What one epoch number counts. */
export type EpochUnit = 's' | 'ms' | 'us' | 'ns';

const perSecond: Readonly<Record<EpochUnit, bigint>> = { s: 1n, ms: 1000n, us: 1_000_000n, ns: 1_000_000_000n };

/** @in  whole: an integer, as text. @throws RangeError: beyond the years of StarRocks, or no such zone */
export function epochInZone(whole: string, unit: EpochUnit, timeZone: string): string {
  const units = perSecond[unit];
  const count = BigInt(whole);
  const second = (count - (((count % units) + units) % units)) / units;
  const rest = count - second * units;
  const fraction = unit === 's' || rest === 0n ? '' : String(rest).padStart(String(units).length - 1, '0');
  return write({ ...clockAt(Number(second) * 1000, timeZone), fraction: fraction.slice(0, fractionDigits) });
}

/** The day that is so many days behind 1970-01-01, or before it. @throws RangeError: beyond the years of StarRocks */
export const dayOf = (whole: string): string => epochInZone(`${BigInt(whole) * 86_400n}`, 's', 'UTC').slice(0, 10);

function write({ year, month, day, hour, minute, second, fraction }: Clock): string {
  const two = (part: number) => String(part).padStart(2, '0');
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
  return `${date} ${two(hour)}:${two(minute)}:${two(second)}${fraction === '' ? '' : `.${fraction}`}`;
}
