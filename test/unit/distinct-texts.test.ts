import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areDistinct } from '../../src/kit/distinct-texts.ts';

const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.uuid(),
  fc.constantFrom('', 'a', 'é', 'another end', '0another end'),
);

describe('distinct texts', () => {
  it('are never said to be so where one is there twice', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 200 }), fc.nat(), fc.nat(), (some, which, where) => {
        const twice = some.toSpliced(where % some.length, 0, some[which % some.length] as string);
        expect(areDistinct(twice)).toBe(false);
      }),
    );
  });

  it('are said to be so of the identities of an event, which nobody has to look at again', () => {
    const ids = (sent: number) =>
      Array.from(
        { length: 2000 },
        (_, at) => `${sent}-${(Math.imul(at, 0x9e3779b1) >>> 0).toString(16).padStart(12, '0')}`,
      );
    expect(areDistinct(ids(1_767_225_600_000))).toBe(true);
    expect(areDistinct([])).toBe(true);
    expect(areDistinct(['1-a', '2-a'])).toBe(true);
  });
});
