import { areAllAcked, type Outcomes } from '../delivery/outcomes.ts';
import { mapLimited } from '../kit/map-limited.ts';
import type { Batch, Item } from '../rows/batch.ts';
import type { Lane } from './plan-lanes.ts';

/** Loads under way at once, in lanes of their own: StarRocks wants few. */
const parallelLanes = 2;

/**
 * Runs the batches of each lane one after the other, and lanes beside each other.
 *
 * @in   isOrdered: nothing is loaded behind a failure in its lane
 * @out  what became of each item; one that was not tried has no outcome
 */
export async function runLanes<I extends Item>(
  lanes: readonly Lane<I>[],
  isOrdered: boolean,
  take: (batch: Batch<I>) => Promise<Outcomes<I>>,
): Promise<Outcomes<I>> {
  const taken = await mapLimited(lanes, parallelLanes, async (lane) => {
    const done: Outcomes<I>[] = [];
    for (const batch of lane) {
      const outcomes = await take(batch);
      done.push(outcomes);
      if (isOrdered && !areAllAcked(outcomes)) break;
    }
    return done;
  });
  return new Map(taken.flat().flatMap((outcomes) => [...outcomes]));
}
