import { type ClaimResult, claimChunks } from '../ledger/claims.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Batch, Item } from '../rows/batch.ts';
import { acked, type Failed, notSettled, type Outcome, type Outcomes, reject, retry, sameFor } from './outcomes.ts';

/** What the claims of a batch came to: items to go on with, and what becomes of those that another batch holds. */
export interface ClaimedItems<I extends Item> {
  readonly mine: readonly I[];
  readonly others: Outcomes<I>;
}

/** @out why, when the claims did not settle, so that nobody knows what the batch has claimed */
export async function claimItems<I extends Item>(
  id: string,
  { destination, items }: Batch<I>,
  ledger: Ledger,
): Promise<ClaimedItems<I> | Failed> {
  const claims = await claimChunks(id, destination, items, ledger).catch((error: unknown) =>
    notSettled(error, `Batch ${id}`),
  );
  if ('verdict' in claims) return claims;
  if (claims.size === 0) return { mine: items, others: sameFor([], acked) };
  const mine: I[] = [];
  const others = new Map<I, Outcome>();
  for (const item of items) {
    const claim = claims.get(item.id);
    if (claim === undefined) mine.push(item);
    else others.set(item, outcomeOfClaim(claim, item.id));
  }
  return { mine, others };
}

export const fates = {
  busy: (id: string) => retry('BATCH_BUSY', `Batch ${id} is not committed yet.`),
  void: (id: string) => retry('BATCH_BUSY', `Batch ${id} was made void.`),
  undecided: (id: string) => retry('UNDECIDED', `Batch ${id}.`),
};

function outcomeOfClaim(claim: Exclude<ClaimResult, 'mine'>, id: string): Outcome {
  if (typeof claim === 'object') return retry(claim.code, claim.detail);
  switch (claim) {
    case 'loaded':
      return acked;
    case 'busy':
      return retry('BATCH_BUSY', `Chunk ${id} is in a batch that is not committed yet.`);
    case 'undecided':
      return retry('UNDECIDED', `Chunk ${id}.`);
    case 'changed':
      return reject('CHUNK_CHANGED', `Chunk ${id}.`);
  }
}

/** Says whether something stands behind what another batch holds and has not loaded. */
export function overtakes<I extends Item>({ others }: ClaimedItems<I>, items: readonly I[]): boolean {
  const held = items.findIndex((item) => others.has(item) && others.get(item) !== acked);
  return held >= 0 && items.slice(held).some((item) => !others.has(item));
}
