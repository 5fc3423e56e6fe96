import type { Batch, Item } from '../rows/batch.ts';
import type { Run } from './delivery.ts';
import { areAllAcked, type Failed, type Outcome, type Outcomes, sameFor } from './outcomes.ts';

/**
 * Halves a batch that cannot be loaded as a whole, until what is wrong is alone; the others load. The number of extra loads
 * is bounded: what is not searched now is delivered again.
 *
 * @in  why: what the batch suffers from; load: loads one half; loadAlone: sees to an item that is wrong by itself
 */
export async function halve<I extends Item>(
  { destination, items }: Batch<I>,
  why: Failed,
  { searches, isOrdered }: Run,
  load: (half: Batch<I>) => Promise<Outcomes<I>>,
  loadAlone: (item: I) => Promise<Outcome>,
): Promise<Outcomes<I>> {
  const [alone, ...others] = items;
  if (alone && others.length === 0) return sameFor(items, await loadAlone(alone));
  if (searches.left < 2) return sameFor(items, { ...why, verdict: 'retry' });
  searches.left -= 2;
  const middle = Math.ceil(items.length / 2);
  const first = await load({ destination, items: items.slice(0, middle) });
  if (isOrdered && !areAllAcked(first)) return first;
  const second = await load({ destination, items: items.slice(middle) });
  return new Map([...first, ...second]);
}
