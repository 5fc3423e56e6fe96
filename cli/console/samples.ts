import type { Clock } from '../../src/kit/clock.ts';
import type { Look } from '../status/overview.ts';
import { type LoadMinutes, loadsByMinute } from './minutes.ts';

/** What is worth a plot of one look: queues and sources remember nothing, so the console does. */
export interface Sample {
  readonly atMs: number;
  /** Messages that wait, by queue. */
  readonly waiting: Readonly<Record<string, number>>;
  /** Of sources, by their names, where it is known. */
  readonly lagSeconds: Readonly<Record<string, number>>;
}

/** The last look, and what it tells of the hour. */
export interface Seen {
  readonly look: Look;
  readonly minutes: LoadMinutes | undefined;
}

export interface SamplesDeps {
  readonly look: () => Promise<Look>;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** How long to rest between two looks. */
  readonly pauseMs: number;
  /** So many samples are kept. */
  readonly most: number;
}

/** Looks again and again, and keeps what plots need of the past. */
export function createSamples({ look, clock, pauseMs, most }: SamplesDeps) {
  let kept: readonly Sample[] = [];
  let seen: Seen | undefined;
  let underWay: Promise<Seen> | undefined;
  const lookOnce = async (): Promise<Seen> => {
    const found = await look();
    const atMs = clock.now();
    kept = [...kept, sampleOf(found, atMs)].slice(-most);
    seen = { look: found, minutes: found.recent && loadsByMinute(found.recent, atMs) };
    return seen;
  };
  /** Whoever asks while a look is under way gets that one. */
  const lookNow = (): Promise<Seen> => {
    underWay ??= lookOnce().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
  return {
    kept: () => kept,
    lookNow,
    /** The last look; the first one is waited for. */
    last: async (): Promise<Seen> => seen ?? lookNow(),
    /** Resolves when the signal is aborted. A look that fails is told to whoever asks for one. */
    async run(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        await lookNow().catch(() => undefined);
        await clock.sleep(pauseMs, signal);
      }
    },
  };
}

export type Samples = ReturnType<typeof createSamples>;

const sampleOf = ({ overview: { queues, sources = [] } }: Look, atMs: number): Sample => ({
  atMs,
  waiting: Object.fromEntries(queues.map(({ queue, waiting }) => [queue, waiting])),
  lagSeconds: Object.fromEntries(
    sources.flatMap(({ source, lagSeconds }) => (lagSeconds === undefined ? [] : [[source, lagSeconds]])),
  ),
});
