import { describe, expect, it } from 'vitest';
import { bodyOf } from '../../src/rows/body.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import { chunk, joinRows } from '../builders.ts';

function text(chunks: readonly Chunk[]): string {
  const body = joinRows(chunks);
  const joined = Buffer.concat([...(body.open() as Iterable<Uint8Array>)]);
  expect(body.bytes).toBe(joined.byteLength);
  return joined.toString();
}

describe('joinRows', () => {
  it('makes one array of JSON of every layout', () => {
    const lines = chunk({ layout: 'lines', text: '{"a":"ü"}\n{"a":"\\n"}\r\n{"a":3}' });
    const items = chunk({ layout: 'items', text: '{"b":\n1},\n{"b":2}' });
    expect(text([lines, items, lines])).toBe(
      '[{"a":"ü"},{"a":"\\n"}\r,{"a":3},{"b":\n1},\n{"b":2},{"a":"ü"},{"a":"\\n"}\r,{"a":3}]',
    );
  });

  it('makes an array also when chunks are empty, wherever they stand', () => {
    const empty = chunk({ layout: 'items', text: '', rows: 0 });
    const one = chunk({ text: '{}' });
    expect(text([empty])).toBe('[]');
    expect(text([empty, empty])).toBe('[]');
    expect(text([empty, one, empty, one, empty])).toBe('[{},{}]');
  });

  it('puts CSV together as it is', () => {
    const csv = (rows: string) => chunk({ layout: 'csv', text: rows });
    expect(text([csv('1\u0001a\u0002'), csv('2\u0001€,\n\u0002')])).toBe('1\u0001a\u00022\u0001€,\n\u0002');
  });
});

describe('bodyOf', () => {
  it('can be opened as often as it is sent', () => {
    const body = bodyOf(Buffer.from('[]'));
    expect([...(body.open() as Iterable<Uint8Array>)]).toEqual([...(body.open() as Iterable<Uint8Array>)]);
  });
});
