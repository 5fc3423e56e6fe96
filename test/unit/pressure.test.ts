import { describe, expect, it } from 'vitest';
import { newRun } from '../../src/delivery/delivery.ts';
import { acked, type Outcome, retry, sameFor } from '../../src/delivery/outcomes.ts';
import { createPressure, easing } from '../../src/delivery/pressure.ts';
import { grown, planBatches } from '../../src/pipeline/plan-lanes.ts';
import type { Destination, TableId } from '../../src/ports.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import { chunk, destination } from '../builders.ts';

const throttled = retry('STARROCKS_THROTTLED', 'too many versions');
const [orders, clicks] = [destination({ table: 'orders' }), destination({ table: 'clicks' })];

function setUp() {
  const clock = { nowMs: 0, now: () => clock.nowMs, random: () => 1 };
  const pressure = createPressure(clock);
  const learn = (end: Outcome, table = orders) => pressure.learn(table, sameFor([chunk()], end));
  return { clock, pressure, learn };
}

describe('a table that StarRocks asks to spare', () => {
  it('rests, longer each time, and no other table does', () => {
    const { clock, pressure, learn } = setUp();
    learn(throttled);
    expect([pressure.rests(orders), pressure.rests(clicks)]).toEqual([true, false]);
    clock.nowMs = 8000;
    expect(pressure.rests(orders)).toBe(false);
    learn(throttled);
    clock.nowMs += 15_999;
    expect(pressure.rests(orders)).toBe(true);
    clock.nowMs += 1;
    expect(pressure.rests(orders)).toBe(false);
  });

  it('comes back slowly: a load that works halves the rest, and only the last ends it', () => {
    const { clock, pressure, learn } = setUp();
    learn(throttled);
    learn(throttled);
    clock.nowMs = 16_000;
    learn(acked);
    expect(pressure.rests(orders)).toBe(true);
    clock.nowMs += 8000;
    learn(acked);
    expect(pressure.rests(orders)).toBe(false);
  });

  it('gets fewer and larger loads, as far as a load can grow, and slowly those of before', () => {
    const { pressure, learn } = setUp();
    const limitsOf = (table: TableId) => grown({ maxRows: 2, maxBytes: 1000, mostBytes: 4000 }, pressure.growth(table));
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
    expect(pressure.rests(orders)).toBe(true);
    clock.nowMs = 300_000;
    expect(pressure.rests(orders)).toBe(false);
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
