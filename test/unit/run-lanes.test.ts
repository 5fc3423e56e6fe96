import { describe, expect, it } from 'vitest';
import { type Delivery, newRun } from '../../src/delivery/delivery.ts';
import { acked, type Outcomes, retry, sameFor } from '../../src/delivery/outcomes.ts';
import type { Clock } from '../../src/kit/clock.ts';
import type { Lane } from '../../src/pipeline/plan-lanes.ts';
import { runLanes } from '../../src/pipeline/run-lanes.ts';
import type { Batch } from '../../src/rows/batch.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import { chunk, destination, sqsRecord } from '../builders.ts';
import { manualClock } from '../manual-clock.ts';

const deadlineMs = 1000;

const laneOf = (table: string, batches = 1): Lane<Chunk> =>
  Array.from({ length: batches }, (_, index) => ({
    destination: destination({ table }),
    items: [chunk({ id: `${table}-${index}` })],
  }));

const named = (outcomes: Outcomes<Chunk>) =>
  Object.fromEntries([...outcomes].map(([{ id }, end]) => [id, end.verdict === 'ack' ? 'ack' : end.code]));

const run = newRun([], deadlineMs);
const orderedRun = newRun([sqsRecord({ group: 'g' })], deadlineMs);

const depsOf = (clock: Clock) => ({ clock, telemetry: { event: () => undefined, count: () => undefined } });

/** Takes batches, and says which it began; those of the tables named never end. */
function taking(...hanging: readonly string[]) {
  const begun: string[] = [];
  const take = async ({ destination: { table }, items }: Batch<Chunk>): ReturnType<Delivery<Chunk>['take']> => {
    begun.push(table);
    if (hanging.includes(table)) await new Promise(() => undefined);
    return sameFor(items, acked);
  };
  return { begun, take };
}

describe('runLanes', () => {
  it('answers at the deadline with what is done, whatever else hangs', async () => {
    const clock = manualClock();
    const { take } = taking('stuck');
    const running = runLanes([laneOf('stuck', 2), laneOf('good', 2)], run, depsOf(clock), take);
    await clock.pass(0);
    await clock.pass(deadlineMs);
    expect(named(await running)).toEqual({
      'stuck-0': 'OUTCOME_UNKNOWN',
      'good-0': 'ack',
      'good-1': 'ack',
    });
  });

  it('lets other tables go on when some hold their places for long', async () => {
    const clock = manualClock();
    const { begun, take } = taking('stuck1', 'stuck2');
    const running = runLanes([laneOf('stuck1'), laneOf('stuck2'), laneOf('good')], run, depsOf(clock), take);
    await clock.pass(0);
    expect(begun).toEqual(['stuck1', 'stuck2']);
    await clock.pass(deadlineMs / 4);
    expect(begun).toEqual(['stuck1', 'stuck2', 'good']);
    await clock.pass(deadlineMs);
    expect(named(await running)).toMatchObject({ 'good-0': 'ack', 'stuck1-0': 'OUTCOME_UNKNOWN' });
  });

  it('answers when what goes on beside its batches is over, which holds the place of no other table', async () => {
    const clock = manualClock();
    const own = newRun([], deadlineMs);
    const { begun, take } = taking();
    const noting = Promise.withResolvers<void>();
    let isOver = false;
    const running = runLanes(
      [laneOf('t1'), laneOf('t2'), laneOf('t3')],
      own,
      depsOf(clock),
      async (batch, batchRun) => {
        batchRun.beside(noting.promise);
        return take(batch);
      },
    ).finally(() => {
      isOver = true;
    });
    await clock.pass(0);
    expect([begun.toSorted(), isOver]).toEqual([['t1', 't2', 't3'], false]);
    noting.resolve();
    expect(named(await running)).toEqual({ 't1-0': 'ack', 't2-0': 'ack', 't3-0': 'ack' });
  });

  it('answers at the deadline with what is loaded, when what goes on beside it hangs', async () => {
    const clock = manualClock();
    const running = runLanes([laneOf('t')], newRun([], deadlineMs), depsOf(clock), async ({ items }, { beside }) => {
      beside(new Promise(() => undefined));
      return sameFor(items, acked);
    });
    await clock.pass(0);
    await clock.pass(deadlineMs);
    expect(named(await running)).toEqual({ 't-0': 'ack' });
  });

  it('begins no batch behind the deadline, and says so', async () => {
    const clock = manualClock();
    const begun: string[] = [];
    const outcomes = await runLanes([laneOf('t', 3)], run, depsOf(clock), async ({ items }) => {
      begun.push(items[0]?.id ?? '');
      clock.nowMs = deadlineMs;
      return sameFor(items, acked);
    });
    expect(begun).toEqual(['t-0']);
    expect(named(outcomes)).toEqual({ 't-0': 'ack', 't-1': 'DEADLINE_NEAR' });
  });

  it('begins with another table by chance, but on a FIFO queue with the first', async () => {
    const lanes = ['a', 'b', 'c'].map((table) => laneOf(table));
    const shuffled = taking();
    await runLanes(lanes, run, depsOf(manualClock([0, 0])), shuffled.take);
    expect(shuffled.begun).toEqual(['b', 'c', 'a']);
    const ordered = taking();
    await runLanes(lanes, orderedRun, depsOf(manualClock([0, 0])), ordered.take);
    expect(ordered.begun).toEqual(['a', 'b', 'c']);
  });

  it('makes progress with a thousand tables at every delivery, also when each load takes long', async () => {
    const tables = new Set(Array.from({ length: 1000 }, (_, index) => `t${index}`));
    const left: number[] = [];
    while (tables.size > 0) {
      const clock = manualClock();
      const lanes = [...tables].map((table) => laneOf(table));
      await runLanes(lanes, run, depsOf(clock), async ({ destination: { table }, items }) => {
        clock.nowMs += deadlineMs / 100;
        tables.delete(table);
        return sameFor(items, acked);
      });
      left.push(tables.size);
    }
    expect(left).toEqual([900, 800, 700, 600, 500, 400, 300, 200, 100, 0]);
  });

  it('loads nothing behind a failure of an ordered lane', async () => {
    const failed = retry('STARROCKS_TRANSIENT', '');
    const take = async ({ items }: Batch<Chunk>) => sameFor(items, failed);
    expect(named(await runLanes([laneOf('a', 3)], orderedRun, depsOf(manualClock()), take))).toEqual({
      'a-0': 'STARROCKS_TRANSIENT',
    });
  });
});
