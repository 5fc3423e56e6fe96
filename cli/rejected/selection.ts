import type { Command, OptionValues } from '@commander-js/extra-typings';
import { someText } from '../command.ts';
import { readMoment } from '../moment.ts';

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

/** The options by which rejected rows and messages are chosen. */
export const withSelection = <A extends unknown[], O extends OptionValues, G extends OptionValues>(
  to: Command<A, O, G>,
) =>
  to
    .option('--table <database.table>', 'Only rows of this table', someText)
    .option('--code <code>', 'Only what was rejected for this', someText)
    .option('--since <time>', 'Not older: a time, or 30m, 2h, 7d', readMoment)
    .option('--until <time>', 'Not younger', readMoment);

/** @in  time: ISO 8601, in UTC */
export const isChosen = (
  { code, time }: { readonly code: string; readonly time: string },
  selection: Selection,
): boolean =>
  (selection.code === undefined || selection.code === code) &&
  (selection.since === undefined || time >= selection.since) &&
  (selection.until === undefined || time <= selection.until);
