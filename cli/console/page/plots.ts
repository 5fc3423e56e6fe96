import UPlot from 'uplot';
import { byId, el } from './dom.ts';
import { count, shortCount } from './format.ts';
import type { Plot } from './plots-of.ts';

interface Drawn {
  readonly plot: Plot;
  readonly drawn: UPlot | undefined;
}

let all: readonly Drawn[] = [];
const height = 150;
/** Seconds that a plot shows at the least. */
const leastS = 600;

/** Draws all plots, or gives new data to those that have the same lines. */
export function showPlots(plots: readonly Plot[]): void {
  const frame = byId('plots');
  const isSame = all.length === plots.length && all.every(({ plot }, at) => namesOf(plot) === namesOf(plots[at]));
  if (isSame) {
    all = all.map(({ drawn }, at) => ({ drawn, plot: plots[at] as Plot }));
    for (const { drawn, plot } of all) {
      drawn?.setData(dataOf(plot));
      if (drawn) showNewest(drawn);
    }
    for (const [at, { plot }] of all.entries()) describe(frame.children[at], plot);
    return;
  }
  redraw(plots);
}

/** Colors and widths follow the page. */
export function redraw(plots: readonly Plot[] = all.map(({ plot }) => plot)): void {
  for (const { drawn } of all) drawn?.destroy();
  const figures = plots.map((plot) =>
    el('figure', {}, el('figcaption', {}, plot.title), el('div', { class: 'canvas', role: 'img' })),
  );
  byId('plots').replaceChildren(...figures);
  all = plots.map((plot, at) => {
    const figure = figures[at] as HTMLElement;
    describe(figure, plot);
    const canvas = figure.lastElementChild as HTMLElement;
    if (!hasData(plot)) {
      canvas.append(el('p', { class: 'empty' }, plot.nothing));
      return { plot, drawn: undefined };
    }
    const drawn = new UPlot(optionsOf(plot, canvas.clientWidth), dataOf(plot), canvas);
    showNewest(drawn);
    return { plot, drawn };
  });
}

const hasData = ({ times, lines }: Plot) => times.length > 0 && lines.length > 0;
const namesOf = (plot: Plot | undefined) =>
  plot && hasData(plot) ? plot.lines.map(({ name }) => name).join('\n') : '';
const dataOf = ({ times, lines }: Plot): UPlot.AlignedData => [
  times.map((ms) => ms / 1000),
  ...lines.map(({ values }) => [...values]),
];

/** For whoever does not see the plot. */
function describe(figure: Element | undefined, plot: Plot): void {
  const told = plot.lines.map(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    return `${name}: now ${count(known.at(-1) ?? 0)}, at most ${count(Math.max(0, ...known))}`;
  });
  figure?.lastElementChild?.setAttribute(
    'aria-label',
    `${plot.title}. ${hasData(plot) ? told.join('; ') : plot.nothing}`,
  );
}

/** Where nobody points at a moment, the legend tells the newest. */
function showNewest(drawn: UPlot): void {
  const { idx } = drawn.cursor;
  if (idx === null || idx === undefined) drawn.setLegend({ idx: drawn.data[0].length - 1 }, false);
}

const color = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const bars = UPlot.paths.bars?.({ size: [0.7, 12], align: 1 });

function optionsOf({ lines, shape }: Plot, width: number): UPlot.Options {
  const font = '11px system-ui, sans-serif';
  const endS = shape === 'bars' ? 60 : 0;
  const axis = { stroke: color('--faint'), font, grid: { stroke: color('--line'), width: 1 }, ticks: { show: false } };
  return {
    ...{ width, height, padding: [8, 8, 0, 0] as UPlot.Padding },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    legend: { show: true, live: true },
    hooks: { setCursor: [showNewest] },
    scales: {
      x: { range: ({ data: [at] }) => [Math.min(at[0] ?? 0, (at.at(-1) ?? 0) - leastS), (at.at(-1) ?? 0) + endS] },
      y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 26, space: 70, values: '{HH}:{mm}' },
      {
        ...axis,
        size: 44,
        space: 32,
        values: (_, splits) => splits.map((value) => (Number.isInteger(value) ? shortCount(value) : '')),
      },
    ],
    series: [
      { label: 'At', value: '{HH}:{mm}' },
      ...lines.map(({ name }, at) => ({
        label: name,
        value: (_: UPlot, value: number | null) => (value === null ? '–' : count(value)),
        stroke: color(`--series-${at + 1}`),
        width: 1.5,
        points: { show: false },
        ...(shape === 'bars' && bars ? { paths: bars, fill: color(`--series-${at + 1}`) } : {}),
      })),
    ],
  };
}
