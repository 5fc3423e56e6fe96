import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelOf } from '../../src/rows/label.ts';
import { destination } from '../builders.ts';

const ids = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), {
  minLength: 1,
  maxLength: 6,
});

describe('labelOf', () => {
  it('gives the same chunks in any order the same label', () => {
    fc.assert(
      fc.property(
        ids.chain((set) => fc.tuple(fc.constant(set), fc.shuffledSubarray(set, { minLength: set.length }))),
        ([set, shuffled]) => {
          expect(labelOf(destination(), shuffled)).toBe(labelOf(destination(), set));
        },
      ),
    );
  });

  it('gives other chunks another label', () => {
    fc.assert(
      fc.property(ids, ids, (a, b) => {
        fc.pre(a.toSorted().join('\0') !== b.toSorted().join('\0'));
        expect(labelOf(destination(), a)).not.toBe(labelOf(destination(), b));
      }),
    );
  });

  it.each([
    [['a', 'b'], ['ab']],
    [['a', 'b'], ['a\nb']],
    [['a', 'b'], ['a\n1:b']],
    [['1', '1:1'], ['1\n3:1:1']],
    [['a'], ['a', 'a']],
    [
      ['a\n1', 'b'],
      ['a', '1\nb'],
    ],
  ])('tells %j from %j', (a, b) => {
    expect(labelOf(destination(), a)).not.toBe(labelOf(destination(), b));
  });

  it('is another one in every database, since labels are to be unique in the cluster', () => {
    const database = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(database, database, ids, (one, other, set) => {
        fc.pre(one !== other);
        expect(labelOf(destination({ database: one }), set)).not.toBe(labelOf(destination({ database: other }), set));
      }),
    );
  });

  it('tells databases, tables and headers apart', () => {
    const labels = [
      destination(),
      destination({ database: 'shop2' }),
      destination({ table: 'orders2' }),
      destination({ database: 'sho', table: 'porders' }),
      destination({ headers: { format: 'csv' } }),
      destination({ headers: { format: 'json', columns: 'a' } }),
    ].map((each) => labelOf(each, ['c1']));
    expect(new Set(labels).size).toBe(labels.length);
  });

  it('does not ask in which order headers were written', () => {
    const one = destination({ headers: { format: 'json', columns: 'a' } });
    const other = destination({ headers: { columns: 'a', format: 'json' } });
    expect(labelOf(one, ['c1'])).toBe(labelOf(other, ['c1']));
  });

  it('is a label that StarRocks takes, whatever the names are', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 256 });
    const prefix = fc.stringMatching(/^[-_A-Za-z0-9]{1,40}$/);
    fc.assert(
      fc.property(name, name, ids, fc.option(prefix, { nil: undefined }), (database, table, set, labelPrefix) => {
        const label = labelOf(destination({ database, table }), set, labelPrefix);
        expect(label).toMatch(/^[-\w]{1,128}$/);
        expect(label.startsWith(`${labelPrefix ?? 'sink'}-`)).toBe(true);
        expect(labelOf(destination({ database, table }), [...set, 'one more'], labelPrefix)).not.toBe(label);
      }),
    );
  });
});
