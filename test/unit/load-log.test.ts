import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Delivery } from '../../src/delivery/delivery.ts';
import { acked, retry, sameFor } from '../../src/delivery/outcomes.ts';
import { createPressure, easing } from '../../src/delivery/pressure.ts';
import { SinkError } from '../../src/kit/errors.ts';
import { createPace, paced } from '../../src/pipeline/pace.ts';
import type { LoadResult } from '../../src/ports.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import { chunk, destination, sqsRecord } from '../builders.ts';
import { batchOf, deadlineMs, loadedRows, never, open, prepared, rows, run, semantics } from './load-log-world.ts';

afterEach(() => vi.restoreAllMocks());

describe.each(Object.entries(semantics))('a load that did not succeed, %s, has one line', (_, deliver) => {
  it('when it was under way as the invocation had to answer, and none more when it ends later', async () => {
    const world = open();
    const { promise, resolve } = Promise.withResolvers<LoadResult>();
    const lines = await run(
      world,
      [[batchOf(...rows)]],
      deliver(world, () => promise),
    );
    const line = { level: 'WARN', code: 'OUTCOME_UNKNOWN', table: 'shop.orders', rows: 7, label: expect.any(String) };
    expect(lines).toEqual([expect.objectContaining(line)]);
    resolve({ state: 'refused', kind: 'throttled', message: 'too many versions' });
    await world.clock.pass(0);
    expect(world.log.lines).toHaveLength(1);
    expect(world.log.counts).toEqual({ LoadsFailed: 1 });
  });

  it('when it could not be learnt what became of it', async () => {
    const world = open();
    const lines = await run(
      world,
      [[batchOf(...rows)]],
      deliver(world, async () => ({ state: 'unknown', message: 'The answer was lost.' })),
    );
    expect(lines).toEqual([expect.objectContaining({ table: 'shop.orders', rows: 7, label: expect.any(String) })]);
  });

  it('when there was no time to begin it', async () => {
    const world = open();
    const late = async () => {
      throw new SinkError('DEADLINE_NEAR', '900 ms are left.');
    };
    expect(await run(world, [[batchOf(...rows)]], deliver(world, late))).toEqual([
      expect.objectContaining({ code: 'DEADLINE_NEAR', reason: '900 ms are left.', table: 'shop.orders', rows: 7 }),
    ]);
  });
});

describe('a load that did not succeed has one line', () => {
  it('when it was refused, and what follows hangs until the invocation has to answer', async () => {
    const world = open();
    const { delivery } = prepared(world, async () => ({
      state: 'refused',
      kind: 'throttled',
      message: 'too many versions',
    }));
    const hanging: Delivery<Chunk> = {
      async take(batch, own) {
        await delivery.take(batch, own);
        return never();
      },
    };
    const lines = await run(world, [[batchOf(...rows)]], hanging);
    expect(lines).toEqual([expect.objectContaining({ code: 'STARROCKS_THROTTLED', rows: 7 })]);
    expect(world.log.counts).toEqual({ LoadsThrottled: 1 });
  });

  it('when nothing of it was begun as the invocation had to answer', async () => {
    const world = open();
    const lines = await run(world, [[batchOf(...rows)]], { take: never });
    expect(lines).toEqual([expect.objectContaining({ code: 'OUTCOME_UNKNOWN', table: 'shop.orders', rows: 7 })]);
    expect(world.log.counts).toEqual({});
  });

  it('when the time was over before its turn, in its lane and in others', async () => {
    const world = open();
    const take: Delivery<Chunk>['take'] = async ({ items }) => {
      world.clock.nowMs = deadlineMs;
      return sameFor(items, acked);
    };
    const lanes = ['a', 'b', 'c'].map((table) =>
      [1, 2].map((id) => ({ destination: destination({ table }), items: [chunk({ id: `${table}${id}` })] })),
    );
    const lines = await run(world, lanes, { take });
    expect(lines).toHaveLength(5);
    for (const line of lines) expect(line).toMatchObject({ code: 'DEADLINE_NEAR', rows: 1 });
  });

  it('and what stands behind it in its group has none', async () => {
    const world = open();
    const take: Delivery<Chunk>['take'] = async ({ items }) => sameFor(items, retry('STARROCKS_TRANSIENT', ''));
    const lane = [1, 2, 3].map((id) => batchOf(chunk({ id: `c${id}` })));
    expect(await run(world, [lane], { take }, [sqsRecord({ group: 'g' })])).toHaveLength(1);
  });

  it('when it would not end in time', async () => {
    const world = open();
    const large = chunk({ id: 'c1', bytes: 10 ** 12, rows: 7 });
    const delivery = paced<Chunk>({ take: never }, createPace(), world.clock);
    expect(await run(world, [[batchOf(large)]], delivery)).toEqual([
      expect.objectContaining({ code: 'DEADLINE_NEAR', table: 'shop.orders', rows: 7 }),
    ]);
  });

  it('when its table rests', async () => {
    const world = open();
    const pressure = createPressure(world.clock);
    pressure.learn(destination({ table: 'orders' }), 1, sameFor(rows, retry('STARROCKS_THROTTLED', '')));
    expect(await run(world, [[batchOf(...rows)]], easing<Chunk>({ take: never }, pressure))).toEqual([
      expect.objectContaining({ code: 'STARROCKS_THROTTLED', table: 'shop.orders', rows: 7 }),
    ]);
  });

  it('when another worker has some of its rows: with those', async () => {
    const world = open();
    const [mine, held] = rows as [Chunk, Chunk];
    const take = async () =>
      new Map([
        [mine, acked],
        [held, retry('BATCH_BUSY', 'Batch b9 is not committed yet.')],
      ]);
    expect(await run(world, [[batchOf(...rows)]], { take })).toEqual([
      expect.objectContaining({ code: 'BATCH_BUSY', reason: 'Batch b9 is not committed yet.', rows: 4 }),
    ]);
  });
});

describe('a load that worked', () => {
  it.each(Object.entries(semantics))('has no line that says otherwise, %s', async (_, deliver) => {
    const world = open();
    expect(
      await run(
        world,
        [[batchOf(...rows)]],
        deliver(world, async () => loadedRows(7)),
      ),
    ).toEqual([]);
    expect(world.log.lines).toEqual([expect.objectContaining({ level: 'INFO', message: 'loaded', rows: 7 })]);
  });
});
