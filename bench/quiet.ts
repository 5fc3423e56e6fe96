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

/**
 * Targets count on a quiet machine only.
 *
 * @in   busiest: the largest share that others took
 * @out  sentences for the page and the terminal; failed: some target counts and was missed
 */
export function judge(lines: readonly Line[], busiest: number): { readonly text: string; readonly failed: boolean } {
  const missed = lines.filter(isMissed).map(({ what }) => what);
  const share = `${Math.round(busiest * 100)} %`;
  if (busiest >= quietBelow)
    return {
      text: `The machine was not quiet: others took up to ${share} of it, so no target is judged.`,
      failed: false,
    };
  const quiet = `The machine was quiet: others took at most ${share} of it.`;
  if (missed.length === 0) return { text: `${quiet} All targets are met.`, failed: false };
  return { text: `${quiet} Targets were missed: ${missed.join('; ')}.`, failed: true };
}
