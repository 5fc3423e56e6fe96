import { describe, expect, it } from 'vitest';
import { costOf, fixedCosts, type Packing, type Traffic } from '../../infra/costs.ts';

const traffic = (packing: Packing, more: Partial<Traffic> = {}): Traffic => ({
  ...{ rows: 1e6, bytesPerRow: 200, packing, compression: 1, semantic: 'at-least-once' },
  ...more,
});

describe('costOf', () => {
  it.each<[string, Traffic, Partial<Record<'sqs' | 'lambda' | 's3', number>>]>([
    // 1e6 sends, 1e5 receives, 1e5 deletes; 1e6 * (200 * 1.16 + 950) bytes in events of 6 MB.
    ['rows sent one by one', traffic('single'), { sqs: 0.48, lambda: 197 * (0.2e-6 + 2 * 1.33334e-5), s3: 0 }],
    ['rows sent ten at a time', traffic('batched'), { sqs: 0.12, s3: 0 }],
    // 200 MB are 3,052 requests of 64 KiB, sent and received; 763 messages.
    ['packed rows', traffic('packed'), { sqs: 0.4e-6 * (2 * 3051.76 + 76.3) }],
  ])('counts requests and seconds of %s', (_, given, expected) => {
    const cost = costOf(given);
    for (const [part, amount] of Object.entries(expected)) {
      expect(cost[part as keyof typeof expected], part).toBeCloseTo(amount, 4);
    }
    expect(cost.total).toBeCloseTo(cost.sqs + cost.lambda + cost.s3, 12);
  });

  it('adds requests for each batch with exactly-once, and none for each message', () => {
    const [plain, once] = (['at-least-once', 'exactly-once'] as const).map((semantic) =>
      costOf(traffic('single', { semantic })),
    );
    // 197 events, each a load: two books written twice and read once each, marker, decision and mark.
    expect((once?.s3 ?? 0) - (plain?.s3 ?? 0)).toBeCloseTo(197 * (7 * 0.005e-3 + 2 * 0.0004e-3), 6);
  });

  it('keeps staged rows for days, and marks what is loaded', () => {
    const [plain, once] = (['at-least-once', 'exactly-once'] as const).map((semantic) =>
      costOf(traffic('packed', { semantic, rows: 5e6 })),
    );
    // 1 GB: 195 segments, each with a mark, for three days.
    expect(plain?.s3).toBeCloseTo(195 * (2 * 0.005e-3 + 0.0004e-3) + 0.0023, 4);
    // Each with a decision and two books written twice and read once; 11 loads.
    expect(once?.s3).toBeCloseTo((195 * 7 + 11 * 7) * 0.005e-3 + (195 * 3 + 11 * 3) * 0.0004e-3 + 0.0023, 4);
  });

  it('is less for each step: ten at a time, packed, compressed', () => {
    const totals = [
      traffic('single'),
      traffic('batched'),
      traffic('packed'),
      traffic('packed', { compression: 0.33 }),
    ].map((given) => costOf(given).total);
    expect(totals).toEqual([...totals].sort((a, b) => b - a));
  });

  it('grows with the rows', () => {
    const [one, ten] = [1e6, 1e7].map((rows) => costOf(traffic('packed', { rows })).total);
    expect((ten ?? 0) / (one ?? 1)).toBeCloseTo(10, 0);
  });
});

describe('fixedCosts', () => {
  it('follow the number of alarms and metrics', () => {
    const sum = (alarms: number, metrics: number) =>
      fixedCosts(alarms, metrics).reduce((total, { perMonth }) => total + perMonth, 0);
    expect(sum(11, 10) - sum(10, 10)).toBeCloseTo(0.2);
    expect(sum(10, 11) - sum(10, 10)).toBeCloseTo(0.3);
  });
});
