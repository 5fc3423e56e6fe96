import { describe, expect, it } from 'vitest';
import { acked, type Outcome, reject, retry, sameFor } from '../../src/delivery/outcomes.ts';
import { loadedTag } from '../../src/kit/bucket-prefixes.ts';
import { loadSegments } from '../../src/pipeline/load.ts';
import { createPace } from '../../src/pipeline/pace.ts';
import { type Segment, writePointer } from '../../src/rows/segment.ts';
import { destination, sqsRecord } from '../builders.ts';
import { type BucketCall, fakeBucket, type Met } from '../fake-bucket.ts';
import { manualClock } from '../manual-clock.ts';

const segmentOf = (table: string): Segment => ({
  ...{ id: table, key: `segments/shop.${table}/1.rows`, destination: destination({ table }), rows: 1 },
  ...{ bytes: 10, compression: 'none' },
});

/** Pointers to a segment of each table, and what becomes of each. */
async function load(
  ends: Readonly<Record<string, Outcome>>,
  meet?: (call: BucketCall) => Met,
  { takesMs = 0, deadlineMs = 100_000 } = {},
) {
  const clock = manualClock();
  const bucket = fakeBucket(meet);
  const said: unknown[][] = [];
  const records = Object.keys(ends).map((table) =>
    sqsRecord({ messageId: table, body: writePointer(segmentOf(table)) }),
  );
  const failed = await loadSegments(records, deadlineMs, {
    limitsOf: () => ({ maxRows: 100, maxBytes: 1000 }),
    delivery: {
      take: async ({ destination: { table }, items }) => {
        clock.nowMs += takesMs;
        return sameFor(items, ends[table] ?? acked);
      },
    },
    ...{ pace: createPace(), clock, postpone: undefined, rejectedIn: bucket.store, segmentsIn: bucket.store },
    telemetry: { event: (...event) => void said.push(event), count: () => undefined },
  });
  const warnings = said.filter(([, what]) => what === 'segments not marked as loaded');
  return { failed: failed.map(({ itemIdentifier }) => itemIdentifier), tags: bucket.tags, bucket, warnings };
}

describe('a segment', () => {
  it('is marked when it is loaded, and neither when it waits nor when its pointer is parked', async () => {
    const ends = { loaded: acked, waits: retry('STARROCKS_THROTTLED', ''), parked: reject('ROWS_REFUSED', 'no') };
    const { failed, tags, bucket } = await load(ends);
    expect(failed).toEqual(['waits']);
    expect([...bucket.bodies.keys(), ...bucket.objects.keys()].some((key) => key.startsWith('rejected/'))).toBe(true);
    expect([...tags]).toEqual([[segmentOf('loaded').key, loadedTag]]);
  });

  it('that cannot be marked is acked all the same, and one line tells of all of them', async () => {
    const isTag = ({ method }: BucketCall) => (method === 'tag' ? 'refuse' : 'pass');
    const { failed, tags, warnings } = await load({ a: acked, b: acked }, isTag);
    expect([failed, tags.size]).toEqual([[], 0]);
    expect(warnings).toEqual([['warn', 'segments not marked as loaded', { segments: 2, error: 'Error' }]]);
  });

  it('is not marked when the time is over: the answer goes first', async () => {
    const { failed, bucket } = await load({ a: acked }, undefined, { takesMs: 5000, deadlineMs: 5000 });
    expect(failed).toEqual([]);
    expect(bucket.calls.filter(({ method }) => method === 'tag')).toEqual([]);
  });
});
