import fc from 'fast-check';
import { expect, it } from 'vitest';
import { utf8Bytes } from '../../src/kit/utf8-bytes.ts';
import { runs } from '../property-runs.ts';

const ascii = fc.integer({ min: 0, max: 40_000 }).map((length) => 'x'.repeat(length));

it('counts what UTF-8 has, wherever in a text something stands that is no ASCII', () => {
  fc.assert(
    fc.property(ascii, fc.string({ unit: 'binary', maxLength: 3 }), ascii, (before, middle, after) => {
      const text = before + middle + after;
      expect(utf8Bytes(text)).toBe(Buffer.byteLength(text));
    }),
    { numRuns: runs(300) },
  );
});

it.each([255, 256, 767, 768, 16_383, 16_384])('counts a pair of surrogates that begins at %i', (at) => {
  const text = `${'x'.repeat(at)}😀${'x'.repeat(1000)}`;
  expect(utf8Bytes(text)).toBe(Buffer.byteLength(text));
});
