import { isCopied, type MySqlPlace } from '../../src/follow/mysql/place.ts';
import type { FollowState } from '../../src/follow/state.ts';
import { sourceStates } from '../../src/follow/states.ts';
import type { ObjectStore } from '../../src/object-store.ts';

/** How far a source is followed, for people and programs. */
export interface SourceStatus {
  readonly source: string;
  readonly phase: 'snapshot' | 'binlog';
  /** `stopped`: a person must act; `followed`: somebody is at it; `waiting`: nobody is, and the next may go on. */
  readonly state: 'followed' | 'waiting' | 'stopped';
  readonly tables?: { readonly copied: number; readonly all: number };
  readonly rows: number;
  readonly position: string;
  /** The first rows of a large transaction are in the queue, and its others are not. */
  readonly isInsideTransaction: boolean;
  /** Of what is committed in the source and not in the queue; where nobody follows, at the most. */
  readonly lagSeconds?: number;
  readonly holder?: string;
  readonly savedAt: string;
  readonly error?: string;
  readonly code?: string;
  readonly stoppedAt?: string;
}

/** The sources that are followed, or were. */
export const readSources = async (objects: ObjectStore, nowMs: number): Promise<readonly SourceStatus[]> =>
  (await sourceStates<MySqlPlace>(objects)).map(([name, state]) => statusOf(name, state, nowMs));

function statusOf(source: string, state: FollowState<MySqlPlace>, nowMs: number): SourceStatus {
  const { place, stop, committedMs, rows, holder } = state;
  const isHeld = state.heldUntilMs > nowMs;
  // Whoever follows hears every second that nothing was missed.
  const seenMs = isHeld ? state.savedMs : nowMs;
  const position = place.phase === 'snapshot' ? place.start : place.position;
  return {
    ...{ source, phase: place.phase, rows, position: position.gtid },
    isInsideTransaction: place.phase === 'binlog' && (place.inside ?? []).length > 0,
    state: stop ? 'stopped' : isHeld ? 'followed' : 'waiting',
    ...(place.phase === 'snapshot' && {
      tables: { copied: place.tables.filter(isCopied).length, all: place.tables.length },
    }),
    ...(committedMs !== undefined && { lagSeconds: Math.max(0, Math.round((seenMs - committedMs) / 1000)) }),
    ...(isHeld && { holder }),
    savedAt: new Date(state.savedMs).toISOString(),
    ...(stop && { error: stop.says, code: stop.code, stoppedAt: new Date(stop.atMs).toISOString() }),
  };
}

/** Lines for a person. */
export function sourceLines({
  source,
  phase,
  state,
  tables,
  rows,
  position,
  lagSeconds,
  holder,
  savedAt,
  error,
  stoppedAt,
}: SourceStatus): string {
  const lines = [
    `${source}: ${state}, ${phase}${tables ? `, ${tables.copied} of ${tables.all} tables copied` : ''}`,
    `  rows sent   ${rows}`,
    `  position    ${position}`,
    ...(lagSeconds === undefined ? [] : [`  behind      ${holder ? '' : 'at most '}${lagSeconds} s, as of ${savedAt}`]),
    ...(holder === undefined ? [] : [`  followed by ${holder}`]),
    ...(error === undefined ? [] : [`  stopped     ${stoppedAt}: ${error}`]),
  ];
  return lines.join('\n');
}
