import { textOf } from '../../rows/json-values.ts';

/** Epoch milliseconds of a moment in text; undefined where it does not say in which time zone. @source  RFC 3339 */
export function timeOfText(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)$/.test(value)) return undefined;
  const timeMs = Date.parse(value);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

/** Epoch milliseconds of seconds, milliseconds or microseconds: services of AWS write each of them, and none says which. */
export function timeOfEpoch(value: unknown): number | undefined {
  const epoch = Number(textOf(value) ?? Number.NaN);
  if (!(epoch > 0 && epoch < 1e17)) return undefined;
  if (epoch < 1e11) return Math.floor(epoch * 1000);
  return Math.floor(epoch < 1e14 ? epoch : epoch / 1000);
}
