import { mapLimited } from '../kit/map-limited.ts';
import { type ClaimResult, claimChunk, type Ledger } from '../ledger/ledger.ts';
import type { Batch, Item } from '../rows/batch.ts';
import { acked, type Outcome, type Outcomes, retry } from './outcomes.ts';

/** PUTs of claims under way at once. */
const parallelClaims = 32;

/**
 * Claims the items of a batch.
 *
 * @out what each claim came to; undefined when one did not settle, so that nobody knows what the batch has claimed
 */
export async function claimAll<I extends Item>(
  id: string,
  { destination, items }: Batch<I>,
  ledger: Ledger,
): Promise<ReadonlyMap<I, ClaimResult> | undefined> {
  const results = await mapLimited(items, parallelClaims, async (item) => {
    const result = await claimChunk(id, destination, item.id, ledger).catch(() => undefined);
    return [item, result] as const;
  });
  const settled = results.filter((entry): entry is readonly [I, ClaimResult] => entry[1] !== undefined);
  return settled.length === results.length ? new Map(settled) : undefined;
}

/** What the claims of a batch came to: items to go on with, and what becomes of those that another batch holds. */
export interface ClaimedItems<I extends Item> {
  readonly mine: readonly I[];
  readonly others: Outcomes<I>;
}

export function tellApart<I extends Item>(
  items: readonly I[],
  claims: ReadonlyMap<I, ClaimResult>,
  id: string,
): ClaimedItems<I> {
  const mine: I[] = [];
  const others = new Map<I, Outcome>();
  for (const item of items) {
    const claim = claims.get(item);
    if (claim === 'mine') mine.push(item);
    else others.set(item, outcomeOfClaim(claim, id));
  }
  return { mine, others };
}

export const fates = {
  busy: (id: string): Outcome => retry('BATCH_BUSY', `Batch ${id} is not committed yet.`),
  void: (id: string): Outcome => retry('BATCH_BUSY', `Batch ${id} was made void.`),
  undecided: (id: string): Outcome => retry('UNDECIDED', `Batch ${id}.`),
};

function outcomeOfClaim(claim: ClaimResult | undefined, id: string): Outcome {
  if (claim === 'loaded') return acked;
  return claim === 'undecided' ? fates.undecided(id) : fates.busy(id);
}

/** Says whether something stands behind what another batch holds and has not loaded. */
export function overtakes<I extends Item>({ others }: ClaimedItems<I>, items: readonly I[]): boolean {
  const held = items.findIndex((item) => others.has(item) && others.get(item) !== acked);
  return held >= 0 && items.slice(held).some((item) => !others.has(item));
}
