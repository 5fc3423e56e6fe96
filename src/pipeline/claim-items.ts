import { mapLimited } from '../kit/map-limited.ts';
import { type ClaimResult, claimChunk, type LedgerDeps } from '../ledger/ledger.ts';
import type { Batch, Item } from '../rows/plan.ts';

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
  ledger: LedgerDeps,
): Promise<ReadonlyMap<I, ClaimResult> | undefined> {
  const results = await mapLimited(items, parallelClaims, async (item) => {
    const result = await claimChunk(id, destination, item.id, ledger).catch(() => undefined);
    return [item, result] as const;
  });
  const settled = results.filter((entry): entry is readonly [I, ClaimResult] => entry[1] !== undefined);
  return settled.length === results.length ? new Map(settled) : undefined;
}
