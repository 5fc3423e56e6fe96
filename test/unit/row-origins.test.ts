import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinSegment } from '../../src/rows/body.ts';
import { findOrigins, originsOfChunk, parseOrigins, writeOrigins } from '../../src/rows/row-origins.ts';
import { chunk, csvLayout, destination } from '../builders.ts';

const unreadable = (row: number) => ({ row, code: 'ROW_NOT_JSON' as const, reason: '', text: '' });

/** A message of some rows, of which those that are none are parted: each row says where it stood. */
function messageOf(name: string, kinds: readonly boolean[]) {
  const good = kinds.flatMap((isGood, place) => (isGood ? [JSON.stringify({ name, place })] : []));
  const bad = kinds.flatMap((isGood, place) => (isGood ? [] : [unreadable(place)]));
  return chunk({
    ...{ id: `c-${name}`, messageId: `m-${name}`, from: 'arn:rows', text: good.join('\n'), rows: good.length },
    ...(bad.length > 0 ? { badRows: bad.toReversed() } : {}),
  });
}

describe('whose message a row of a segment is', () => {
  it('is known of each row, with its place in the message, when it was written down and read again', () => {
    const messages = fc.array(fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(messages, (all) => {
        const chunks = all.map((kinds, at) => messageOf(String(at), kinds)).filter(({ rows }) => rows > 0);
        fc.pre(chunks.length > 0);
        const { body, rows, origins = [] } = joinSegment(csvLayout)(chunks, destination());
        const sent = JSON.parse(`[${Buffer.concat([...(body.open() as Iterable<Uint8Array>)])}]`);
        const found = [...findOrigins(parseOrigins(JSON.stringify(writeOrigins(origins))), sent.keys())];
        expect(found).toHaveLength(rows);
        expect(found.map(({ run, place }) => ({ ...run, place }))).toMatchObject(
          sent.map(({ name, place }: { readonly name: string; readonly place: number }) => ({
            ...{ id: `c-${name}`, messageId: `m-${name}`, source: 'arn:rows', place },
          })),
        );
      }),
    );
  });

  it('is known of the last rows of each key, where rows delete', () => {
    const rowsOf = (name: string, keys: readonly number[]) =>
      chunk({
        ...{ id: `c-${name}`, messageId: `m-${name}`, rows: keys.length, hasDeletes: true },
        text: keys.map((id) => JSON.stringify({ id, name, __op: 0 })).join('\n'),
      });
    const chunks = [rowsOf('a', [1, 2, 3, 4]), rowsOf('b', [2, 5, 2])];
    const { rows, origins = [] } = joinSegment(csvLayout)(chunks, destination({ primaryKey: ['id'] }));
    expect(rows).toBe(5);
    expect(origins.map(({ messageId, place, rows: count }) => [messageId, place, count])).toEqual([
      ['m-a', 0, 1],
      ['m-a', 2, 2],
      ['m-b', 1, 2],
    ]);
  });

  it('is found of some rows only', () => {
    const origins = [
      ...originsOfChunk(messageOf('a', [true, false, true])),
      ...originsOfChunk(messageOf('b', [true, true])),
    ];
    const found = [...findOrigins(origins, [1, 3])].map(({ run, place, row }) => [run.messageId, place, row]);
    expect(found).toEqual([
      ['m-a', 2, 1],
      ['m-b', 1, 3],
    ]);
  });
});
