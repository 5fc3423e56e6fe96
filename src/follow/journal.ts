/**
 * Who follows a source, and how far it got: one object in the bucket, written by If-None-Match and If-Match alone.
 *
 *   (absent) ──begin──▶ held, nothing planned ──plan──▶ held, planned ──all chunks taken by the queue──▶ held, nothing planned
 *                              ▲                            │
 *                              └──── taken by another ──────┘   epoch + 1; what was planned stays planned
 *
 *   1. Nothing is sent that does not stand in a plan, lines and all, in this object. A plan is written only when the queue has
 *      taken every chunk of the plan before. So plans follow each other in one line, whoever writes them, and a chunk id means
 *      the same rows for ever, although a source can be cut otherwise, or has changed, when it is read again.
 *   2. Whoever takes the source sends what is planned once more, and goes on behind it. A chunk that the queue had already is
 *      known to the sink by its id.
 *   3. Every write names the version that it replaces. One that was taken from writes no more: it is fenced, and says so. What
 *      it may still send is of the plan that its successor sent before anything else.
 *   4. The place where the source is read on moves with the plan that follows it, or when nothing is planned.
 *
 * No clock is needed for that: `heldUntilMs` only says when to stop waiting for somebody who may be dead.
 */
import type { Clock } from '../kit/clock.ts';
import { SinkError } from '../kit/errors.ts';
import { timeOrderedId } from '../kit/time-ordered-id.ts';
import { putIfAbsent, readText, replaceIfUnchanged, type WriteDeps } from '../ledger/conditional-writes.ts';
import { type FollowState, readState, stateKey, writeState } from './state.ts';

export interface JournalDeps extends WriteDeps {
  readonly source: string;
  /** Who takes the source, unlike anybody else. */
  readonly holder: string;
  /** How long it counts as held after a write. */
  readonly leaseMs: number;
}

type Change<Place> = (state: FollowState<Place>) => Partial<FollowState<Place>>;

/** The state of a source in the hands of one follower. */
export interface Journal<Place> {
  /** As it will be written next. */
  readonly state: FollowState<Place>;
  /** Aborted when somebody else has taken the source. */
  readonly fenced: AbortSignal;
  /** Changes what the next write says. */
  note(change: Change<Place>): void;
  /** @throws SinkError SOURCE_FENCED; Error: S3 did not answer until the deadline, and the write may have happened */
  write(change: Change<Place>): Promise<void>;
  /** Writes again and again, so that nobody takes the source, until the signal; one write that fails is followed by the next. */
  keep(until: AbortSignal): Promise<void>;
  /** Lets go, so that the next one need not wait. */
  release(): Promise<void>;
}

export type Taken<Place> =
  | { readonly journal: Journal<Place> }
  /** Somebody else is at it. */
  | { readonly heldBy: string; readonly untilMs: number };

/**
 * Takes a source, if nobody holds it.
 *
 * @in     begin: where a source is read from that nobody has followed yet; asked only then
 * @throws Error: S3 did not answer until the deadline
 */
export async function takeSource<Place>(begin: () => Promise<Place>, deps: JournalDeps): Promise<Taken<Place>> {
  const key = stateKey(deps.source);
  let found: { readonly text: string; readonly etag: string } | undefined = await readText(key, deps);
  if (found === undefined) {
    const state = firstState(await begin(), deps);
    const written = await putIfAbsent(key, writeState(state), deps);
    if (written.won) return { journal: openJournal(state, written.etag, deps) };
    found = written;
  }
  for (;;) {
    const before = readState<Place>(found.text);
    if (before.heldUntilMs > deps.clock.now() && before.holder !== deps.holder) {
      return { heldBy: before.holder, untilMs: before.heldUntilMs };
    }
    const state = { ...before, epoch: before.epoch + 1, holder: deps.holder, ...stamps(before, deps) };
    const written = await replaceIfUnchanged(key, writeState(state), found.etag, deps);
    if (written.won) return { journal: openJournal(state, written.etag, deps) };
    found = written;
  }
}

/** @out what is written of a source; undefined: nobody has followed it */
export async function lookAt<Place>(source: string, deps: WriteDeps): Promise<FollowState<Place> | undefined> {
  const found = await readText(stateKey(source), deps);
  return found && readState<Place>(found.text);
}

function firstState<Place>(place: Place, { holder, clock, leaseMs }: JournalDeps): FollowState<Place> {
  const now = clock.now();
  return {
    ...{ version: 1, epoch: 1, holder, heldUntilMs: now + leaseMs, writes: 1, savedMs: now },
    ...{ run: timeOrderedId(now), plans: 0, place, rows: 0, beganMs: now },
  };
}

const stamps = ({ writes }: { readonly writes: number }, { clock, leaseMs }: JournalDeps) => ({
  ...{ writes: writes + 1, heldUntilMs: clock.now() + leaseMs, savedMs: clock.now() },
});

function openJournal<Place>(first: FollowState<Place>, firstEtag: string, deps: JournalDeps): Journal<Place> {
  const key = stateKey(deps.source);
  const fence = new AbortController();
  let [state, etag] = [first, firstEtag];
  let turn: Promise<unknown> = Promise.resolve();
  const note = (change: Change<Place>) => {
    state = { ...state, ...change(state) };
  };
  const writeNow = async (change: Change<Place>) => {
    if (fence.signal.aborted) throw fenced(deps);
    // What is noted while the write is under way is not in it, and goes with the next.
    note((before) => ({ ...stamps(before, deps), ...change(before) }));
    const written = await replaceIfUnchanged(key, writeState(state), etag, deps);
    if (!written.won) {
      fence.abort();
      const found = readState<Place>(written.text);
      // An earlier write of our own, whose answer got lost for good: the source is taken anew, as it stands.
      if (found.holder === deps.holder) throw new Error(`An earlier write of ${deps.holder} was stored after all.`);
      throw fenced(deps, found);
    }
    etag = written.etag;
  };
  // One write at a time: each names the version that the one before made.
  const write = (change: Change<Place>): Promise<void> => {
    const writing = turn.then(() => writeNow(change));
    turn = writing.catch(() => undefined);
    return writing;
  };
  return {
    get state() {
      return state;
    },
    fenced: fence.signal,
    note,
    write,
    keep: (until) =>
      keepAlive(
        () => state.savedMs,
        () => write(() => ({})),
        deps,
        AbortSignal.any([until, fence.signal]),
      ),
    release: () => write(() => ({ heldUntilMs: 0 })),
  };
}

async function keepAlive(
  savedMs: () => number,
  write: () => Promise<void>,
  { clock, leaseMs }: { readonly clock: Clock; readonly leaseMs: number },
  until: AbortSignal,
): Promise<void> {
  const everyMs = leaseMs / 3;
  while (!until.aborted) {
    await clock.sleep(Math.max(everyMs / 4, savedMs() + everyMs - clock.now()), until);
    if (until.aborted) return;
    if (clock.now() - savedMs() >= everyMs) await write().catch(() => undefined);
  }
}

const fenced = ({ source, holder }: JournalDeps, by?: FollowState<unknown>) =>
  new SinkError(
    'SOURCE_FENCED',
    `${holder} followed ${source} until ${by ? `${by.holder} took it (epoch ${by.epoch})` : 'somebody else took it'}.`,
  );
