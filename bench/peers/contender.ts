import type { Point } from '../lines.ts';
import { type Spent, type Turns, turnsOf } from '../measure.ts';
import type { NullSink } from '../sink-process.ts';
import type { Peer, PeerSpent } from './jvm.ts';

/** One side of a comparison, and the sink that only it sends to. */
export interface Contender {
  readonly peer: Peer;
  readonly sink: NullSink;
  /** What `peer` is asked for in each turn. */
  readonly order: string;
  /** That the sink must take in a turn: each row, and what stands between two. */
  readonly rows: number;
  readonly bytes: number;
}

export interface Measured {
  /** For a million rows. */
  readonly spent: Turns;
  /** All turns of the process from its start, for a million rows: with what compiling its code takes. */
  readonly fromStart: Spent;
  readonly peakBytes: number;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Less than a row: brackets of the loads. */
const bytesAround = 150;

/**
 * Lets contenders take turns, A B A B.
 *
 * @throws Error: a sink took more or less than what was sent
 */
export async function takeTurns(
  contenders: readonly Contender[],
  { turns, warmUps }: { readonly turns: number; readonly warmUps: number },
): Promise<readonly Measured[]> {
  const spent = contenders.map((): PeerSpent[] => []);
  for (let turn = 0; turn < warmUps + turns; turn++)
    for (const [at, contender] of contenders.entries()) spent[at]?.push(await oneTurn(contender));
  return spent.map((all) => ({
    spent: turnsOf(all.slice(warmUps)),
    fromStart: { wallMs: mean(all.map(({ wallMs }) => wallMs)), cpuMs: mean(all.map(({ cpuMs }) => cpuMs)) },
    peakBytes: Math.max(...all.map(({ peakBytes }) => peakBytes)),
  }));
}

async function oneTurn({ peer, sink, order, rows, bytes }: Contender): Promise<PeerSpent> {
  const before = await sink.taken();
  const { wallMs, cpuMs, peakBytes } = await peer.run(order);
  const taken = (await sink.taken()).bytes - before.bytes;
  if (Math.abs(taken - bytes) > bytesAround)
    throw new Error(`The null sink took ${taken} bytes, expected were ${bytes}.`);
  const toMillion = 1e6 / rows;
  return { wallMs: wallMs * toMillion, cpuMs: cpuMs * toMillion, peakBytes };
}

/** Of the plot of memory: the largest resident set of a process. */
export const memoryPoint = (name: string, peakBytes: number): Point => ({
  ...{ plot: 'memory', series: 'largest resident set, MB', x: name, y: Math.round(peakBytes / 1e6) },
});

/** Rows per CPU second. */
export const rowsPerSecond = ({ cpuMs }: { readonly cpuMs: number }): number => 1e9 / cpuMs;
