/** How whatever failed is tried again, everywhere: with pauses that double, and differ by chance. */
import type { Clock } from './clock.ts';

/** How long is waited between tries. */
export interface Backoff {
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
}

export interface RetryPolicy extends Backoff {
  /** Tries in all; absent: as many as the deadline allows. */
  readonly attempts?: number;
}

/** Between tries of one load: StarRocks wants time more than haste. */
export const loadBackoff: Backoff = { firstWaitMs: 500, longestWaitMs: 10_000 };

/**
 * Milliseconds before the n-th retry: between half and the whole of a bound that doubles, so that many do not come at once.
 *
 * @in  retry: 1 after the first try; chance: in [0, 1)
 */
export const waitMs = ({ firstWaitMs, longestWaitMs }: Backoff, retry: number, chance: number): number =>
  Math.floor(Math.min(longestWaitMs, firstWaitMs * 2 ** (retry - 1)) * (0.5 + chance / 2));

export interface RetryTerms {
  readonly clock: Clock;
  /** Epoch milliseconds after which nothing is tried again. */
  readonly deadlineMs?: number;
  /** Says of a failure that another try would end the same way. */
  readonly isFinal: (error: unknown) => boolean;
}

/** Tries until it works, the failure is final, or attempts or time are used up; then throws the last failure. */
export async function retried<T>(
  policy: RetryPolicy,
  { clock, deadlineMs = Number.POSITIVE_INFINITY, isFinal }: RetryTerms,
  run: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      const pauseMs = waitMs(policy, attempt, clock.random());
      const isLast = attempt >= (policy.attempts ?? Number.POSITIVE_INFINITY) || clock.now() + pauseMs >= deadlineMs;
      if (isLast || isFinal(error)) throw error;
      await clock.sleep(pauseMs);
    }
  }
}
