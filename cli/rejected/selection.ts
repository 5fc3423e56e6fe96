import type { Command, OptionValues } from '@commander-js/extra-typings';
import { InvalidArgumentError } from 'commander';
import { someText } from '../command.ts';

/** Which of the rejected are meant: those that are named, or all that every given filter lets through. */
export interface Selection {
  readonly names: readonly string[];
  /** database.table */
  readonly table?: string | undefined;
  readonly code?: string | undefined;
  /** ISO 8601, in UTC. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads a moment: `2026-01-31`, `2026-01-31T12:00:00Z`, or how long ago: `30m`, `2h`, `7d`. @out ISO 8601, in UTC */
function moment(text: string, nowMs = Date.now()): string {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const isDate = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?$/.test(text);
  const time =
    count === undefined ? (isDate ? Date.parse(text) : Number.NaN) : nowMs - Number(count) * (unitMs[unit] ?? 0);
  if (Number.isFinite(time)) return new Date(time).toISOString();
  throw new InvalidArgumentError('Expected a time like 2026-01-31, 2026-01-31T12:00:00Z, or 2h.');
}

/** The options by which rejected rows and messages are chosen. */
export const withSelection = <A extends unknown[], O extends OptionValues, G extends OptionValues>(
  to: Command<A, O, G>,
) =>
  to
    .option('--table <database.table>', 'Only rows of this table', someText)
    .option('--code <code>', 'Only what was rejected for this', someText)
    .option('--since <time>', 'Not older: a time, or 30m, 2h, 7d', (text) => moment(text))
    .option('--until <time>', 'Not younger', (text) => moment(text));

/** @in  time: ISO 8601, in UTC */
export const isChosen = (
  { code, time }: { readonly code: string; readonly time: string },
  selection: Selection,
): boolean =>
  (selection.code === undefined || selection.code === code) &&
  (selection.since === undefined || time >= selection.since) &&
  (selection.until === undefined || time <= selection.until);
