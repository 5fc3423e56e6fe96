/**
 * Loads a batch exactly once: StarRocks' transaction prepares it, the ledger decides about it.
 *
 *   claim items ────────────┐
 *                           ├─▶ all mine, prepared, counts agree ─▶ decide ─▶ commit ─▶ ack
 *   begin L, load ─▶ prepare┘          │            │
 *                                      │            └─ refused for its data ─▶ void; each half is a batch of its own
 *                                      └─ some are another batch's ─▶ roll back; the next try carries only mine
 *
 * A try carries exactly the items that are claimed: what is decided is what was claimed, or nothing is. Everything that
 * is not certain ends in void and a later delivery.
 */
import { commitBatch, type LedgerDeps, voidBatch } from '../ledger/ledger.ts';
import type { Destination } from '../ports.ts';
import type { Batch, Item } from '../rows/plan.ts';
import { acked, type Outcome } from '../rows/settle.ts';
import { type RowSearch, type Trial, withoutBadRows } from './bad-rows.ts';
import { claimAll, fates, overtakes, tellApart } from './claim-items.ts';
import { type LoadDeps, type Outcomes, refused, sameFor, searchHalves, unreadable } from './outcomes.ts';
import { type Try, type TryDeps, tryTransaction } from './try-transaction.ts';

export interface LoadOnceDeps<I extends Item> extends LoadDeps<I>, TryDeps<I> {
  readonly ledger: Omit<LedgerDeps, 'clock' | 'commit' | 'deadlineMs'>;
  /** A name that no batch had before. */
  readonly newBatchId: (table: string) => string;
  readonly maxRetries: number;
}

export async function loadBatchOnce<I extends Item>(batch: Batch<I>, deps: LoadOnceDeps<I>): Promise<Outcomes<I>> {
  const { destination, items } = batch;
  const id = deps.newBatchId(destination.table);
  const ledger = ledgerOf(deps, deps);
  const [claims, first] = await Promise.all([
    claimAll(id, batch, ledger),
    tryTransaction(`${id}-1`, destination, items, deps),
  ]);
  if (claims === undefined) {
    await Promise.all([first.rollBack(), giveUp(id, ledger)]);
    return sameFor(items, { verdict: 'retry', code: 'LEDGER_UNAVAILABLE', detail: `Batch ${id}.` });
  }
  const claimed = tellApart(items, claims, id);
  const { mine, others } = claimed;
  if (mine.length < items.length) await first.rollBack();
  if (mine.length === 0) return others;
  if (deps.isOrdered && overtakes(claimed, items)) {
    await giveUp(id, ledger);
    return new Map([...others, ...sameFor(mine, fates.busy(id))]);
  }
  const usable = mine.length === items.length ? first : undefined;
  return new Map([...others, ...(await commitMine(id, { destination, items: mine }, usable, deps))]);
}

/** Prepares the claimed items, as often as it is worth it, and takes the decision. */
async function commitMine<I extends Item>(
  id: string,
  batch: Batch<I>,
  first: Try | undefined,
  deps: LoadOnceDeps<I>,
): Promise<Outcomes<I>> {
  const { destination, items } = batch;
  const ledger = ledgerOf(deps, deps);
  let current = first ?? (await tryTransaction(`${id}-2`, destination, items, deps));
  let number = first ? 1 : 2;
  for (let retries = 0; current.state === 'again' && retries < deps.maxRetries; retries++) {
    await current.rollBack();
    number += 1;
    current = await tryTransaction(`${id}-${number}`, destination, items, deps);
  }
  if (current.state === 'prepared') {
    return decideOn(id, current, batch, ledger, deps);
  }
  await current.rollBack();
  await giveUp(id, ledger);
  const loadHalf = (half: Batch<I>) => loadBatchOnce(half, deps);
  if (current.state === 'bad-data') {
    const reason = current.detail;
    const loadAlone = (item: I) => loadGoodRows(id, item, destination, reason, deps);
    return searchHalves(batch, refused('retry', reason), deps, loadHalf, loadAlone);
  }
  if (current.code === 'SEGMENT_UNREADABLE') {
    const why = unreadable(current.detail);
    return searchHalves(batch, why, deps, loadHalf, async () => why);
  }
  if (current.code === 'ROWS_MISCOUNTED') deps.telemetry.count('RowsMiscounted', current.rows);
  deps.telemetry.count(current.code === 'STARROCKS_THROTTLED' ? 'LoadsThrottled' : 'LoadsFailed', 1);
  return sameFor(items, { verdict: 'retry', code: current.code, detail: current.detail });
}

/** Finds the bad rows of an item by transactions that are rolled back, then commits the others as one new batch. */
async function loadGoodRows<I extends Item>(
  id: string,
  item: I,
  destination: Destination,
  reason: string,
  deps: LoadOnceDeps<I>,
): Promise<Outcome> {
  let trials = 0;
  const attempt = async (rows: RowSearch, from: number, to: number): Promise<Trial> => {
    trials += 1;
    const tried = await tryTransaction(`${id}-r${trials}`, destination, [rows.part(from, to)], {
      ...deps,
      join: rows.join,
    });
    await tried.rollBack();
    if (tried.state === 'prepared') return { state: 'good' };
    return tried.state === 'bad-data' ? { state: 'bad', reason: tried.detail } : { state: 'unknown' };
  };
  return withoutBadRows(item, destination, reason, deps, attempt, async (rows, bad) => {
    const rest = rows.without(bad);
    if (rest.rows === 0) return acked;
    const outcomes = await loadBatchOnce(
      { destination, items: [rest] },
      { ...deps, join: rows.join, badRows: undefined },
    );
    return outcomes.get(rest) ?? fates.busy(id);
  });
}

async function decideOn<I extends Item>(
  id: string,
  prepared: Try,
  { destination, items }: Batch<I>,
  ledger: LedgerDeps,
  deps: LoadOnceDeps<I>,
): Promise<Outcomes<I>> {
  const { telemetry } = deps;
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
    return sameFor(items, { verdict: 'retry', code: 'LEDGER_UNAVAILABLE', detail: `Batch ${id}.` });
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
const giveUp = (id: string, ledger: LedgerDeps) => voidBatch(id, ledger).catch(() => undefined);

/** The ledger as one run uses it. */
export function ledgerOf(
  { ledger, clock, transactions }: Pick<LoadOnceDeps<Item>, 'ledger' | 'clock' | 'transactions'>,
  { deadlineMs }: { readonly deadlineMs: number },
): LedgerDeps {
  return {
    ...ledger,
    clock,
    deadlineMs,
    commit: (database, label) => transactions.commit({ database, label, deadlineMs }),
  };
}
