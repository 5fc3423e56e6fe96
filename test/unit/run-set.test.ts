import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RunSet } from '../../src/kit/run-set.ts';

const run = fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 6 })).map(([from, length]) => [from, from + length] as const);
const numbersOf = (runs: readonly (readonly [number, number])[]) =>
  new Set(runs.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index)));

describe('a set of runs', () => {
  it('holds what a set of the same numbers holds, however they were added', () => {
    fc.assert(
      fc.property(fc.array(run), fc.array(run), (some, more) => {
        const [set, plain] = [new RunSet(some), numbersOf([...some, ...more])];
        set.add(more);
        expect(set.size).toBe(plain.size);
        expect(numbersOf(set.runs)).toEqual(plain);
        for (let number = 0; number < 50; number++) expect(set.has(number)).toBe(plain.has(number));
      }),
    );
  });

  it('gives the part within two numbers, counted from the first', () => {
    fc.assert(
      fc.property(fc.array(run), fc.nat({ max: 45 }), fc.nat({ max: 20 }), (runs, from, length) => {
        const within = [...numbersOf(runs)].filter((number) => number >= from && number < from + length);
        expect(numbersOf(new RunSet(runs).within(from, from + length).runs)).toEqual(
          new Set(within.map((number) => number - from)),
        );
      }),
    );
  });
});
