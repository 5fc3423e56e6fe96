import { expect, it } from 'vitest';
import { terminalSvg } from '../../scripts/docs/terminal-svg.ts';

it('a terminal is drawn line by line, each character in its column', () => {
  const svg = terminalSvg('$ one <a> & "b"\n\n│ two │ is a table cut off\n123456789012 goes on below\n', 'a title', 20);
  expect(
    [...svg.matchAll(/<text x="16" y="(\d+)" textLength="(\d+)"[^>]*>([^<]*)</g)].map((found) => found.slice(1)),
  ).toEqual([
    ['29', '117', '$\u00a0one\u00a0&lt;a&gt;\u00a0&amp;\u00a0&quot;b&quot;'],
    ['65', '156', '│\u00a0two\u00a0│\u00a0is\u00a0a\u00a0table\u00a0c'],
    ['83', '156', '123456789012\u00a0goes\u00a0on'],
    ['101', '39', 'below'],
  ]);
  expect(svg).toContain('viewBox="0 0 188 122"');
});
