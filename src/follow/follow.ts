import type { Clock } from '../kit/clock.ts';
import { type FailureCode, failures, SinkError } from '../kit/errors.ts';
import { type Backoff, waitMs } from '../kit/retry.ts';
import { type FollowDeps, type Followed, followOnce } from './follow-once.ts';

/** A source that is open, until it is closed. */
export interface OpenedSource<Place> extends Followed<Place> {
  readonly close: () => Promise<void>;
}

export interface FollowLoop<Place> {
  /** Opens the source anew. @throws SinkError: what is in the way */
  readonly open: () => Promise<OpenedSource<Place>>;
  readonly deps: FollowDeps;
  /** Whether to wait for somebody else who follows the source. */
  readonly waitsForOther: boolean;
  /** Told of what passes by itself, before it is tried again. */
  readonly onTrouble: (error: unknown, waitsMs: number) => void;
}

const backoff: Backoff = { firstWaitMs: 500, longestWaitMs: 30_000 };
/** What went well for so long ended whatever was before. */
const wellMs = 60_000;

/**
 * Follows a source until the signal: opens it again after every drop.
 *
 * @throws SinkError: a person must act first, or somebody else follows the source
 */
export async function follow<Place>(
  { open, deps, waitsForOther, onTrouble }: FollowLoop<Place>,
  until: AbortSignal,
): Promise<void> {
  for (let tries = 1; !until.aborted; tries++) {
    const begunMs = deps.clock.now();
    try {
      const source = await open();
      try {
        await followOnce(source, until, deps);
      } finally {
        await source.close().catch(() => undefined);
      }
    } catch (error) {
      if (isFinal(error, waitsForOther)) throw error;
      if (until.aborted) return;
      if (deps.clock.now() - begunMs > wellMs) tries = 1;
      await pause(error, tries, { clock: deps.clock, onTrouble }, until);
    }
  }
}

/** What another try would end the same way. */
function isFinal(error: unknown, waitsForOther: boolean): boolean {
  if (!(error instanceof SinkError)) return error instanceof TypeError || error instanceof RangeError;
  if (error.code === 'SOURCE_HELD') return !waitsForOther;
  return error.code === 'SOURCE_FENCED' || failures[error.code satisfies FailureCode].verdict === 'reject';
}

async function pause(
  error: unknown,
  tries: number,
  { clock, onTrouble }: { readonly clock: Clock; readonly onTrouble: (error: unknown, waitsMs: number) => void },
  until: AbortSignal,
): Promise<void> {
  const waitsMs = waitMs(backoff, Math.min(tries, 10), clock.random());
  onTrouble(error, waitsMs);
  await clock.sleep(waitsMs, until);
}
