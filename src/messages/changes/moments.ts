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
  if (micros === 0n) return '';
  const digits = String(micros).padStart(6, '0');
  return `.${digits.endsWith('000') ? digits.slice(0, 3) : digits}`;
}

function floorDivide(value: bigint, by: bigint): [quotient: bigint, rest: bigint] {
  const rest = ((value % by) + by) % by;
  return [(value - rest) / by, rest];
}
