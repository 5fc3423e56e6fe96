import type { FollowLoop } from '../follow/follow.ts';
import { follow } from '../follow/follow.ts';
import { lookAt } from '../follow/journal.ts';
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
    if (state.committedMs !== undefined)
      telemetry.count('SourceLagSeconds', Math.max(0, (deps.clock.now() - state.committedMs) / 1000));
    flush?.();
  }
}
