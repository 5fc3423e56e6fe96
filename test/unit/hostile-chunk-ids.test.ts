import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimsKey } from '../../src/ledger/records.ts';
import { labelOf } from '../../src/rows/label.ts';
import { destination } from '../builders.ts';

const table = { database: 'shop', table: 'orders' };
const ofItsTable = /^claims\/shop\.orders\/(chunk\/[-\w]{16}|\d{1,15})$/;

describe('a chunk id that somebody made up', () => {
  const anyId = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 256 }),
    // Ids that hold a time, of any age.
    fc.uuid(),
    fc.constantFrom(
      '../../decisions/x',
      'a/b',
      '..',
      '__proto__',
      'constructor',
      'x\r\nlabel: y',
      '\u0000',
      '%2e%2e%2f',
    ),
    fc.constantFrom('00000000-0000-7000-8000-000000000000', 'ffffffff-ffff-7fff-bfff-ffffffffffff'),
  );

  it('leads to claims of its own table, and nowhere else in the bucket', () => {
    fc.assert(fc.property(anyId, (id) => void expect(claimsKey(table, id)).toMatch(ofItsTable)));
  });

  it('becomes part of no label but as a digest', () => {
    fc.assert(fc.property(anyId, (id) => void expect(labelOf(destination(), [id])).toMatch(/^[-\w]{1,128}$/)));
  });
});
