import type { SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acked, type Outcome } from '../../src/delivery/outcomes.ts';
import { SinkError } from '../../src/kit/errors.ts';
import { createRouter } from '../../src/messages/route.ts';
import type { Metric } from '../../src/options/metric-names.ts';
import { ingest } from '../../src/pipeline/ingest.ts';
import { csvLayout, sqsRecord } from '../builders.ts';
import { runs } from '../property-runs.ts';

interface Sent {
  readonly id: string;
  readonly group?: string;
  readonly table?: string;
  readonly fate?: Outcome | 'not taken' | undefined;
  readonly rows?: number;
  /** The item's own identity, when it is not the message's. */
  readonly item?: string;
}

const retry = (code: 'STARROCKS_TRANSIENT' | 'STARROCKS_UNREACHABLE' = 'STARROCKS_TRANSIENT'): Outcome => ({
  verdict: 'retry',
  code,
  detail: code,
});
const rejected: Outcome = { verdict: 'reject', code: 'ROWS_REFUSED', detail: 'no' };

/** The pipeline of ingest, with a delivery that does with each item as it is told. */
async function run(messages: readonly Sent[], maxRows = 500_000) {
  const records = messages.map(({ id, group, table = 'orders', rows = 1, item = id, fate }) =>
    sqsRecord({
      messageId: id,
      body: JSON.stringify(Array.from({ length: rows }, () => ({}))),
      attributes: { table: fate === 'not taken' ? 'unreadable' : table, chunk: item },
      ...(group ? { group } : {}),
    }),
  );
  return runRecords(records, new Map(messages.map(({ id, item = id, fate = acked }) => [item, fate])), maxRows);
}

async function runRecords(records: readonly SQSRecord[], fates: ReadonlyMap<string, Sent['fate']>, maxRows: number) {
  const loaded: string[][] = [];
  const events: string[] = [];
  const counts = new Map<Metric, number>();
  const rules = { database: 'shop', table: 'orders', allow: ['*'], properties: {} };
  const failures = await ingest(records, 60_000, {
    limitsOf: () => ({ maxRows, maxBytes: 1024 ** 2 }),
    telemetry: {
      event: (...args) => void events.push(JSON.stringify(args)),
      count: (metric, value) => void counts.set(metric, (counts.get(metric) ?? 0) + value),
    },
    clock: { now: () => 0, sleep: () => new Promise<void>(() => undefined), random: () => 0 },
    postpone: undefined,
    rejectedIn: undefined,
    decode: { maxInflatedBytes: 1024 ** 2, defaultFormat: undefined, csv: csvLayout },
    payloads: undefined,
    rules,
    route: createRouter(rules),
    async schemaOf({ table }) {
      if (table === 'unreadable') throw new SinkError('SEGMENT_UNREADABLE', 'Found no answer.');
      return undefined;
    },
    delivery: {
      async take({ items }) {
        loaded.push(items.map(({ id }) => id));
        await new Promise(setImmediate);
        return new Map(items.map((item) => [item, fates.get(item.id) as Outcome]));
      },
    },
  });
  return { failed: failures.map(({ itemIdentifier }) => itemIdentifier), loaded, events, counts };
}

describe('messages of a FIFO queue', () => {
  it('are loaded in the order of their group, neighbours of one table together', async () => {
    const tables = ['a', 'a', 'b', 'a', 'a'];
    const { failed, loaded } = await run(tables.map((table, id) => ({ id: `m${id}`, group: 'g', table })));
    expect(loaded).toEqual([['m0', 'm1'], ['m2'], ['m3', 'm4']]);
    expect(failed).toEqual([]);
  });

  it.each<[string, Sent['fate']]>([
    ['is retried', retry()],
    ['is rejected', rejected],
    ['cannot be taken', 'not taken'],
  ])('go no further than a message of their group that %s, and other groups go on', async (_, fate) => {
    const { failed, loaded } = await run([
      { id: 'x1', group: 'x', table: 'a' },
      { id: 'y1', group: 'y', table: 'a' },
      { id: 'x2', group: 'x', table: 'b', fate },
      { id: 'y2', group: 'y', table: 'b' },
      { id: 'x3', group: 'x', table: 'a' },
      { id: 'y3', group: 'y', table: 'a' },
    ]);
    expect(failed).toEqual(['x2', 'x3']);
    expect(loaded.flat()).not.toContain('x3');
    expect(loaded.flat().filter((id) => id.startsWith('y'))).toEqual(['y1', 'y2', 'y3']);
  });

  it('are never loaded behind a failure of their group, and all others are, whatever fails', async () => {
    const message = fc.record({
      group: fc.constantFrom('x', 'y', 'z'),
      table: fc.constantFrom('a', 'b'),
      fate: fc.constantFrom<Sent['fate'][]>(acked, acked, acked, retry(), rejected, 'not taken'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 20 }), fc.nat({ max: 3 }), async (parts, more) => {
        const messages = parts.map((part, index) => ({ ...part, id: `m${index}` }));
        const { failed, loaded } = await run(messages, 1 + more);
        for (const group of ['x', 'y', 'z']) {
          const ofGroup = messages.filter((each) => each.group === group);
          const end = ofGroup.findIndex(({ fate }) => fate !== acked);
          const before = (end < 0 ? ofGroup : ofGroup.slice(0, end)).map(({ id }) => id);
          const order = loaded.flat().filter((id) => ofGroup.some((each) => each.id === id));
          expect(order).toEqual(ofGroup.slice(0, order.length).map(({ id }) => id));
          expect(ofGroup.map(({ id }) => id).filter((id) => !failed.includes(id))).toEqual(before);
          const batchOfFailure = loaded.findIndex((ids) => ids.includes(ofGroup[end]?.id ?? ''));
          if (end >= 0 && batchOfFailure >= 0) {
            const behind = loaded.slice(batchOfFailure + 1).flat();
            expect(behind.filter((id) => ofGroup.some((each) => each.id === id))).toEqual([]);
          }
        }
      }),
      { numRuns: runs(300) },
    );
  });

  it('that carry the same item twice are answered alike, in one group or in two', async () => {
    const twins = [
      { id: 'm1', group: 'x', item: 'p-1' },
      { id: 'm2', group: 'y', item: 'p-1' },
      { id: 'm3', group: 'x', item: 'p-1' },
    ];
    expect(await run(twins)).toMatchObject({ failed: [], loaded: [['p-1']] });
    const behind = [{ id: 'm0', group: 'x', fate: 'not taken' as const }, ...twins];
    expect(await run(behind)).toMatchObject({ failed: ['m0', 'm1', 'm2', 'm3'], loaded: [] });
  });

  it('without rows are acked, unless they stand behind a failure', async () => {
    const messages = [
      { id: 'm1', group: 'x', rows: 0 },
      { id: 'm2', group: 'x', fate: retry() },
      { id: 'm3', group: 'x', rows: 0 },
    ];
    expect(await run(messages)).toMatchObject({ failed: ['m2', 'm3'], loaded: [['m2']] });
  });
});

describe('messages of a standard queue', () => {
  it('are loaded also behind a failure', async () => {
    const { failed, loaded } = await run(
      ['m1', 'm2', 'm3'].map((id) => ({ id, ...(id === 'm2' ? { fate: retry() } : {}) })),
      1,
    );
    expect([failed, loaded]).toEqual([['m2'], [['m1'], ['m2'], ['m3']]]);
  });

  it('of a fair queue, which has groups and no sequence, are loaded also behind a failure', async () => {
    const records = ['m1', 'm2'].map((id) => sqsRecord({ messageId: id, group: 'tenant' }));
    for (const { attributes } of records) delete attributes.SequenceNumber;
    const fates = new Map([
      ['1767225600000-m1', retry()],
      ['1767225600000-m2', acked],
    ]);
    const { failed } = await runRecords(records, fates, 1);
    expect(failed).toEqual(['m1']);
  });

  it('that cannot be taken now are told of, without what they hold', async () => {
    const { failed, events, counts } = await run([{ id: 'm1', fate: 'not taken' }, { id: 'm2' }]);
    expect(failed).toEqual(['m1']);
    expect(events.filter((event) => event.includes('m1') && event.includes('SEGMENT_UNREADABLE'))).toHaveLength(1);
    expect(counts.get('MessagesRejected')).toBeUndefined();
  });
});

describe('an invocation', () => {
  const outside = retry('STARROCKS_UNREACHABLE');

  it.each<[string, readonly Sent['fate'][]]>([
    ['nothing got anywhere', [outside, outside]],
    ['nothing but bad messages got anywhere', [outside, rejected]],
  ])('throws when %s for a reason outside the messages', async (_, fates) => {
    const messages = fates.map((fate, id) => ({ id: `m${id}`, table: `t${id}`, fate }));
    const running = run(messages);
    await expect(running).rejects.toThrow(SinkError);
    await expect(running).rejects.toMatchObject({ code: 'STARROCKS_UNREACHABLE' });
  });

  it.each<[string, readonly Sent['fate'][]]>([
    ['something was loaded', [outside, acked]],
    ['something failed for a reason of its own', [outside, retry()]],
    ['something could not be taken', [outside, 'not taken']],
    ['all messages are bad', [rejected, rejected]],
    ['there are no messages', []],
  ])('answers when %s', async (_, fates) => {
    const messages = fates.map((fate, id) => ({ id: `m${id}`, table: `t${id}`, fate }));
    const { failed } = await run(messages);
    expect(failed).toEqual(messages.filter(({ fate }) => fate !== acked).map(({ id }) => id));
  });
});
