import { describe, expect, it } from 'vitest';
import { acked, retry, sameFor } from '../../src/delivery/outcomes.ts';
import { drain } from '../../src/pipeline/drain.ts';
import { createPace } from '../../src/pipeline/pace.ts';
import { type Segment, writePointer } from '../../src/rows/segment.ts';
import { destination, sqsRecord } from '../builders.ts';

const segmentOf = (table: string): Segment => ({
  ...{ id: table, key: `segments/shop.${table}/a.rows`, destination: destination({ table }) },
  ...{ rows: 1, bytes: 10, compression: 'none' },
});

/** Nothing here takes any time. */
const clock = { now: () => 0, sleep: () => new Promise<void>(() => undefined), random: () => 0.5 };

describe('a drain of the load queue', () => {
  it('deletes what is loaded, hides what StarRocks does not take now for longer each time, and leaves the rest', async () => {
    const [deleted, hidden, marked]: [string[], [readonly string[], number][], string[]] = [[], [], []];
    const waiting = ['taken', 'throttled', 'failed'].map((table) =>
      sqsRecord({ messageId: table, body: writePointer(segmentOf(table)), receiveCount: 3 }),
    );
    const ends = {
      taken: acked,
      throttled: retry('STARROCKS_THROTTLED', ''),
      failed: retry('STARROCKS_TRANSIENT', ''),
    };
    const failed = await drain(100_000, {
      queue: {
        receive: async () => waiting.splice(0, 10),
        delete: async (records) => void deleted.push(...records.map(({ messageId }) => messageId)),
        postpone: async (records, seconds) => void hidden.push([records.map(({ messageId }) => messageId), seconds]),
      },
      limitsOf: () => ({ maxRows: 100, maxBytes: 1000 }),
      delivery: {
        take: async ({ destination: { table }, items }) => sameFor(items, ends[table as keyof typeof ends]),
      },
      ...{ pace: createPace(), clock, postpone: undefined, rejectedIn: undefined },
      segmentsIn: { tag: async (key) => void marked.push(key) },
      telemetry: { event: () => undefined, count: () => undefined },
    });
    expect(failed).toEqual([]);
    expect(deleted).toEqual(['taken']);
    expect(marked).toEqual([segmentOf('taken').key]);
    // Received for the third time: between half and the whole of two minutes.
    expect(hidden).toEqual([[['throttled'], 90]]);
  });
});
