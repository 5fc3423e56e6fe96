import { expect, it } from 'vitest';
import { billed, billOf } from '../../bench/bill-price.ts';
import { floorsOf } from '../../bench/growth.ts';
import { ratioOf, spreadOf, turnsOf } from '../../bench/measure.ts';
import { readReport, textOf, withReports } from '../../bench/report.ts';
import { connectCost, firehoseCost, flinkCost, hoursOf, kafkaCost } from '../../infra/other-costs.ts';
import { pages, stalePages } from '../../scripts/docs/pages.ts';

const turns = (...wallMs: number[]) => turnsOf(wallMs.map((ms) => ({ wallMs: ms, cpuMs: 2 * ms })));

it('tells the ratio of two medians, and the middle half of the ratios of each turn', () => {
  const [ours, floor] = [turns(10, 20, 40, 20, 10), turns(10, 10, 10, 10, 10)];
  expect(ratioOf(ours, floor, 'cpuMs')).toEqual({ ratio: 2, spread: [1, 2] });
  expect(spreadOf([9, 1, 5, 3, 7])).toEqual([3, 7]);
  expect(spreadOf([4])).toEqual([4, 4]);
});

it('prints spreads, and for each part the machine, the versions, the day and what others took', () => {
  const lines = [{ what: 'w', measured: 'm', against: 'a', ratio: 1.234, spread: [1.2, 1.26] as const }];
  const quiet = {
    taken: '2026-11-28',
    machine: { cores: 2, cpu: 'Some CPU' },
    versions: { Node: '24.0.0' },
    busy: 0.02,
    lines,
  };
  const text = textOf({ command: 'npm run bench', parts: { one: quiet, two: quiet, three: { ...quiet, busy: 0.5 } } });
  expect(text).toContain('| w        | m      | a            | 1.23  | 1.20–1.26 |        |');
  expect(text).toContain(
    '- one, two: 2 cores (Some CPU), Node 24.0.0, 2026-11-28, others took up to 2 % of the machine.',
  );
  expect(text).toContain(
    '- three: 2 cores (Some CPU), Node 24.0.0, 2026-11-28, others took up to 50 % of the machine.',
  );
});

it('puts the kept results between their comments, whatever stood there, and nothing elsewhere', () => {
  const page = withReports(
    '<!-- bench: begin --> old <!-- bench: end --> between <!-- peers: begin --><!-- peers: end -->',
  );
  const part = (name: 'bench' | 'peers') =>
    `<!-- ${name}: begin -->\n\n${textOf(readReport(name))}\n\n<!-- ${name}: end -->`;
  expect(page).toBe(`${part('bench')} between ${part('peers')}`);
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

it('measures growth against what the smallest takes, and the least that a further unit takes', () => {
  const floors = (...costs: readonly (readonly [x: number, cost: number])[]) =>
    floorsOf(costs.map(([x, cost]) => ({ x, cost })));
  expect(floors([1, 10], [11, 20], [101, 110])).toEqual([10, 20, 110]);
  // The last unit costs more than twice what it did at first.
  expect(floors([1, 10], [11, 20], [101, 310])).toEqual([10, 20, 110]);
  // What is within the noise of the smallest tells nothing of a further unit.
  expect(floors([1, 10], [11, 9], [101, 210])).toEqual([10, 30, 210]);
  expect(floors([1, 10], [11, 12])).toEqual([10, 10]);
});

it('gives each vCPU of the others the speed that was measured, and brokers for as long as the bytes take', () => {
  const hours = hoursOf(100e9, 10);
  expect(hours).toBeCloseTo(2.78, 2);
  // Three brokers, and 10 MB/s for a day in three copies.
  const brokers = 3 * 0.204 * hours + 2592 * 0.1 * (hours / 720);
  expect(kafkaCost(100e9, 10)).toBeCloseTo(brokers, 6);
  expect(connectCost(100e9, 10, 6)).toBeCloseTo(brokers + 2 * 0.11 * hours, 6);
  expect(flinkCost(100e9, 10, 20)).toBeCloseTo(brokers + 2 * 0.11 * hours + 50 * 0.1 * (hours / 720), 6);
});

it('has brokers keep what compressing producers send, and be the smaller ones for it', () => {
  const hours = hoursOf(100e9, 100);
  const [plain, zstd] = [kafkaCost(100e9, 100), kafkaCost(100e9, 100, 0.25)];
  expect(plain).toBeCloseTo(3 * 0.408 * hours + 25_920 * 0.1 * (hours / 720), 6);
  expect(zstd).toBeCloseTo(3 * 0.204 * hours + 6480 * 0.1 * (hours / 720), 6);
  expect(connectCost(100e9, 100, 200, 0.25)).toBeCloseTo(zstd + 0.11 * hours, 6);
});

it('has Firehose bill a row of 200 bytes as 5 KB, and large records as they are', () => {
  expect(firehoseCost(1e9, 200) - firehoseCost(1e9, 5120)).toBeCloseTo((5120 / 200 - 1) * 0.029, 9);
  expect(firehoseCost(1e9, 1024 * 5)).toBeCloseTo(0.029 + 7.45 * 0.005e-3 + 0.023 / 30, 5);
});

it('makes the bill of requests, of milliseconds and of bytes that are kept', () => {
  const counts = {
    SendMessageBatch: 1e6,
    PutObject: 1000,
    [billed.ms]: 1e6,
    [billed.invocations]: 1e6,
    [billed.stored]: 1e9,
  };
  const points = Object.entries(counts).map(([x, y]) => ({ plot: 'bill', series: 'packed JSON', x, y }));
  const bill = billOf([...points, { plot: 'bill', series: 'other', x: 'PutObject', y: 1e9 }], 'packed JSON');
  expect(bill.sqs).toBeCloseTo(0.4, 9);
  expect(bill.s3).toBeCloseTo(0.005, 9);
  expect(bill.lambda).toBeCloseTo(0.2 + 1000 * 1.33334e-5, 9);
  expect(bill.storage).toBeCloseTo(0.023 * (3 / 30), 9);
  expect(bill.total).toBeCloseTo(bill.sqs + bill.s3 + bill.lambda + bill.storage, 9);
});
