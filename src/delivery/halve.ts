import type { Batch, Item } from '../rows/batch.ts';
import type { Run } from './delivery.ts';
import { areAllAcked, type Failed, joinOutcomes, type Outcome, type Outcomes, sameFor } from './outcomes.ts';

/**
 * Halves a batch that cannot be loaded as a whole, and whose rows cannot be looked at, until what is wrong is alone; the others
 * load. What the budget does not allow now is delivered again.
 *
 * @in  why: what the batch suffers from; load: loads one half; loadAlone: what becomes of an item that is wrong by itself
 */
export async function halve<I extends Item>(
  { destination, items }: Batch<I>,
  why: Failed,
  run: Run,
  load: (half: Batch<I>) => Promise<Outcomes<I>>,
  alone: Outcome,
): Promise<Outcomes<I>> {
  if (items.length === 1) return sameFor(items, alone);
  if (!run.mayTry(destination) || !run.mayTry(destination)) return sameFor(items, { ...why, verdict: 'retry' });
  const middle = Math.ceil(items.length / 2);
  const first = await load({ destination, items: items.slice(0, middle) });
  if (run.isOrdered && !areAllAcked(first)) return first;
  const second = await load({ destination, items: items.slice(middle) });
  return joinOutcomes([first, second]);
}
