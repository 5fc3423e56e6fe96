/** Whether others were at work while figures were taken, and what follows for targets that were missed. */
import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { isMissed, type Line } from './lines.ts';

const lookMs = 500;
/** Of the time of all cores. */
const quietBelow = 0.1;

/** The part of the machine's time that others take. To be asked while this process does nothing. */
export async function busyShare(): Promise<number> {
  const before = timesOfCores();
  await delay(lookMs);
  const after = timesOfCores();
  return 1 - (after.idleMs - before.idleMs) / (after.allMs - before.allMs);
}

function timesOfCores() {
  const times = cpus().map((core) => core.times);
  const sum = (each: readonly number[]) => each.reduce((all, ms) => all + ms, 0);
  return { idleMs: sum(times.map(({ idle }) => idle)), allMs: sum(times.flatMap((core) => Object.values(core))) };
}

/** What was measured between two looks at what others take. */
export interface Looked {
  /** The larger share that others took. */
  readonly busy: number;
  readonly lines: readonly Line[];
}

/**
 * Targets count on a quiet machine only.
 *
 * @out  sentences for the page and the terminal; failed: some target counts and was missed
 */
export function judge(parts: readonly Looked[]): { readonly text: string; readonly failed: boolean } {
  const isQuiet = ({ busy }: Looked) => busy < quietBelow;
  const loud = parts.filter((part) => !isQuiet(part));
  const [judged, open] = [missedIn(parts.filter(isQuiet)), missedIn(loud)];
  const told = [
    ...(loud.length === parts.length
      ? []
      : [judged.length === 0 ? 'All targets that count are met.' : `Targets were missed: ${judged.join('; ')}.`]),
    ...(loud.length === 0
      ? []
      : [`The machine was not quiet for ${loud.length} of ${parts.length} parts, whose targets do not count.`]),
    ...(open.length === 0 ? [] : [`Not reached there: ${open.join('; ')}.`]),
  ];
  return { text: told.join(' '), failed: judged.length > 0 };
}

const missedIn = (parts: readonly Looked[]) =>
  parts.flatMap(({ lines }) => lines.filter(isMissed).map(({ what }) => what));
