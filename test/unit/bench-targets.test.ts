import { expect, it } from 'vitest';
import { isMissed, type Line, tableOf } from '../../bench/lines.ts';
import { judge } from '../../bench/quiet.ts';

const line = (ratio: number, target?: Line['target']): Line => ({
  ...{ what: `ratio ${ratio}`, measured: '', against: '', ratio },
  ...(target ? { target } : {}),
});

it.each<[number, Line['target'], boolean]>([
  [0.8, { atLeast: 0.8 }, false],
  [0.79, { atLeast: 0.8 }, true],
  [0.99, { below: 1 }, false],
  [1, { below: 1 }, true],
  [Number.NaN, { below: 1 }, true],
  [9, undefined, false],
])('tells whether %d misses %o', (ratio, target, missed) => {
  expect(isMissed(line(ratio, target))).toBe(missed);
  expect(tableOf([line(ratio, target)]).includes('missed')).toBe(missed);
});

it('fails for a target that was missed on a quiet machine, and names it', () => {
  const lines = [line(0.5, { atLeast: 1 }), line(2, { atLeast: 1 })];
  expect(judge([{ busy: 0.02, lines }])).toEqual({ text: 'Targets were missed: ratio 0.5.', failed: true });
  expect(judge([{ busy: 0.02, lines: lines.slice(1) }])).toEqual({
    text: 'All targets that count are met.',
    failed: false,
  });
});

it('lets no target count in parts during which others were at work, says so, and names those that were not reached', () => {
  const [loud, quiet] = [0.5, 2].map((ratio) => [line(ratio, { atLeast: 1 })]);
  expect(judge([{ busy: 0.43, lines: loud ?? [] }])).toEqual({
    text: 'The machine was not quiet for 1 of 1 parts, whose targets do not count. Not reached there: ratio 0.5.',
    failed: false,
  });
  expect(
    judge([
      { busy: 0.43, lines: loud ?? [] },
      { busy: 0.01, lines: quiet ?? [] },
    ]).text,
  ).toMatch(/^All targets that count are met. The machine was not quiet for 1 of 2 parts/);
});
