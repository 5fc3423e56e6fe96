/** The plots of docs/images, each drawn from the points that the results keep for it. */
import { type Bar, drawBars } from './bar-chart.ts';
import { billAt, packingsIn, type Rival, rates, rivals } from './bill-beside.ts';
import { drawLines } from './line-chart.ts';
import { pointsOf, readReport } from './report.ts';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** By the name of the file, without its ending. */
export const plots: Readonly<Record<string, () => string>> = {
  peers: () => drawPeers(),
  memory: () => drawMemory(),
  growth: drawGrowth,
  costs: drawCosts,
};

const drawPeers = (): string =>
  drawBars({
    title: 'Rows into StarRocks for each second of CPU time',
    subtitle: 'Rows of 180 to 200 bytes, against a server that throws them away; this sink in blue',
    bars: barsOf('peers').toSorted((a, b) => b.value - a.value),
    format: (value) => whole.format(value),
  });

const drawMemory = (): string =>
  drawBars({
    title: 'Memory that a process takes for it',
    subtitle: 'The largest resident set, in MB; no limit is set to any of them; this sink in blue',
    bars: barsOf('memory').toSorted((a, b) => a.value - b.value),
    format: (value) => whole.format(value),
  });

/** Of one name the value that was measured last. */
const barsOf = (plot: string): readonly Bar[] =>
  [...new Map(pointsOf(readReport('peers'), plot).map(({ x, y }) => [String(x), y]))].map(([name, value]) => ({
    ...{ name, value },
    colour: name.startsWith('this sink') ? 1 : 2,
  }));

function drawGrowth(): string {
  const points = pointsOf(readReport('bench'), 'growth');
  const names = [...new Set(points.map(({ series }) => series))];
  return drawLines({
    title: 'What an event costs, over what it would if each further unit took the least',
    subtitle: 'CPU time of the ingest function; 1 is the floor',
    x: {
      name: 'how many',
      ticks: [1, 10, 100, 1000, 10_000],
      isLogarithmic: true,
      format: (tick) => whole.format(tick),
    },
    y: { ticks: [0, 0.5, 1, 1.5, 2], isLogarithmic: false, format: (tick) => tick.toFixed(1) },
    limit: { y: 1.5, name: 'target' },
    series: names.map((name, at) => ({
      name,
      colour: ([1, 2, 3] as const)[at] ?? 4,
      points: points.filter(({ series }) => series === name).map(({ x, y }) => ({ x: Number(x), y })),
    })),
  });
}

const colours: Readonly<Record<Rival, 1 | 2 | 3 | 4>> = {
  'this sink': 1,
  Firehose: 2,
  'MSK Connect': 3,
  'MSK and Flink': 4,
};

/** Without those that compress, which the table has. To the clusters it makes no difference whether rows are packed. */
function drawCosts(): string {
  const drawn = packingsIn().filter(({ name }) => name === 'packed' || name === 'one row a message');
  const series = rivals.flatMap((rival) => {
    const isOne = rival.startsWith('MSK');
    return (isOne ? drawn.slice(0, 1) : drawn).map((packing) => ({
      name: isOne ? rival : `${rival}, ${packing.name}`,
      colour: colours[rival],
      isDashed: !packing.isPacked,
      points: rates.map((rate) => ({ x: rate, y: billAt(rate, packing)[rival] })),
    }));
  });
  return drawLines({
    title: 'US dollars for 100 GB of rows, by how fast they come',
    subtitle: 'us-east-1, rows of 200 bytes; whole lines: packed, broken lines: one row a message',
    x: { name: 'MB of rows a second', ticks: [1, 10, 100], isLogarithmic: true, format: String },
    y: { ticks: [0.1, 1, 10, 100, 1000], isLogarithmic: true, format: String },
    series,
  });
}
