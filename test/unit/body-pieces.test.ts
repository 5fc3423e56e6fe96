import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pieces, writePieces } from '../../src/rows/body-pieces.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import { chunk } from '../builders.ts';
import { runs } from '../property-runs.ts';

const smallPieces = 64;

function writtenBy(chunks: readonly Chunk[], body: Buffer, isArray: boolean, pieces: Pieces): string {
  const copies: Buffer[] = [];
  for (const piece of writePieces(chunks, { bytes: body.length, isArray }, pieces)) {
    copies.push(Buffer.from(piece));
    pieces.giveBack(piece);
  }
  return Buffer.concat(copies).toString();
}

const texts = fc.array(fc.string({ unit: fc.constantFrom('a', '"', 'ü', '€', '😀', '\n'), maxLength: 200 }), {
  maxLength: 8,
});

describe('writePieces', () => {
  it('writes all of each text, wherever a piece ends, also over pieces that came back', () => {
    const pieces = new Pieces(smallPieces);
    fc.assert(
      fc.property(texts, fc.constantFrom('lines', 'items', 'csv'), fc.boolean(), (all, layout, mayBeArray) => {
        const isArray = mayBeArray && layout !== 'csv';
        const rows = all.map((text) => (layout === 'lines' ? text.replaceAll('\n', ',') : text));
        const joined = rows.filter((text) => text !== '').join(layout === 'csv' ? '' : ',');
        const expected = isArray ? `[${joined}]` : joined;
        const chunks = all.map((text) => chunk({ layout, text }));
        expect(writtenBy(chunks, Buffer.from(expected), isArray, pieces)).toBe(expected);
      }),
      { numRuns: runs(500) },
    );
  });

  it('keeps what was handed out as it is until it is given back', () => {
    const pieces = new Pieces(smallPieces);
    const one = [...writePieces([chunk({ text: 'a'.repeat(500) })], { bytes: 502, isArray: true }, pieces)];
    const other = [...writePieces([chunk({ text: 'b'.repeat(500) })], { bytes: 502, isArray: true }, pieces)];
    expect(Buffer.concat(one).toString()).toBe(`[${'a'.repeat(500)}]`);
    expect(Buffer.concat(other).toString()).toBe(`[${'b'.repeat(500)}]`);
  });
});

describe('Pieces', () => {
  const handedOut = (pieces: Pieces) => pieces.handOut(pieces.take(smallPieces), 10);

  it('lends what came back again, and nothing else', () => {
    const pieces = new Pieces(smallPieces);
    const first = handedOut(pieces);
    expect(handedOut(pieces).buffer).not.toBe(first.buffer);
    pieces.giveBack(first);
    expect(handedOut(pieces).buffer).toBe(first.buffer);
  });

  it('lends a piece once that came back twice', () => {
    const pieces = new Pieces(smallPieces);
    const first = handedOut(pieces);
    pieces.giveBack(first);
    pieces.giveBack(first);
    expect(handedOut(pieces).buffer).not.toBe(handedOut(pieces).buffer);
  });

  it('takes only back what it handed out, itself', () => {
    const pieces = new Pieces(smallPieces);
    const first = handedOut(pieces);
    pieces.giveBack(first.subarray(0));
    pieces.giveBack(Buffer.alloc(smallPieces));
    expect(handedOut(pieces).buffer).not.toBe(first.buffer);
  });

  it('keeps two MiB at most', () => {
    const pieces = new Pieces();
    const all = Array.from({ length: 20 }, () => pieces.handOut(pieces.take(1024 ** 2), 1));
    for (const piece of all) pieces.giveBack(piece);
    const buffers = new Set(all.map(({ buffer }) => buffer));
    const again = Array.from({ length: 20 }, () => pieces.take(1024 ** 2).buffer);
    const known = again.filter((buffer) => buffers.has(buffer));
    expect(known.reduce((bytes, { byteLength }) => bytes + byteLength, 0)).toBe(2 * 1024 ** 2);
  });
});
