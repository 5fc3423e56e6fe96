import type { Run } from '../delivery/delivery.ts';
import { LoadLog } from '../delivery/load-log.ts';
import { areAllAcked, joinOutcomes, type Outcome, type Outcomes, retry, sameFor } from '../delivery/outcomes.ts';
import type { Clock } from '../kit/clock.ts';
import { inTime } from '../kit/in-time.ts';
import { mapLimited } from '../kit/map-limited.ts';
import { type Batch, type Item, itemsOf } from '../rows/batch.ts';
import type { Telemetry } from '../telemetry.ts';
import type { Lane } from './plan-lanes.ts';

/** Loads under way at once, in lanes of their own: StarRocks wants few. */
const parallelLanes = 2;
/** A lane that takes longer than this part of the time goes on beside the others, and holds no place any more. */
const patientPart = 0.25;

/** Where the lanes of an invocation are told of. */
export interface LaneDeps {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

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
  run: Run,
  { clock, telemetry }: LaneDeps,
  take: (batch: Batch<I>, run: Run) => Promise<Outcomes<I>>,
): Promise<Outcomes<I>> {
  const { isOrdered, deadlineMs } = run;
  const ends = new Map<Batch<I>, Outcomes<I>>();
  const note = (batch: Batch<I>, outcome: Outcome) => void ends.set(batch, sameFor(itemsOf(batch), outcome));
  const underWay = new Map<Batch<I>, LoadLog>();
  const waiting = new Set(lanes.flat());
  const runLane = async (lane: Lane<I>) => {
    for (const batch of lane) {
      if (clock.now() >= deadlineMs) return note(batch, notBegun);
      note(batch, notOver);
      const loads = new LoadLog();
      underWay.set(batch, loads);
      waiting.delete(batch);
      const outcomes = await take(batch, { ...run, loads });
      underWay.delete(batch);
      loads.end(batch, outcomes, telemetry);
      ends.set(batch, outcomes);
      if (isOrdered && !areAllAcked(outcomes)) return;
    }
  };
  /** What stands behind a failure lacks no time. */
  const forgetRest = (lane: Lane<I>) => {
    if (clock.now() < deadlineMs) for (const behind of lane) waiting.delete(behind);
  };
  const patienceMs = (deadlineMs - clock.now()) * patientPart;
  const running: Promise<void>[] = [];
  const all = mapLimited(isOrdered ? lanes : shuffled(lanes, clock), parallelLanes, async (lane) => {
    const lanesEnd = runLane(lane).then(() => forgetRest(lane));
    running.push(lanesEnd);
    await inTime(lanesEnd, patienceMs, clock, () => undefined);
  })
    .then(() => Promise.all(running))
    .then(run.besides);
  await inTime<unknown>(all, deadlineMs - clock.now(), clock, () => undefined);
  // What ends from now on is told to nobody: its messages come again.
  for (const [batch, loads] of underWay) loads.close(batch, notOver, telemetry);
  for (const batch of waiting) new LoadLog().close(batch, notBegun, telemetry);
  return joinOutcomes([...ends.values()]);
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
