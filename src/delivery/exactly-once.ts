/**
 * Loads a batch exactly once: StarRocks' transaction prepares it, the ledger decides about it.
 *
 *   claim items ────────────┐
 *                           ├─▶ all mine, prepared, counts agree ─▶ decide ─▶ commit ─▶ ack
 *   begin L, load ─▶ prepare┘          │            │
 *                                      │            └─ refused for its data ─▶ void; each half is a batch of its own
 *                                      └─ some are another batch's ─▶ roll back; the next attempt carries only mine
 *
 * An attempt carries exactly the items that are claimed: what is decided is what was claimed, or nothing is. Everything that
 * is not certain ends in void and a later delivery.
 */
import { commitBatch, type Ledger, voidBatch } from '../ledger/ledger.ts';
import type { Destination } from '../ports.ts';
import type { Batch, Item } from '../rows/batch.ts';
import type { Telemetry } from '../telemetry.ts';
import { type Attempt, type AttemptDeps, attemptTransaction } from './attempt-transaction.ts';
import { type BadRowDeps, type RowSearch, type Trial, withoutBadRows } from './bad-rows.ts';
import { claimAll, fates, overtakes, tellApart } from './claims.ts';
import type { Delivery, Run } from './delivery.ts';
import { halve } from './halve.ts';
import { acked, type Outcome, type Outcomes, retry, sameFor } from './outcomes.ts';

export interface ExactlyOnceDeps<I extends Item> extends AttemptDeps<I> {
  readonly ledger: (run: Run) => Ledger;
  /** A name that no batch had before. */
  readonly newBatchId: (table: string) => string;
  readonly maxRetries: number;
  /** How bad rows are parted from good ones; without it their whole message is rejected. */
  readonly badRows: BadRowDeps<I> | undefined;
  readonly telemetry: Telemetry;
}

/** Loads each batch exactly once, by a prepared transaction that the ledger decides about. */
export const exactlyOnce = <I extends Item>(deps: ExactlyOnceDeps<I>): Delivery<I> => ({
  take: (batch, run) => loadBatch(batch, run, deps),
});

async function loadBatch<I extends Item>(batch: Batch<I>, run: Run, deps: ExactlyOnceDeps<I>): Promise<Outcomes<I>> {
  const { destination, items } = batch;
  const id = deps.newBatchId(destination.table);
  const ledger = deps.ledger(run);
  const [claims, first] = await Promise.all([
    claimAll(id, batch, ledger),
    attemptTransaction(`${id}-1`, destination, items, run, deps),
  ]);
  if (claims === undefined) {
    await Promise.all([first.rollBack(), giveUp(id, ledger)]);
    return sameFor(items, retry('LEDGER_UNAVAILABLE', `Batch ${id}.`));
  }
  const claimed = tellApart(items, claims, id);
  const { mine, others } = claimed;
  if (mine.length < items.length) await first.rollBack();
  if (mine.length === 0) return others;
  if (run.isOrdered && overtakes(claimed, items)) {
    await giveUp(id, ledger);
    return new Map([...others, ...sameFor(mine, fates.busy(id))]);
  }
  const usable = mine.length === items.length ? first : undefined;
  return new Map([...others, ...(await commitMine(id, { destination, items: mine }, usable, run, deps))]);
}

/** Prepares the claimed items, as often as it is worth it, and takes the decision. */
async function commitMine<I extends Item>(
  id: string,
  batch: Batch<I>,
  first: Attempt | undefined,
  run: Run,
  deps: ExactlyOnceDeps<I>,
): Promise<Outcomes<I>> {
  const { destination, items } = batch;
  const ledger = deps.ledger(run);
  let current = first ?? (await attemptTransaction(`${id}-2`, destination, items, run, deps));
  let number = first ? 1 : 2;
  for (let retries = 0; current.state === 'again' && retries < deps.maxRetries; retries++) {
    await current.rollBack();
    number += 1;
    current = await attemptTransaction(`${id}-${number}`, destination, items, run, deps);
  }
  if (current.state === 'prepared') {
    return decideOn(id, current, batch, ledger, deps);
  }
  await current.rollBack();
  await giveUp(id, ledger);
  const loadHalf = (half: Batch<I>) => loadBatch(half, run, deps);
  if (current.state === 'bad-data') {
    const reason = current.detail;
    const loadAlone = (item: I) => loadGoodRows(id, item, destination, reason, run, deps);
    return halve(batch, retry('ROWS_REFUSED', reason), run, loadHalf, loadAlone);
  }
  if (current.code === 'SEGMENT_UNREADABLE') {
    const why = retry('SEGMENT_UNREADABLE', current.detail);
    return halve(batch, why, run, loadHalf, async () => why);
  }
  if (current.code === 'ROWS_MISCOUNTED') deps.telemetry.count('RowsMiscounted', current.rows);
  deps.telemetry.count(current.code === 'STARROCKS_THROTTLED' ? 'LoadsThrottled' : 'LoadsFailed', 1);
  return sameFor(items, retry(current.code, current.detail));
}

/** Finds the bad rows of an item by transactions that are rolled back, then commits the others as one new batch. */
async function loadGoodRows<I extends Item>(
  id: string,
  item: I,
  destination: Destination,
  reason: string,
  run: Run,
  deps: ExactlyOnceDeps<I>,
): Promise<Outcome> {
  let trials = 0;
  const attempt = async (rows: RowSearch, from: number, to: number): Promise<Trial> => {
    trials += 1;
    const tried = await attemptTransaction(`${id}-r${trials}`, destination, [rows.part(from, to)], run, {
      ...deps,
      join: rows.join,
    });
    await tried.rollBack();
    if (tried.state === 'prepared') return { state: 'good' };
    return tried.state === 'bad-data' ? { state: 'bad', reason: tried.detail } : { state: 'unknown' };
  };
  return withoutBadRows(item, destination, reason, run, deps, attempt, async (rows, bad) => {
    const rest = rows.without(bad);
    if (rest.rows === 0) return acked;
    const good = { ...deps, join: rows.join, badRows: undefined };
    const outcomes = await loadBatch({ destination, items: [rest] }, run, good);
    return outcomes.get(rest) ?? fates.busy(id);
  });
}

async function decideOn<I extends Item>(
  id: string,
  prepared: Attempt,
  { destination, items }: Batch<I>,
  ledger: Ledger,
  { telemetry }: ExactlyOnceDeps<I>,
): Promise<Outcomes<I>> {
  const facts = {
    label: prepared.label,
    table: `${destination.database}.${destination.table}`,
    rows: prepared.rows,
    bytes: prepared.bytes,
  };
  let fate: Awaited<ReturnType<typeof commitBatch>>;
  try {
    fate = await commitBatch(id, prepared.label, destination, ledger);
  } catch (error) {
    // The decision may have been written: whoever finds the claims reads it. Nothing is rolled back.
    telemetry.event('error', 'decision not settled', { ...facts, error: String(error) });
    return sameFor(items, retry('LEDGER_UNAVAILABLE', `Batch ${id}.`));
  }
  telemetry.event(fate === 'loaded' ? 'info' : 'warn', fate === 'loaded' ? 'loaded' : `batch ${fate}`, facts);
  if (fate === 'void') await prepared.rollBack();
  if (fate !== 'loaded') return sameFor(items, fates[fate](id));
  telemetry.count('Loads', 1);
  telemetry.count('RowsLoaded', prepared.rows);
  telemetry.count('BytesLoaded', prepared.bytes);
  return sameFor(items, acked);
}

/** When S3 does not take it, the claims are simply too old one day. */
const giveUp = (id: string, ledger: Ledger) => voidBatch(id, ledger).catch(() => undefined);
