import { SinkError } from '../kit/errors.ts';
import { type JournalDeps, takeSource } from './journal.ts';
import { type Portions, type PumpDeps, pump } from './pump.ts';

/** A source as the follower knows it. */
export interface Followed<Place> {
  /** Where it is read from the first time. */
  readonly begin: () => Promise<Place>;
  readonly portions: Portions<Place>;
  /** How long the source keeps what was not read yet; undefined: for ever. */
  readonly keptMs?: number | undefined;
}

export type FollowDeps = JournalDeps & Omit<PumpDeps, 'nowMs'>;

/**
 * Takes a source, and brings it to the queue until the signal; then lets go of it.
 *
 * @throws SinkError SOURCE_HELD: somebody else follows it; SOURCE_FENCED: somebody else does now; SEND_FAILED; what the source
 *         throws, which is noted in the state
 */
export async function followOnce<Place>(
  { begin, portions, keptMs }: Followed<Place>,
  until: AbortSignal,
  deps: FollowDeps,
): Promise<void> {
  const taken = await takeSource(begin, deps);
  if ('heldBy' in taken) throw held(taken, deps.source);
  const { journal } = taken;
  journal.note(() => ({ keptMs }));
  const isOver = new AbortController();
  const keeping = journal.keep(isOver.signal);
  try {
    await pump(journal, portions, until, { ...deps, nowMs: () => deps.clock.now() });
  } catch (error) {
    if (error instanceof SinkError)
      journal.note(() => ({ stop: { code: error.code, says: error.message, atMs: deps.clock.now() } }));
    throw error;
  } finally {
    isOver.abort();
    await keeping;
    // One that is not let go of is taken when it has not been heard of for a while.
    if (!journal.fenced.aborted) await journal.release().catch(() => undefined);
  }
}

const held = ({ heldBy, untilMs }: { readonly heldBy: string; readonly untilMs: number }, source: string) =>
  new SinkError('SOURCE_HELD', `${heldBy} follows ${source}, at least until ${new Date(untilMs).toISOString()}.`);
