import { describe, expect, it } from 'vitest';
import { acked, sameFor } from '../../src/delivery/outcomes.ts';
import { areAllLoaded, receivedOf } from '../../src/pipeline/message-outcomes.ts';
import type { Arrived } from '../../src/pipeline/plan-lanes.ts';
import { type Chunk, newChunk } from '../../src/rows/chunk.ts';
import { destination, sqsRecord } from '../builders.ts';

const records = ['a', 'b', 'c'].map((messageId) => sqsRecord({ messageId }));
const carried = (messageId: string, more: Partial<Chunk> = {}): Arrived<Chunk> => ({
  ...{ ok: true, messageId, destination: destination() },
  item: { ...newChunk({ id: messageId, layout: 'lines', text: '{"id":1}', rows: 1 }), ...more },
});
const failed: Arrived<Chunk> = { ok: false, messageId: 'b', rejection: { code: 'ROW_NOT_JSON', detail: '' } };

describe('what the messages of an event carry', () => {
  it.each<[string, Arrived<Chunk>[], boolean]>([
    ['one part for each record', ['a', 'b', 'c'].map((id) => carried(id)), true],
    ['several parts for some', ['a', 'b', 'b', 'c', 'c'].map((id) => carried(id)), true],
    ['nothing for the first record', ['b', 'c'].map((id) => carried(id)), false],
    ['nothing for one between', ['a', 'c'].map((id) => carried(id)), false],
    ['nothing for the last record', ['a', 'b', 'b'].map((id) => carried(id)), false],
    ['another order', ['a', 'c', 'b'].map((id) => carried(id)), false],
    ['what is of no record', ['a', 'b', 'c', 'd'].map((id) => carried(id)), false],
    ['a message that cannot be taken', [carried('a'), failed, carried('c')], false],
    ['a part that cannot be taken', [carried('a'), carried('b'), failed, carried('c')], false],
    ['nothing at all', [], false],
  ])('is all taken, or not: %s', (_, arrived, areAllTaken) => {
    const received = receivedOf(records, arrived);
    expect(received).toEqual({ rows: arrived.filter(({ ok }) => ok).length, areAllTaken, haveBadRows: false });
    const items = arrived.flatMap((message) => (message.ok ? [message.item] : []));
    expect(areAllLoaded(received, { items: items.length }, sameFor(items, acked))).toBe(areAllTaken);
    expect(areAllLoaded(received, { items: items.length + 1 }, sameFor(items, acked))).toBe(false);
  });

  it('says whether rows are among them that are none', () => {
    const badRows = [{ row: 0, code: 'ROW_NOT_JSON', reason: 'x', text: 'x' }] as const;
    expect(receivedOf(records, [carried('a'), carried('b', { badRows }), carried('c')]).haveBadRows).toBe(true);
  });
});
