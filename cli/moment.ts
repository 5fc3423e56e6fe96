import { InvalidArgumentError } from 'commander';

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads a moment: `2026-01-31`, `2026-01-31T12:00:00Z`, or how long ago: `30m`, `2h`, `7d`. @out ISO 8601, in UTC */
export function readMoment(text: string): string {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const isDate = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?$/.test(text);
  const time =
    count === undefined ? (isDate ? Date.parse(text) : Number.NaN) : Date.now() - Number(count) * (unitMs[unit] ?? 0);
  if (Number.isFinite(time)) return new Date(time).toISOString();
  throw new InvalidArgumentError('Expected a time like 2026-01-31, 2026-01-31T12:00:00Z, or 2h.');
}
