import { afterEach, describe, expect, it, vi } from 'vitest';
import { acked, type Outcome, reject, retry } from '../../src/delivery/outcomes.ts';
import { createRouter } from '../../src/messages/route.ts';
import { ingest } from '../../src/pipeline/ingest.ts';
import { RejectionMemory } from '../../src/pipeline/rejections.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import { csvLayout, type RecordParts, sqsRecord } from '../builders.ts';
import { deployedLog } from '../deployed-log.ts';
import { fakeBucket } from '../fake-bucket.ts';

afterEach(() => vi.restoreAllMocks());

const poison = { messageId: 'm1', body: 'no row' };
const nowMs = Date.UTC(2026, 5, 7);

/** Ingest in processes that a test begins, with a bucket or without. */
function setUp({ hasBucket }: { readonly hasBucket: boolean }) {
  const { telemetry, lines, counts } = deployedLog();
  const bucket = fakeBucket();
  const rules = { database: 'shop', table: 'orders', allow: [], properties: {} };
  const newProcess = () => {
    const rejections = new RejectionMemory();
    return async (parts: readonly RecordParts[], fate: (chunk: Chunk) => Outcome = () => acked) => {
      const failures = await ingest(
        parts.map((part) => sqsRecord(part)),
        nowMs + 60_000,
        {
          ...{ telemetry, rejections, rules, route: createRouter(rules), postpone: undefined, payloads: undefined },
          limitsOf: () => ({ maxRows: 100, maxBytes: 1024 ** 2 }),
          clock: { now: () => nowMs, sleep: () => new Promise<void>(() => undefined), random: () => 0 },
          rejectedIn: hasBucket ? bucket.store : undefined,
          decode: { maxInflatedBytes: 1024 ** 2, defaultFormat: undefined, csv: csvLayout, keepsBadRows: hasBucket },
          schemaOf: async () => undefined,
          delivery: { take: async ({ items }) => new Map(items.map((item) => [item, fate(item)])) },
        },
      );
      return failures.map(({ itemIdentifier }) => itemIdentifier);
    };
  };
  const told = () => lines.filter(({ message }) => message === 'message rejected');
  return { newProcess, counts, told, lines };
}

describe('a message that is rejected, and given back until it is a dead letter', () => {
  it('is counted when it is delivered first, and by no other process', async () => {
    const { newProcess, counts, told } = setUp({ hasBucket: false });
    for (const receiveCount of [1, 2, 3, 4]) {
      expect(await newProcess()([{ ...poison, receiveCount }])).toEqual(['m1']);
    }
    expect(counts).toMatchObject({ MessagesRejected: 1 });
    expect(told()).toHaveLength(4);
  });

  it('is told of once by each process, and counted once', async () => {
    const { newProcess, counts, told } = setUp({ hasBucket: false });
    const deliver = newProcess();
    for (const receiveCount of [1, 2, 3]) await deliver([{ ...poison, receiveCount }]);
    expect(counts).toMatchObject({ MessagesRejected: 1 });
    expect(told()).toMatchObject([{ level: 'ERROR', messageId: 'm1', code: 'MESSAGE_SHAPE_UNKNOWN' }]);
  });

  it('is counted by the process that had given it back for another reason', async () => {
    const { newProcess, counts } = setUp({ hasBucket: false });
    const deliver = newProcess();
    await deliver([{ messageId: 'm1' }], () => retry('STARROCKS_TRANSIENT', ''));
    for (const receiveCount of [2, 3]) {
      await deliver([{ messageId: 'm1', receiveCount }], () => reject('ROWS_REFUSED', 'It does not fit.'));
    }
    expect(counts).toMatchObject({ MessagesRejected: 1 });
  });
});

describe('a message that is rejected, and parked', () => {
  it('is counted when it is acked: not while it comes again with its group', async () => {
    const { newProcess, counts, told } = setUp({ hasBucket: true });
    const group = 'A';
    const deliver = (receiveCount: number, fate?: () => Outcome) =>
      newProcess()(
        [
          { messageId: 'm0', group, receiveCount },
          { ...poison, group, receiveCount },
        ],
        fate,
      );
    for (const receiveCount of [1, 2, 3]) {
      expect(await deliver(receiveCount, () => retry('STARROCKS_TRANSIENT', ''))).toEqual(['m0', 'm1']);
    }
    expect([counts['MessagesRejected'], told()]).toEqual([undefined, []]);
    expect(await deliver(4)).toEqual([]);
    expect(counts).toMatchObject({ MessagesRejected: 1 });
    expect(told()).toMatchObject([{ messageId: 'm1', code: 'MESSAGE_SHAPE_UNKNOWN', isParked: true }]);
  });

  it('is counted when only the delivery finds out, in whatever delivery', async () => {
    const { newProcess, counts, told } = setUp({ hasBucket: true });
    await newProcess()([{ messageId: 'm1', receiveCount: 7 }], () => reject('CHUNK_CHANGED', 'Chunk c.'));
    expect(counts).toMatchObject({ MessagesRejected: 1 });
    expect(told()).toMatchObject([{ code: 'CHUNK_CHANGED', isParked: true }]);
  });
});

describe('rows that are none', () => {
  it('are counted when their message is acked, not at each of its deliveries', async () => {
    const { newProcess, counts, lines } = setUp({ hasBucket: true });
    const message = { messageId: 'm1', body: '{"id":1}\n{"id":NaN}\n[3]' };
    for (const receiveCount of [1, 2]) {
      await newProcess()([{ ...message, receiveCount }], () => retry('STARROCKS_TRANSIENT', ''));
    }
    expect(counts['RowsRejected']).toBeUndefined();
    await newProcess()([{ ...message, receiveCount: 3 }]);
    expect(counts).toMatchObject({ RowsRejected: 2 });
    const told = lines.filter(({ message: text }) => text === 'rows rejected');
    expect(told).toEqual([expect.objectContaining({ rows: 2, table: 'shop.orders', code: 'ROW_NOT_JSON' })]);
  });
});
