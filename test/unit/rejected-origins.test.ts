import { describe, expect, it } from 'vitest';
import { atLeastOnce } from '../../src/delivery/at-least-once.ts';
import { newRun } from '../../src/delivery/delivery.ts';
import type { LoadRequest, LoadResult } from '../../src/ports.ts';
import { bodyOf, joinSegment } from '../../src/rows/body.ts';
import { writeOrigins } from '../../src/rows/row-origins.ts';
import { segmentReader } from '../../src/rows/row-readers.ts';
import type { Segment } from '../../src/rows/segment.ts';
import { joinStreams } from '../../src/rows/stream-body.ts';
import { chunk, csvLayout, destination, sqsRecord } from '../builders.ts';
import { type BucketCall, fakeBucket, type Met } from '../fake-bucket.ts';

const day = Date.UTC(2026, 0, 2);
const [key, origins] = ['segments/shop.orders/s1', 'origins/shop.orders/s1'];

/** A segment of two messages, each with a bad row; a StarRocks that refuses a load with one. */
async function setUp({
  meet,
  told,
  isInPointer = false,
}: {
  readonly meet?: (call: BucketCall) => Met;
  readonly told?: string;
  readonly isInPointer?: boolean;
} = {}) {
  const bucket = fakeBucket(meet);
  const texts = ['a', 'b'].map((name) => [`{"v":"${name}"}`, `{"v":"bad ${name}"}`]);
  const chunks = texts.map((rows, at) => chunk({ id: `c${at}`, messageId: `m${at}`, text: rows.join('\n'), rows: 2 }));
  const joined = joinSegment(csvLayout)(chunks, destination());
  await bucket.store.putBody(key, joined.body);
  const rowOrigins = isInPointer ? writeOrigins(joined.origins ?? []) : undefined;
  const text = told ?? JSON.stringify(writeOrigins(joined.origins ?? []));
  if (text !== '' && !isInPointer) await bucket.store.putBody(origins, bodyOf(Buffer.from(text)));
  const { body, rows } = joined;
  const segment: Segment = {
    ...{ id: 's1', key, rows, bytes: body.bytes, compression: 'none', destination: destination() },
    ...(rowOrigins ? { rowOrigins } : { origins }),
  };
  const load = async ({ body }: LoadRequest): Promise<LoadResult> => {
    const sent = Buffer.concat(await Array.fromAsync(body.open())).toString();
    if (sent.includes('bad')) return { state: 'refused', kind: 'data', message: 'a row does not fit' };
    return { state: 'loaded', visible: true, already: false };
  };
  const open = ({ key }: Segment) => bucket.store.open(key);
  const clock = { now: () => day, sleep: async () => undefined, random: () => 0 };
  const delivery = atLeastOnce<Segment>({
    ...{ starrocks: { load }, join: joinStreams(open), labelPrefix: undefined, miscounts: undefined, clock },
    telemetry: { event: () => undefined, count: () => undefined },
    badRows: { ...segmentReader(csvLayout, open), objects: bucket.store },
  });
  const take = async () => {
    const run = newRun([sqsRecord()], day + 60_000);
    return (await delivery.take({ destination: segment.destination, items: [segment] }, run)).get(segment);
  };
  const rejected = () =>
    [...bucket.bodies].flatMap(([name, bytes]) =>
      name.startsWith('rejected/')
        ? Buffer.from(bytes)
            .toString()
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line))
        : [],
    );
  return { take, rejected };
}

const ofMessages = [
  { id: 'c0', messageId: 'm0', row: 1, text: '{"v":"bad a"}' },
  { id: 'c1', messageId: 'm1', row: 1, text: '{"v":"bad b"}' },
];
const ofSegment = [
  { id: 's1', row: 1, text: '{"v":"bad a"}' },
  { id: 's1', row: 3, text: '{"v":"bad b"}' },
];

describe('the bad rows of a segment', () => {
  it('are kept under the names of their messages', async () => {
    const { take, rejected } = await setUp();
    expect(await take()).toEqual({ verdict: 'ack' });
    expect(rejected()).toMatchObject(ofMessages);
  });

  it('are so too when their pointer says whose they are', async () => {
    const { take, rejected } = await setUp({ isInPointer: true });
    expect(await take()).toEqual({ verdict: 'ack' });
    expect(rejected()).toMatchObject(ofMessages);
  });

  it.each([1, 2])('are so too when S3 fails %i times to say whose they are', async (times) => {
    let failures = 0;
    const meet = ({ method, key }: BucketCall) =>
      method === 'getText' && key === origins && ++failures <= times ? 'refuse' : 'pass';
    const { take, rejected } = await setUp({ meet });
    expect(await take()).toEqual({ verdict: 'ack' });
    expect(rejected()).toMatchObject(ofMessages);
  });

  it('wait while S3 does not say whose they are, and are kept once, under no other name', async () => {
    let isAway = true;
    const meet = ({ method, key }: BucketCall) =>
      method === 'getText' && key === origins && isAway ? 'refuse' : 'pass';
    const { take, rejected } = await setUp({ meet });
    expect(await take()).toMatchObject({ verdict: 'retry', code: 'LEDGER_UNAVAILABLE' });
    expect(rejected()).toEqual([]);
    isAway = false;
    expect(await take()).toEqual({ verdict: 'ack' });
    expect(rejected()).toMatchObject(ofMessages);
  });

  it.each([
    ['is there', ''],
    ['of it is ours', '{"runs":[[0,0,9]]}'],
    ['of it can be read', '{'],
    ['fits', '{"chunks":[{"id":"c0"}],"runs":[[0,0,2]]}'],
  ])("are the segment's own where nothing %s that says whose they are", async (_, told) => {
    const { take, rejected } = await setUp({ told });
    expect(await take()).toEqual({ verdict: 'ack' });
    expect(rejected()).toMatchObject(ofSegment);
  });
});
