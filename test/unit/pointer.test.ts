import { describe, expect, it } from 'vitest';
import { newRun } from '../../src/delivery/delivery.ts';
import { stageAtLeastOnce } from '../../src/delivery/stage.ts';
import { joinSegment } from '../../src/rows/body.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import { parseOrigins, readOrigins } from '../../src/rows/row-origins.ts';
import { readPointer, type Segment, writePointer } from '../../src/rows/segment.ts';
import { chunk, csvLayout, destination } from '../builders.ts';
import { fakeBucket } from '../fake-bucket.ts';

const chunksOf = (count: number, name = 'c') =>
  Array.from({ length: count }, (_, at) => chunk({ id: `${name}${at}`, messageId: `m${at}`, text: `{"id":${at}}` }));

/** Stages messages: what their pointer is read as, and the objects that were written. */
async function stage(items: readonly Chunk[]) {
  const { store: objects, bodies } = fakeBucket();
  const sent: Segment[] = [];
  const delivery = stageAtLeastOnce({
    ...{ objects, compression: 'none', join: joinSegment(csvLayout), labelPrefix: undefined },
    sendPointer: async (segment) => void sent.push(segment),
    telemetry: { event: () => undefined, count: () => undefined },
  });
  await delivery.take({ destination: destination(), items }, newRun([], 1_800_000_000_000));
  const text = writePointer(sent[0] as Segment);
  return { segment: readPointer(text), text, bodies };
}

describe('a pointer', () => {
  it('says whose messages the rows are, which needs no object of its own', async () => {
    const { segment, bodies } = await stage(chunksOf(21));
    expect([...bodies.keys()]).toEqual([segment?.key]);
    expect(segment?.rowOrigins && readOrigins(segment.rowOrigins)).toMatchObject(
      chunksOf(21).map(({ id, messageId }) => ({ id, messageId, place: 0, rows: 1 })),
    );
  });

  it.each([
    ['long', chunksOf(1000)],
    ['of characters that SQS may refuse', chunksOf(1, '\ufffe')],
  ])('does not when that is %s: an object does', async (_, items) => {
    const { segment, text, bodies } = await stage(items);
    expect(segment?.rowOrigins).toBeUndefined();
    expect(text).toMatch(/^[ -~]{1,1000}$/);
    const told = parseOrigins(String(bodies.get(segment?.origins ?? '')));
    expect(told.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
  });

  it('of an older version, or with origins that cannot be read, leads to its segment all the same', async () => {
    const { segment, text } = await stage(chunksOf(1));
    const { rowOrigins, ...older } = JSON.parse(text);
    expect(rowOrigins).toBeDefined();
    const { rowOrigins: _, ...bare } = segment as Segment;
    expect(readPointer(JSON.stringify(older))).toEqual(bare);
    expect(readPointer(JSON.stringify({ ...older, rowOrigins: 'elsewhere' }))).toEqual(bare);
    expect(readPointer(JSON.stringify({ ...older, origins: 'origins/shop.orders/1.json' }))).toEqual({
      ...bare,
      origins: 'origins/shop.orders/1.json',
    });
  });
});
