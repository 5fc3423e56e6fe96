/**
 * Brings to its end what workers left in doubt: commits what was decided, makes void and rolls back what was left behind for
 * longer than a run can last. It may meet a worker that only stood still: the ledger's moves keep that harmless.
 *
 *   decision      the marker's label
 *   absent        its worker may be at work: wait. Too old: void, then as below
 *   void          roll back ─▶ take the marker away
 *   commit L      commit L ─▶ mark done; another label of the batch is rolled back
 *   done L        another label of the batch is rolled back ─▶ take the marker away
 */

import { bucketPrefixes } from '../kit/bucket-prefixes.ts';
import { mapLimited } from '../kit/map-limited.ts';
import type { TransactionResult } from '../ports.ts';
import { readText } from './conditional-writes.ts';
import { type Marker, takeMarkerAway } from './in-doubt.ts';
import { type Ledger, resolveBatch } from './ledger.ts';
import { decisionKey, type InDoubt, readDecision, readInDoubt } from './records.ts';

export interface SweepDeps extends Ledger {
  /** Rolls back a label of a batch that is void, or whose decision names another label; may be repeated. */
  readonly rollBack: (database: string, label: string) => Promise<TransactionResult>;
}

/** A marker that the sweep could not settle, and why, as far as that is known. */
export interface Unsettled extends InDoubt {
  readonly reason: string;
}

/** What the sweep found. */
export interface Swept {
  /** Markers taken away: their transactions are committed, or rolled back. */
  readonly settled: number;
  /** Their workers may be at work: left alone. */
  readonly atWork: number;
  /** Left behind for longer than a run can last, and not to be settled now: the next run tries again. */
  readonly inDoubt: readonly Unsettled[];
  /** Nobody can tell: a person must look. */
  readonly undecided: readonly Unsettled[];
}

/** Looked at in one run, the oldest first. */
const mostMarkers = 10_000;
const parallelMarkers = 8;

/**
 * Looks at every marker once. Two runs at the same time do each other no harm: every move has one winner, and commit and
 * rollback may be repeated.
 *
 * @throws Error when the markers could not be listed
 */
export async function sweepInDoubt(deps: SweepDeps): Promise<Swept> {
  const keys = await deps.objects.list(bucketPrefixes.inDoubt, mostMarkers);
  const ends = await mapLimited(keys, parallelMarkers, (key) => look(key, deps));
  const count = (wanted: Settled) => ends.filter((end) => end === wanted).length;
  const found = (wanted: 'in-doubt' | 'undecided') =>
    ends.flatMap((end) => (typeof end === 'object' && end.state === wanted ? [end.marker] : []));
  return {
    ...{ settled: count('settled'), atWork: count('at-work') },
    ...{ inDoubt: found('in-doubt'), undecided: found('undecided') },
  };
}

type Settled = 'settled' | 'at-work';
type End = Settled | { readonly state: 'in-doubt' | 'undecided'; readonly marker: Unsettled };

/** Never throws: one marker that cannot be settled holds up no other. */
async function look(key: string, deps: SweepDeps): Promise<End> {
  let record: InDoubt = { batch: '', label: key, database: '', table: '', untilMs: 0 };
  try {
    const found = await readText(key, deps);
    // Its worker took it away meanwhile.
    if (found === undefined) return 'settled';
    record = readInDoubt(found.text);
    const end = await settle({ key, record }, deps);
    if (end.state === 'settled') return 'settled';
    if (end.state === 'undecided') return { state: 'undecided', marker: { ...record, reason: end.reason } };
    return isLeft(record, deps) ? { state: 'in-doubt', marker: { ...record, reason: end.reason } } : 'at-work';
  } catch (error) {
    return isLeft(record, deps) ? { state: 'in-doubt', marker: { ...record, reason: String(error) } } : 'at-work';
  }
}

const isLeft = ({ untilMs }: InDoubt, { clock }: SweepDeps) => clock.now() > untilMs;

interface Settling {
  readonly state: 'settled' | 'open' | 'undecided';
  readonly reason: string;
}

async function settle(marker: Marker, deps: SweepDeps): Promise<Settling> {
  const { batch, label, untilMs, ...table } = marker.record;
  const fate = await resolveBatch(batch, untilMs, table, deps);
  if (fate === 'busy') return { state: 'open', reason: 'StarRocks did not carry out its commit yet.' };
  if (typeof fate === 'object') return { state: 'open', reason: `${fate.code}: ${fate.detail}` };
  if (fate === 'undecided') {
    return {
      state: 'undecided',
      reason: 'It was decided to be committed, and StarRocks does not know its label any more.',
    };
  }
  const found = fate === 'loaded' ? await readText(decisionKey(batch), deps) : undefined;
  const decision = found && readDecision(found.text);
  if (decision?.state === 'commit') return { state: 'open', reason: 'It is committed, and not marked done yet.' };
  const isCommitted = decision?.state === 'done' && decision.label === label;
  if (!isCommitted) {
    const result = await deps.rollBack(table.database, label);
    if (result.state !== 'ok' && result.state !== 'aborted' && result.state !== 'not-exists') {
      return { state: 'open', reason: `It was not rolled back: ${result.message}` };
    }
  }
  await takeMarkerAway(marker, deps);
  return { state: 'settled', reason: '' };
}
