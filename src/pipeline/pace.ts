import type { Delivery } from '../delivery/delivery.ts';
import { areAllAcked, retry, sameFor } from '../delivery/outcomes.ts';
import type { Clock } from '../kit/clock.ts';
import type { TableId } from '../ports.ts';
import { bytesIn, type Item } from '../rows/batch.ts';
import { tableKey } from '../rows/destination.ts';

/** How fast loads of each table have been lately, to know what can still end before the invocation does. */
export interface Pace {
  /** Bytes that can be loaded in so many milliseconds, with a margin. */
  bytesIn(table: TableId, ms: number): number;
  /** Tells of a load that came to its end, or ran out of time: one that failed says nothing about speed. */
  learn(table: TableId, bytes: number, ms: number): void;
}

const firstGuessBytesPerMs = 20_000;
/** Nobody is taken to be slower: what is not tried any more would teach nothing any more. */
const leastBytesPerMs = 2000;
/** A load costs this much however small it is: begin, commit, publish. */
const fixedMs = 3000;
/** A load that fails so shortly before the deadline failed of it. */
const endingMs = 3000;
/** Only half of the time is counted on. */
const margin = 0.5;
/** Smaller loads say more about their fixed cost than about speed. */
const tellingBytes = 8 * 1024 ** 2;

export function createPace(): Pace {
  const bytesPerMs = new Map<string, number>();
  const paceOf = (table: TableId) => bytesPerMs.get(tableKey(table)) ?? firstGuessBytesPerMs;
  return {
    bytesIn: (table, ms) => Math.max(0, ms - fixedMs) * paceOf(table) * margin,
    learn(table, bytes, ms) {
      if (bytes < tellingBytes || ms <= 0) return;
      bytesPerMs.set(tableKey(table), Math.max(leastBytesPerMs, (paceOf(table) + bytes / ms) / 2));
    },
  };
}

/** Leaves a batch for the next invocation that cannot end in this one, and learns from those that do. */
export const paced = <I extends Item>(delivery: Delivery<I>, pace: Pace, clock: Pick<Clock, 'now'>): Delivery<I> => ({
  async take(batch, run) {
    const { destination } = batch;
    const bytes = bytesIn(batch.items);
    const startedMs = clock.now();
    if (bytes > pace.bytesIn(destination, run.deadlineMs - startedMs)) {
      return sameFor(batch.items, retry('DEADLINE_NEAR', `${bytes} bytes are left to load.`));
    }
    const outcomes = await delivery.take(batch, run);
    // What did not end in time was slower still.
    const ranOut = clock.now() >= run.deadlineMs - endingMs;
    if (areAllAcked(outcomes) || ranOut)
      pace.learn(destination, bytes, Math.min(clock.now(), run.deadlineMs) - startedMs);
    return outcomes;
  },
});
