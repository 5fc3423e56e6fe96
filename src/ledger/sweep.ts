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
import { decisionKey, readDecision, readInDoubt } from './records.ts';

export interface SweepDeps extends Ledger {
  /** Rolls back a label of a batch that is void, or whose decision names another label; may be repeated. */
  readonly rollBack: (database: string, label: string) => Promise<TransactionResult>;
}

/** What the sweep found. */
export interface Swept {
  /** Markers taken away: their transactions are committed, or rolled back. */
  readonly settled: number;
  /** Left as they are: at work, or not to be settled now. */
  readonly open: number;
  /** Batches that nobody can tell of. */
  readonly undecided: readonly string[];
}

/** Looked at in one run, the oldest first. */
const mostMarkers = 10_000;
const parallelMarkers = 8;

export async function sweepInDoubt(deps: SweepDeps): Promise<Swept> {
  const keys = await deps.objects.list(bucketPrefixes.inDoubt, mostMarkers);
  const ends = await mapLimited(keys, parallelMarkers, async (key) => {
    const found = await deps.objects.getText(key).catch(() => undefined);
    if (found === undefined) return { end: 'open' as const, batch: '' };
    const marker = { key, record: readInDoubt(found.text) };
    return { end: await settle(marker, deps).catch(() => 'open' as const), batch: marker.record.batch };
  });
  return {
    settled: ends.filter(({ end }) => end === 'settled').length,
    open: ends.filter(({ end }) => end === 'open').length,
    undecided: [...new Set(ends.flatMap(({ end, batch }) => (end === 'undecided' ? [batch] : [])))],
  };
}

async function settle(marker: Marker, deps: SweepDeps): Promise<'settled' | 'open' | 'undecided'> {
  const { batch, label, untilMs, ...table } = marker.record;
  const fate = await resolveBatch(batch, untilMs, table, deps);
  if (fate === 'busy') return 'open';
  if (fate === 'undecided') return 'undecided';
  const found = fate === 'loaded' ? await readText(decisionKey(batch), deps) : undefined;
  const decision = found && readDecision(found.text);
  if (decision?.state === 'commit') return 'open';
  const isCommitted = decision?.state === 'done' && decision.label === label;
  if (!isCommitted) {
    const result = await deps.rollBack(table.database, label);
    if (result.state !== 'ok' && result.state !== 'aborted' && result.state !== 'not-exists') return 'open';
  }
  await takeMarkerAway(marker, deps);
  return 'settled';
}
