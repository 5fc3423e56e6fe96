/** Moments and times that an event counts from 1970, or from midnight, as StarRocks reads them. */

const perSecond = { ms: 1000n, us: 1_000_000n, ns: 1_000_000_000n } as const;
export type Unit = keyof typeof perSecond;

/** Of the calendar of JavaScript, in days from 1970. */
const mostDays = 100_000_000n;
const secondsPerDay = 86_400n;

/** @out  undefined: no calendar has that day, as for the date `infinity` of Postgres */
export function dateOf(days: bigint): string | undefined {
  if (days > mostDays || days < -mostDays) return undefined;
  // Years beyond 0..9999 have a sign and six digits, which no DATE takes: they are refused, not bent.
  return new Date(Number(days * secondsPerDay) * 1000).toISOString().replace(/T.*$/, '');
}

/** @out  `2024-02-29 12:34:56.123456`, in UTC, microseconds at most; undefined: no calendar has that moment */
export function datetimeOf(count: bigint, unit: Unit): string | undefined {
  const [seconds, rest] = floorDivide(count, perSecond[unit]);
  const [days, second] = floorDivide(seconds, secondsPerDay);
  const date = dateOf(days);
  return date && `${date} ${clockOf(second)}${fractionOf(rest, unit)}`;
}

const perSecondAsNumber = { ms: 1000, us: 1_000_000, ns: 1_000_000_000 } as const;
const microsecondsOf = {
  ms: (rest: number) => rest * 1000,
  us: (rest: number) => rest,
  ns: (rest: number) => Math.floor(rest / 1000),
};
const daySeconds = 86_400;

/** The same of a safe integer, and faster. */
export function datetimeOfNumber(count: number, unit: Unit): string | undefined {
  const seconds = Math.floor(count / perSecondAsNumber[unit]);
  const day = Math.floor(seconds / daySeconds);
  const date = knownDate(day);
  if (date === undefined) return undefined;
  const micros = microsecondsOf[unit](count - seconds * perSecondAsNumber[unit]);
  return `${date} ${clockOfNumber(seconds - day * daySeconds)}${micros === 0 ? '' : fractionOfMicros(micros)}`;
}

let last = { day: 0, date: '1970-01-01' as string | undefined };

/** Rows that follow each other are mostly of one day. */
function knownDate(day: number): string | undefined {
  if (day !== last.day) last = { day, date: dateOf(BigInt(day)) };
  return last.date;
}

function clockOfNumber(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const two = (part: number) => (part < 10 ? `0${part}` : `${part}`);
  return `${two(hours)}:${two(minutes)}:${two(seconds % 60)}`;
}

/** A time of MySQL may be negative, and reach beyond a day. */
export function timeOf(count: bigint, unit: Unit): string {
  const size = count < 0n ? -count : count;
  const clock = clockOf(size / perSecond[unit]) + fractionOf(size % perSecond[unit], unit);
  return count < 0n ? `-${clock}` : clock;
}

const zonedMoment = /^([+-]?\d{4,9}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)$/;

/** @out  the moment in UTC; the text as it is when it is none */
export function utcOf(text: string): string {
  const [, date, time, fraction = '', zone = ''] = zonedMoment.exec(text) ?? [];
  if (date === undefined || time === undefined) return text;
  const seconds = time.length === 5 ? `${time}:00` : time;
  const micros = fraction.slice(0, 6);
  if (zone === 'Z') return `${date} ${seconds}${micros && `.${micros}`}`;
  const ms = Date.parse(`${date}T${seconds}${zone}`);
  return Number.isNaN(ms) ? text : (datetimeOf(BigInt(ms), 'ms') ?? text) + (micros && `.${micros}`);
}

function clockOf(seconds: bigint): string {
  const two = (part: bigint) => String(part).padStart(2, '0');
  return `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
}

/** Three digits or six: finer than StarRocks keeps it is cut. */
function fractionOf(rest: bigint, unit: Unit): string {
  const micros = (rest * 1_000_000n) / perSecond[unit];
  return micros === 0n ? '' : fractionOfMicros(Number(micros));
}

function fractionOfMicros(micros: number): string {
  const digits = String(micros).padStart(6, '0');
  return `.${digits.endsWith('000') ? digits.slice(0, 3) : digits}`;
}

function floorDivide(value: bigint, by: bigint): [quotient: bigint, rest: bigint] {
  const rest = ((value % by) + by) % by;
  return [(value - rest) / by, rest];
}
