import { performance } from 'node:perf_hooks';
import type { Line } from './lines.ts';

export interface Spent {
  readonly wallMs: number;
  /** CPU time of all threads of this process. */
  readonly cpuMs: number;
}

/** The median of all turns of a side, and each turn. */
export interface Turns extends Spent {
  readonly turns: readonly Spent[];
}

/** One side of a comparison: `prepare` makes what a run needs, and is not measured. */
export interface Side<In> {
  readonly prepare: () => In;
  readonly run: (input: In) => unknown;
}

/**
 * Measures two sides by turns, A B A B, so that what else the machine does meets both.
 *
 * @out  what each side took
 */
export async function compare<A, B>(a: Side<A>, b: Side<B>, pairs = 15, warmUps = 6): Promise<readonly [Turns, Turns]> {
  const spent: [Spent[], Spent[]] = [[], []];
  for (let pair = -warmUps; pair < pairs; pair++) {
    const both = [await spend(a), await spend(b)] as const;
    if (pair < 0) continue;
    spent[0].push(both[0]);
    spent[1].push(both[1]);
  }
  return [turnsOf(spent[0]), turnsOf(spent[1])];
}

/** Measures one run. */
export async function spend<In>({ prepare, run }: Side<In>): Promise<Spent> {
  const input = prepare();
  // Young garbage of the other side, and of `prepare`, is not this side's. A full collection would throw away optimised code.
  globalThis.gc?.({ type: 'minor' });
  const cpu = process.cpuUsage();
  const begin = performance.now();
  await run(input);
  const wallMs = performance.now() - begin;
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs, cpuMs: (user + system) / 1000 };
}

export const turnsOf = (turns: readonly Spent[]): Turns => ({ ...medianSpent(turns), turns });

/**
 * The ratio of the medians of two sides that took turns, and the middle half of the ratios of each turn.
 *
 * @in  by: the time that counts
 */
export function ratioOf(above: Turns, below: Turns, by: keyof Spent): Required<Pick<Line, 'ratio' | 'spread'>> {
  const ratios = above.turns.map((turn, at) => turn[by] / (below.turns[at]?.[by] ?? Number.NaN));
  return { ratio: above[by] / below[by], spread: spreadOf(ratios) };
}

/** The middle half of values: their quartiles. */
export function spreadOf(values: readonly number[]): readonly [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
  return [at(0.25), at(0.75)];
}

export const medianSpent = (spent: readonly Spent[]): Spent => ({
  wallMs: median(spent.map(({ wallMs }) => wallMs)),
  cpuMs: median(spent.map(({ cpuMs }) => cpuMs)),
});

/** @in an odd number of values, or the upper of the two in the middle is taken */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
