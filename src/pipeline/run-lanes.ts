import type { Run } from '../delivery/delivery.ts';
import { areAllAcked, type Outcome, type Outcomes, retry } from '../delivery/outcomes.ts';
import type { Clock } from '../kit/clock.ts';
import { inTime } from '../kit/in-time.ts';
import { mapLimited } from '../kit/map-limited.ts';
import { type Batch, type Item, itemsOf } from '../rows/batch.ts';
import type { Lane } from './plan-lanes.ts';

/** Loads under way at once, in lanes of their own: StarRocks wants few. */
const parallelLanes = 2;
/** A lane that takes longer than this part of the time goes on beside the others, and holds no place any more. */
const patientPart = 0.25;

const notBegun = retry('DEADLINE_NEAR', 'The time was over before its batch could begin.');
const notOver = retry('OUTCOME_UNKNOWN', 'Its batch was not over when the invocation had to answer.');

/**
 * Runs the batches of each lane one after the other, and lanes beside each other, until the deadline: what is done by then
 * counts, whatever else hangs. Lanes begin in an order of chance, so that each table has its turn in some delivery; those of a
 * FIFO queue begin as they came, and nothing is loaded behind a failure.
 *
 * @out  what became of each item; one behind a failure has no outcome
 */
export async function runLanes<I extends Item>(
  lanes: readonly Lane<I>[],
  { isOrdered, deadlineMs }: Run,
  clock: Clock,
  take: (batch: Batch<I>) => Promise<Outcomes<I>>,
): Promise<Outcomes<I>> {
  const ends = new Map<I, Outcome>();
  const note = (batch: Batch<I>, outcome: Outcome) => {
    for (const item of itemsOf(batch)) ends.set(item, outcome);
  };
  const runLane = async (lane: Lane<I>) => {
    for (const batch of lane) {
      if (clock.now() >= deadlineMs) return note(batch, notBegun);
      note(batch, notOver);
      const outcomes = await take(batch);
      for (const item of itemsOf(batch)) ends.delete(item);
      for (const [item, outcome] of outcomes) ends.set(item, outcome);
      if (isOrdered && !areAllAcked(outcomes)) return;
    }
  };
  const patienceMs = (deadlineMs - clock.now()) * patientPart;
  const running: Promise<void>[] = [];
  const all = mapLimited(isOrdered ? lanes : shuffled(lanes, clock), parallelLanes, async (lane) => {
    const run = runLane(lane);
    running.push(run);
    await inTime(run, patienceMs, clock, () => undefined);
  }).then(() => Promise.all(running));
  await inTime<unknown>(all, deadlineMs - clock.now(), clock, () => undefined);
  // What ends from now on is told to nobody: its messages come again.
  return new Map(ends);
}

/** @source Fisher and Yates */
function shuffled<T>(items: readonly T[], clock: Pick<Clock, 'random'>): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(clock.random() * (last + 1));
    [order[last], order[other]] = [order[other] as T, order[last] as T];
  }
  return order;
}
