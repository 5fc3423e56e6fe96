import type { SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acked, type Outcome } from '../../src/delivery/outcomes.ts';
import { delaySeconds, giveBack } from '../../src/pipeline/back-pressure.ts';
import { sqsRecord } from '../builders.ts';

const throttled: Outcome = { verdict: 'retry', code: 'STARROCKS_THROTTLED', detail: 'too many versions' };
const records = [
  sqsRecord({ messageId: 'a' }),
  sqsRecord({ messageId: 'b', receiveCount: 3 }),
  sqsRecord({ messageId: 'c' }),
];

const sameTable = () => 't';

function setUp(fails = false) {
  const calls: { readonly ids: string[]; readonly seconds: number }[] = [];
  const told: string[] = [];
  const deps = {
    clock: { now: () => 0, sleep: () => new Promise<void>(() => undefined), random: () => 1 },
    telemetry: { event: (_: string, message: string) => void told.push(message), count: () => undefined },
    postpone: async (some: readonly SQSRecord[], seconds: number) => {
      if (fails) throw new Error('AccessDenied');
      calls.push({ ids: some.map(({ messageId }) => messageId), seconds });
    },
  };
  return { calls, told, deps };
}

describe('giveBack', () => {
  it('gives throttled messages back together, for as long as the most delivered of them says', async () => {
    const { calls, deps } = setUp();
    await giveBack(
      records,
      new Map([
        ['a', throttled],
        ['b', throttled],
        ['c', acked],
      ]),
      sameTable,
      5000,
      deps,
    );
    expect(calls).toEqual([{ ids: ['a', 'b'], seconds: 120 }]);
  });

  it('gives messages of another table back for as long as their own deliveries say', async () => {
    const { calls, deps } = setUp();
    const all = new Map(records.map(({ messageId }) => [messageId, throttled]));
    await giveBack(records, all, (id) => (id === 'b' ? 'pressed' : 'other'), 5000, deps);
    expect(calls).toEqual([
      { ids: ['a', 'c'], seconds: 30 },
      { ids: ['b'], seconds: 120 },
    ]);
  });

  it('asks for nothing when no message was throttled', async () => {
    const { calls, told, deps } = setUp();
    const transient: Outcome = { verdict: 'retry', code: 'STARROCKS_TRANSIENT', detail: '' };
    await giveBack(
      records,
      new Map([
        ['a', transient],
        ['b', acked],
      ]),
      sameTable,
      5000,
      deps,
    );
    expect([calls, told]).toEqual([[], []]);
  });

  it('leaves the message to its queue when SQS refuses', async () => {
    const { told, deps } = setUp(true);
    await giveBack(records, new Map<string, Outcome>([['a', throttled]]), sameTable, 5000, deps);
    expect(told).toEqual(['not postponed']);
  });
});

describe('giveBack, when SQS does not answer', () => {
  it('waits no longer than it may, and says so', async () => {
    const { told, deps } = setUp();
    const slept: number[] = [];
    const clock = { ...deps.clock, sleep: async (ms: number) => void slept.push(ms) };
    const postpone = () => new Promise<void>(() => undefined);
    await giveBack(records, new Map<string, Outcome>([['a', throttled]]), sameTable, 700, { ...deps, clock, postpone });
    expect({ told, slept }).toEqual({ told: ['not postponed'], slept: [700] });
  });
});

describe('delaySeconds', () => {
  it('grows with every receive, and stays within half a minute, half jittered, and a quarter of an hour', () => {
    const receives = fc.integer({ min: 1, max: 1000 });
    const chance = fc.double({ min: 0, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(receives, chance, (count, jitter) => {
        const seconds = delaySeconds(count, jitter);
        expect(seconds).toBeGreaterThanOrEqual(15);
        expect(seconds).toBeLessThanOrEqual(900);
        expect(delaySeconds(count + 1, jitter)).toBeGreaterThanOrEqual(seconds);
      }),
    );
  });
});
