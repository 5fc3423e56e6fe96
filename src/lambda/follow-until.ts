import type { FollowLoop } from '../follow/follow.ts';
import { follow } from '../follow/follow.ts';
import { lookAt } from '../follow/journal.ts';
import type { FollowState } from '../follow/state.ts';
import { failures, SinkError } from '../kit/errors.ts';
import type { Telemetry } from '../telemetry.ts';

/** How a run of a follower ended. */
export type FollowEnd = 'time is over' | 'somebody else follows' | 'stopped';

const tellEveryMs = 30_000;

/**
 * Follows until a moment, and tells now and then how far behind it is.
 *
 * @in     untilMs: epoch milliseconds; what is planned by then is sent to its end
 * @out    `stopped`: a person must act, and was told
 * @throws what is a fault of ours
 */
export async function followUntil<Place>(
  loop: FollowLoop<Place>,
  untilMs: number,
  { telemetry, flush }: { readonly telemetry: Telemetry; readonly flush?: (() => void) | undefined },
): Promise<FollowEnd> {
  const { clock, source } = loop.deps;
  const isOver = new AbortController();
  const end = new AbortController();
  void clock.sleep(Math.max(0, untilMs - clock.now()), isOver.signal).then(() => end.abort());
  const telling = tellLag(loop, isOver.signal, { telemetry, flush });
  try {
    await follow(loop, end.signal);
    return 'time is over';
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    if (error.code === 'SOURCE_HELD' || error.code === 'SOURCE_FENCED') {
      telemetry.event('info', error.message, { source, code: error.code });
      return 'somebody else follows';
    }
    telemetry.event('error', error.message, { source, code: error.code });
    if (failures[error.code].verdict === 'reject') telemetry.count('SourceStopped', 1);
    // Nobody follows, and time goes on.
    const state = await lookAt(source, loop.deps).catch(() => undefined);
    if (state) tellState(state, clock.now(), telemetry);
    return 'stopped';
  } finally {
    isOver.abort();
    await telling;
  }
}

async function tellLag<Place>(
  { deps }: FollowLoop<Place>,
  until: AbortSignal,
  { telemetry, flush }: { readonly telemetry: Telemetry; readonly flush?: (() => void) | undefined },
): Promise<void> {
  while (!until.aborted) {
    await deps.clock.sleep(tellEveryMs, until);
    if (until.aborted) return;
    const state = await lookAt(deps.source, deps).catch(() => undefined);
    if (state?.holder !== deps.holder) continue;
    telemetry.count('SourceFollowed', 1);
    tellState(state, deps.clock.now(), telemetry);
    flush?.();
  }
}

/** What is not read yet is as old as the last commit that is in the queue; while tables are copied, as the beginning. */
function tellState<Place>(state: FollowState<Place>, nowMs: number, telemetry: Telemetry): void {
  const { committedMs, beganMs, keptMs } = state;
  if (committedMs !== undefined) telemetry.count('SourceLagSeconds', Math.max(0, (nowMs - committedMs) / 1000));
  const sinceMs = committedMs ?? beganMs;
  if (sinceMs !== undefined && keptMs !== undefined)
    telemetry.count('SourceRetentionPercent', Math.max(0, ((nowMs - sinceMs) / keptMs) * 100));
}
