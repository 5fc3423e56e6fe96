import { expect, it } from 'vitest';
import { ratioOf, spreadOf, turnsOf } from '../../bench/measure.ts';
import { readReport, textOf, withReports } from '../../bench/report.ts';
import { pages, stalePages } from '../../scripts/docs/pages.ts';

const turns = (...wallMs: number[]) => turnsOf(wallMs.map((ms) => ({ wallMs: ms, cpuMs: 2 * ms })));

it('tells the ratio of two medians, and the middle half of the ratios of each turn', () => {
  const [ours, floor] = [turns(10, 20, 40, 20, 10), turns(10, 10, 10, 10, 10)];
  expect(ratioOf(ours, floor, 'cpuMs')).toEqual({ ratio: 2, spread: [1, 2] });
  expect(spreadOf([9, 1, 5, 3, 7])).toEqual([3, 7]);
  expect(spreadOf([4])).toEqual([4, 4]);
});

it('prints the spread, the machine, the versions and the day beside the figures', () => {
  const line = { what: 'w', measured: 'm', against: 'a', ratio: 1.234, spread: [1.2, 1.26] as const };
  const text = textOf({
    ...{ command: 'npm run bench', taken: '2026-11-28', machine: { cores: 2, cpu: 'Some CPU' } },
    ...{ versions: { Node: '24.0.0', Java: '17' }, busiest: 0.02, lines: [line] },
  });
  expect(text).toContain('| w        | m      | a            | 1.23  | 1.20–1.26 |        |');
  expect(text).toContain(
    '`npm run bench`: 2 cores (Some CPU), Node 24.0.0, Java 17, 2026-11-28. The machine was quiet',
  );
});

it('puts the kept results between their comments, whatever stood there, and nothing elsewhere', () => {
  const page = withReports('before <!-- bench: begin --> old <!-- bench: end --> after');
  expect(page).toBe(`before <!-- bench: begin -->\n\n${textOf(readReport('bench'))}\n\n<!-- bench: end --> after`);
  expect(withReports(page)).toBe(page);
});

it('refuses a page that has no place for the results', () => {
  expect(() => withReports('a page')).toThrow('<!-- bench: begin -->');
});

it('finds page and plots of this project drawn from the kept results', async () => {
  const drawn = pages.filter(({ path }) => path === 'docs/performance.md' || path.startsWith('docs/images/'));
  expect(drawn.length).toBeGreaterThan(0);
  expect(await stalePages(new URL('../../', import.meta.url), drawn)).toEqual([]);
});
