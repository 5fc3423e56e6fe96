import { describe, expect, it } from 'vitest';
import { newRun } from '../../src/delivery/delivery.ts';
import { acked, type Outcome, retry, sameFor } from '../../src/delivery/outcomes.ts';
import { createPressure, easing } from '../../src/delivery/pressure.ts';
import { limitsUnder, planBatches } from '../../src/pipeline/plan-lanes.ts';
import type { Destination, TableId } from '../../src/ports.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import { chunk, destination } from '../builders.ts';

const throttled = retry('STARROCKS_THROTTLED', 'too many versions');
const tooLarge = retry('STARROCKS_MEMORY_EXCEEDED', 'Memory of load exceed limit.');
const [orders, clicks] = [destination({ table: 'orders' }), destination({ table: 'clicks' })];

function setUp() {
  const clock = { nowMs: 0, now: () => clock.nowMs, random: () => 1 };
  const pressure = createPressure(clock);
  const learn = (end: Outcome, table = orders, bytes = 1000) => pressure.learn(table, bytes, sameFor([chunk()], end));
  return { clock, pressure, learn };
}

describe('a table that StarRocks asks to spare', () => {
  it('rests, longer each time, and no other table does', () => {
    const { clock, pressure, learn } = setUp();
    learn(throttled);
    expect([pressure.restOf(orders), pressure.restOf(clicks)]).toEqual(['STARROCKS_THROTTLED', undefined]);
    clock.nowMs = 8000;
    expect(pressure.restOf(orders)).toBeUndefined();
    learn(throttled);
    clock.nowMs += 15_999;
    expect(pressure.gathers(orders)).toBe(true);
    clock.nowMs += 1;
    expect(pressure.restOf(orders)).toBeUndefined();
  });

  it('comes back slowly: a load that works halves the rest, and only the last ends it', () => {
    const { clock, pressure, learn } = setUp();
    learn(throttled);
    learn(throttled);
    clock.nowMs = 16_000;
    learn(acked);
    expect(pressure.gathers(orders)).toBe(true);
    clock.nowMs += 8000;
    learn(acked);
    expect(pressure.restOf(orders)).toBeUndefined();
  });

  it('gets fewer and larger loads, as far as a load can grow, and slowly those of before', () => {
    const { pressure, learn } = setUp();
    const limitsOf = (table: TableId) => limitsUnder(pressure, table, { maxRows: 2, maxBytes: 1000, mostBytes: 4000 });
    const loadsOf = (table: Destination) => {
      const items = Array.from({ length: 32 }, (_, index) => chunk({ id: `c${index}`, rows: 1, bytes: 499 }));
      return planBatches(
        items.map((item) => ({ item, destination: table })),
        limitsOf,
      ).length;
    };
    const seen = [throttled, throttled, throttled, throttled, acked, acked, acked, acked].map((end) => {
      learn(end);
      return loadsOf(orders);
    });
    expect(seen).toEqual([11, 5, 5, 5, 5, 5, 11, 32]);
    learn(throttled);
    expect(loadsOf(clicks)).toBe(32);
  });

  it('never rests longer than five minutes, and is not disturbed by failures of other kinds', () => {
    const { clock, pressure, learn } = setUp();
    for (let load = 0; load < 50; load++) learn(throttled);
    learn(retry('STARROCKS_TRANSIENT', ''));
    clock.nowMs = 299_999;
    expect(pressure.gathers(orders)).toBe(true);
    clock.nowMs = 300_000;
    expect(pressure.restOf(orders)).toBeUndefined();
  });

  it('gets no load while it rests: its rows go back, and come again together', async () => {
    const { clock, pressure } = setUp();
    let loads = 0;
    const delivery = easing<Chunk>(
      {
        async take({ items }) {
          loads++;
          return sameFor(items, loads === 1 ? throttled : acked);
        },
      },
      pressure,
    );
    const batch = { destination: orders, items: [chunk()] };
    const ends = async () => [...(await delivery.take(batch, newRun([], 1000))).values()];
    expect(await ends()).toEqual([throttled]);
    expect(await ends()).toMatchObject([{ verdict: 'retry', code: 'STARROCKS_THROTTLED' }]);
    expect(loads).toBe(1);
    clock.nowMs = 8000;
    expect(await ends()).toEqual([acked]);
  });
});

const MiB = 1024 ** 2;

describe('a table for whose loads StarRocks has too little memory', () => {
  it('gets loads half as large as the one that was refused, and rests before the next, which no other table does', () => {
    const { clock, pressure, learn } = setUp();
    const limits = (table: TableId) => limitsUnder(pressure, table, { maxRows: 1000, maxBytes: 90 * MiB });
    learn(tooLarge, orders, 40 * MiB);
    expect(limits(orders)).toEqual({ maxRows: 1000, maxBytes: 20 * MiB });
    expect(limits(clicks)).toEqual({ maxRows: 1000, maxBytes: 90 * MiB });
    expect([pressure.restOf(orders), pressure.restOf(clicks)]).toEqual(['STARROCKS_MEMORY_EXCEEDED', undefined]);
    expect(pressure.gathers(orders)).toBe(false);
    clock.nowMs = 8000;
    learn(tooLarge, orders, 20 * MiB);
    expect(limits(orders).maxBytes).toBe(10 * MiB);
    expect(pressure.restOf(orders)).toBe('STARROCKS_MEMORY_EXCEEDED');
    clock.nowMs += 15_999;
    expect(pressure.restOf(orders)).toBe('STARROCKS_MEMORY_EXCEEDED');
    clock.nowMs += 1;
    expect(pressure.restOf(orders)).toBeUndefined();
  });

  it('gets larger loads again when eight in a row have worked, until they are as large as before', () => {
    const { pressure, learn } = setUp();
    const limit = () => limitsUnder(pressure, orders, { maxRows: 1, maxBytes: 90 * MiB }).maxBytes / MiB;
    const work = (times: number) => {
      for (let load = 0; load < times; load++) learn(acked);
    };
    learn(tooLarge, orders, 40 * MiB);
    learn(tooLarge, orders, 20 * MiB);
    work(1);
    expect(pressure.restOf(orders)).toBeUndefined();
    work(6);
    expect(limit()).toBe(10);
    work(1);
    expect(limit()).toBe(20);
    work(7);
    learn(tooLarge, orders, 20 * MiB);
    work(7);
    expect(limit()).toBe(10);
    work(1);
    expect(limit()).toBe(20);
    work(8);
    expect(limit()).toBe(90);
  });

  it('is asked for no loads of less than 256 KiB, and never for larger ones', () => {
    const { pressure, learn } = setUp();
    for (let load = 0; load < 50; load++) learn(tooLarge, orders, 1000);
    const limit = () => limitsUnder(pressure, orders, { maxRows: 1, maxBytes: MiB }).maxBytes;
    expect(limit()).toBe(MiB / 4);
    learn(throttled);
    expect(limit()).toBe(MiB / 4);
  });
});
