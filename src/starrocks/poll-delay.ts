import type { Clock } from '../kit/clock.ts';

const pollMs = [200, 500, 1_000, 2_000] as const;

/** Milliseconds before the label's state is asked for the n-th time (0 = first): 0.2, 0.5, 1, 2, 2 … s, ±20 %. */
export function pollDelayMs(attempt: number, clock: Clock): number {
  const base = pollMs[Math.min(attempt, pollMs.length - 1)] ?? 2_000;
  return base * (0.8 + 0.4 * clock.random());
}
