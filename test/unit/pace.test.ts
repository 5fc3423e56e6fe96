import { describe, expect, it } from 'vitest';
import { atLeastOnce } from '../../src/delivery/at-least-once.ts';
import { loadSegments } from '../../src/pipeline/load.ts';
import { createPace } from '../../src/pipeline/pace.ts';
import type { LoadResult } from '../../src/ports.ts';
import { type Segment, writePointer } from '../../src/rows/segment.ts';
import { joinStreams } from '../../src/rows/stream-body.ts';
import { destination, sqsRecord } from '../builders.ts';

const MiB = 1024 ** 2;
/** What the ingest function puts into one segment at most, and the time that a short-lived load function has for it. */
const [largestSegment, invocationMs] = [90 * MiB, 120_000];

const orders = destination({ table: 'orders' });

describe('the pace of loads', () => {
  it('counts on nothing in the time that every load costs', () => {
    const pace = createPace();
    expect([pace.bytesIn(orders, -1), pace.bytesIn(orders, 0), pace.bytesIn(orders, 3000)]).toEqual([0, 0, 0]);
  });

  it('follows the loads that were made', () => {
    const [fast, slow] = [createPace(), createPace()];
    for (let load = 0; load < 10; load++) {
      fast.learn(orders, 100 * MiB, 1000);
      slow.learn(orders, 100 * MiB, 20_000);
    }
    expect(fast.bytesIn(orders, 60_000)).toBeGreaterThan(slow.bytesIn(orders, 60_000));
    expect(slow.bytesIn(orders, 60_000)).toBeLessThan(300 * MiB);
  });

  it('is that of each table: one that is slow makes no other one small', () => {
    const [pace, fresh] = [createPace(), createPace()];
    for (let load = 0; load < 10; load++) pace.learn(orders, 100 * MiB, 20_000);
    const clicks = destination({ table: 'clicks' });
    expect(pace.bytesIn(clicks, 60_000)).toBe(fresh.bytesIn(clicks, 60_000));
  });

  it('learns nothing from small loads, nor from none', () => {
    const [pace, fresh] = [createPace(), createPace()];
    pace.learn(orders, 1000, 60_000);
    pace.learn(orders, 100 * MiB, 0);
    expect(pace.bytesIn(orders, 60_000)).toBe(fresh.bytesIn(orders, 60_000));
  });

  it('never falls so low that a segment is not tried at all: nothing would be learnt any more', () => {
    const pace = createPace();
    for (let load = 0; load < 100; load++) pace.learn(orders, 8 * MiB, 800_000);
    expect(pace.bytesIn(orders, invocationMs)).toBeGreaterThan(largestSegment);
  });
});

describe('the load function', () => {
  const segment = {
    ...{ id: 's1', key: 'segments/shop.orders/s1.rows', destination: destination(), rows: 1 },
    ...{ bytes: 10 * MiB, compression: 'none' as const },
  };

  /** One load that took ten seconds. */
  async function loadOnce(result: LoadResult, remainingMs = invocationMs) {
    let now = 0;
    const learnt: number[][] = [];
    const loaded: string[] = [];
    const telemetry = { event: () => undefined, count: () => undefined };
    const clock = { now: () => now, sleep: () => new Promise<void>(() => undefined), random: () => 0 };
    const load = async ({ label }: { label: string }) => {
      loaded.push(label);
      now += 10_000;
      return result;
    };
    const failed = await loadSegments([sqsRecord({ messageId: 'm1', body: writePointer(segment) })], remainingMs, {
      limitsOf: () => ({ maxRows: 100, maxBytes: largestSegment }),
      delivery: atLeastOnce<Segment>({
        ...{ starrocks: { load }, clock, telemetry, labelPrefix: undefined, miscounts: undefined, badRows: undefined },
        join: joinStreams(async function* () {}),
      }),
      pace: { ...createPace(), learn: (_, ...load) => void learnt.push(load) },
      ...{ telemetry, clock, postpone: undefined, rejectedIn: undefined, segmentsIn: { tag: async () => undefined } },
    });
    return { learnt, loaded, failed: failed.map(({ itemIdentifier }) => itemIdentifier) };
  }

  it('learns from loads that came to their end only', async () => {
    const done = await loadOnce({ state: 'loaded', visible: true, already: false });
    expect(done).toMatchObject({ learnt: [[10 * MiB, 10_000]], failed: [] });
    const unknown = await loadOnce({ state: 'unknown', message: 'timed out' });
    expect(unknown).toMatchObject({ learnt: [], failed: ['m1'] });
  });

  it('learns from a load that ran out of time: it was slower still', async () => {
    const out = await loadOnce({ state: 'unknown', message: 'timed out' }, 12_000);
    expect(out).toMatchObject({ learnt: [[10 * MiB, 10_000]], failed: ['m1'] });
  });

  it('begins nothing that would not end before its deadline', async () => {
    const late = await loadOnce({ state: 'loaded', visible: true, already: false }, 3500);
    expect(late).toMatchObject({ loaded: [], learnt: [], failed: ['m1'] });
  });
});
