import type { SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { acked, type Outcome } from '../../src/delivery/outcomes.ts';
import { createRouter } from '../../src/messages/route.ts';
import { ingest } from '../../src/pipeline/ingest.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import { csvLayout, type RecordParts, sqsRecord } from '../builders.ts';
import { type BucketCall, fakeBucket, type Met } from '../fake-bucket.ts';

const nowMs = Date.UTC(2026, 5, 7);

/** Ingest with a delivery that acks, or does as told by chunk, and a bucket for what is rejected. */
async function run(
  parts: readonly RecordParts[],
  {
    fate = () => acked,
    meet,
    hasBucket = true,
  }: {
    readonly fate?: (chunk: Chunk) => Outcome;
    readonly meet?: (call: BucketCall) => Met;
    readonly hasBucket?: boolean;
  } = {},
) {
  const bucket = fakeBucket(meet);
  const order: string[] = [];
  const events: string[] = [];
  const rules = { database: 'shop', table: 'orders', allow: [], properties: {} };
  const records: SQSRecord[] = parts.map((part) => sqsRecord(part));
  const failures = await ingest(records, nowMs + 60_000, {
    limitsOf: () => ({ maxRows: 100, maxBytes: 1024 ** 2 }),
    telemetry: { event: (...args) => void events.push(JSON.stringify(args)), count: () => undefined },
    clock: { now: () => nowMs, sleep: () => new Promise<void>(() => undefined), random: () => 0 },
    ...{ postpone: undefined, payloads: undefined, rules, route: createRouter(rules) },
    rejectedIn: hasBucket ? bucket.store : undefined,
    decode: { maxInflatedBytes: 1024 ** 2, defaultFormat: undefined, csv: csvLayout, keepsBadRows: hasBucket },
    schemaOf: async () => undefined,
    delivery: {
      async take({ items }) {
        order.push(...items.map(({ text }) => `${text} (${bucket.bodies.size} kept)`));
        return new Map(items.map((item) => [item, fate(item)]));
      },
    },
  });
  const kept = [...bucket.bodies].map(([key, bytes]) => ({
    key,
    lines: Buffer.from(bytes)
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object),
  }));
  return { failed: failures.map(({ itemIdentifier }) => itemIdentifier), kept, order, events: events.join('\n') };
}

const group = 'A';
const poison: RecordParts = { messageId: 'm2', body: 'hunter2 is no row', group, attributes: { table: 'orders' } };
const fifo: readonly RecordParts[] = [
  { messageId: 'm1', body: '{"id":1}', group },
  poison,
  { messageId: 'm3', body: '{"id":3}', group },
];

describe('a message that can never be loaded', () => {
  it('is kept whole and acked, and its group goes on', async () => {
    const { failed, kept, order, events } = await run(fifo);
    expect(failed).toEqual([]);
    expect(order.map((text) => text.slice(0, 8))).toEqual(['{"id":1}', '{"id":3}']);
    expect(kept).toEqual([
      {
        key: expect.stringMatching(/^rejected\/messages\/2026-01-01\/[0-9a-f]{32}\.ndjson$/),
        lines: [
          {
            ...{ code: 'MESSAGE_SHAPE_UNKNOWN', reason: expect.any(String), messageId: 'm2', body: poison.body, group },
            attributes: { table: { dataType: 'String', stringValue: 'orders' } },
            ...{ queue: expect.stringContaining('rows.fifo'), sentMs: 1_767_225_600_000 },
          },
        ],
      },
    ]);
    expect(events).toContain('MESSAGE_SHAPE_UNKNOWN');
    expect(events).not.toContain('hunter2');
  });

  it.each(['refuse', 'lose'] as const)(
    'comes again, and its group waits, when S3 does not keep it (%s)',
    async (met) => {
      const { failed, order } = await run(fifo, { meet: () => met });
      expect(failed).toEqual(['m2', 'm3']);
      expect(order).toHaveLength(1);
    },
  );

  it('goes the way of the queue where there is no bucket', async () => {
    const { failed, kept } = await run(fifo, { hasBucket: false });
    expect([failed, kept]).toEqual([['m2', 'm3'], []]);
  });

  it('is kept also when only the delivery finds out', async () => {
    const fate = ({ text }: Chunk): Outcome =>
      text.includes('3') ? { verdict: 'reject', code: 'CHUNK_CHANGED', detail: 'Chunk c.' } : acked;
    const { failed, kept } = await run([{ messageId: 'm1' }, { messageId: 'm3', body: '{"id":3}' }], { fate });
    expect(failed).toEqual([]);
    expect(kept.flatMap(({ lines }) => lines)).toMatchObject([
      { code: 'CHUNK_CHANGED', messageId: 'm3', body: '{"id":3}' },
    ]);
  });

  it('is not parked for what may heal', async () => {
    const fate = (): Outcome => ({ verdict: 'retry', code: 'STARROCKS_TRANSIENT', detail: 'x' });
    const { failed, kept } = await run([{ messageId: 'm1' }], { fate });
    expect([failed, kept]).toEqual([['m1'], []]);
  });
});

describe('rows of a message that are no rows', () => {
  const body = '{"id":1}\n{"id":2,"x":NaN}\n[3]\n{"id":4}';

  it('are kept with their places before the others load', async () => {
    const { failed, kept, order } = await run([{ messageId: 'm1', body, attributes: { chunk: 'c1' } }]);
    expect(failed).toEqual([]);
    expect(order).toEqual(['{"id":1}\n{"id":4} (1 kept)']);
    expect(kept).toMatchObject([
      {
        key: expect.stringMatching(/^rejected\/shop\.orders\/2026-06-07\/[0-9a-f]{32}-read\.ndjson$/),
        lines: [
          { id: 'c1', row: 1, text: '{"id":2,"x":NaN}', reason: expect.any(String) },
          { id: 'c1', row: 2, text: '[3]' },
        ],
      },
    ]);
  });

  it('are kept when nothing else is in their message', async () => {
    const { failed, kept, order } = await run([{ messageId: 'm1', body: '{"id":NaN}' }]);
    expect([failed, order]).toEqual([[], []]);
    expect(kept).toHaveLength(1);
  });

  it('hold their message back until they are kept', async () => {
    const { failed, order } = await run([{ messageId: 'm1', body }, { messageId: 'm2' }], { meet: () => 'refuse' });
    expect(failed).toEqual(['m1']);
    expect(order).toHaveLength(1);
  });
});
