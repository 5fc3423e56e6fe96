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
  expect(judge(lines, 0.02)).toEqual({
    text: 'The machine was quiet: others took at most 2 % of it. Targets were missed: ratio 0.5.',
    failed: true,
  });
  expect(judge(lines.slice(1), 0.02)).toMatchObject({ failed: false });
});

it('judges nothing where others were at work, and says so', () => {
  expect(judge([line(0.5, { atLeast: 1 })], 0.43)).toEqual({
    text: 'The machine was not quiet: others took up to 43 % of it, so no target is judged.',
    failed: false,
  });
});
