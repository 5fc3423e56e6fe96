import type { Clock } from '../kit/clock.ts';

/** How often something is tried, and how long is waited between: full jitter below a doubling bound. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
}

/** @in attempt: 1 after the first try */
export const waitMs = ({ firstWaitMs, longestWaitMs }: RetryPolicy, attempt: number, random: number): number =>
  Math.floor(random * Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 1)));

/**
 * Tries until it works, the failure is final, or the attempts are used up; then throws the last failure.
 */
export async function retried<T>(policy: RetryPolicy, clock: Clock, run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (isFinal(error) || attempt >= policy.attempts) throw error;
      await clock.sleep(waitMs(policy, attempt, clock.random()));
    }
  }
}

const THROTTLED = /throttl|toomanyrequests|limitexceeded|slowdown|timeout/i;

/**
 * True for failures that repeat themselves: AWS blames the request, and does not ask for patience. Network failures, and
 * answers that blame the service, are worth another try.
 */
export function isFinal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'CredentialsProviderError') return true;
  const fault = '$fault' in error ? error.$fault : undefined;
  return fault === 'client' && !('$retryable' in error && error.$retryable) && !THROTTLED.test(error.name);
}

/** Name and message of a failure: AWS' own words. */
export const reasonOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);
