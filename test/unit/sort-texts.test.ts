import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sortTexts } from '../../src/kit/sort-texts.ts';

const characters = fc.constantFrom(...'-./09:AZ_`afgz~', '\0', ' ', ',', '\u007f', 'é', '\u2028', '\ud83d', '\udc00');
const text = fc.oneof(
  fc.uuid(),
  fc.string({ unit: characters, maxLength: 12 }),
  fc.tuple(fc.nat({ max: 9999 }), fc.uuid()).map(([ms, id]) => `176722560${String(ms).padStart(4, '0')}-${id}`),
);

describe('sorting texts', () => {
  it('gives the order of toSorted, whatever they begin with, and however many are the same', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('', '1', '1767225600000-', 'é', 'aaaaaaaaa'),
        fc.array(text, { minLength: 60, maxLength: 120 }),
        fc.array(fc.nat({ max: 59 }), { maxLength: 10 }),
        (begin, some, twice) => {
          const texts = [...some, ...twice.map((at) => some[at] as string)].map((each) => begin + each);
          expect(sortTexts(texts)).toEqual(texts.toSorted());
        },
      ),
    );
  });

  it('holds for thousands of identities of messages, and leaves what it was given', () => {
    const texts = Array.from({ length: 10_000 }, (_, at) => {
      const random = Math.imul(at + 1, 0x9e3779b1) >>> 0;
      return `${1_767_225_600_000 + (random % 3000)}-${random.toString(16).padStart(8, '0')}-4000`;
    });
    const before = [...texts];
    expect(sortTexts(texts)).toEqual(texts.toSorted());
    expect(texts).toEqual(before);
  });
});
