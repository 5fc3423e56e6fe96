import UPlot from 'uplot';
import type { ConsoleState } from '../api.ts';
import { byId, el } from './dom.ts';
import { count, shortCount } from './format.ts';

interface Line {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

interface Plot {
  readonly title: string;
  /** Epoch milliseconds. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly shape: 'bars' | 'line';
  /** Said when there is nothing to plot. */
  readonly nothing: string;
}

/** More lines nobody tells apart: the others are one. */
const mostLines = 5;

/** When rows were rejected, as the list of rejected rows told it last. */
export function plotsOf({ minutes, samples }: ConsoleState, rejectedAt: readonly number[]): readonly Plot[] {
  const times = minutes?.minutes ?? [];
  const tables = minutes?.tables ?? [];
  const sum = (of: 'rows' | 'loads' | 'failed') =>
    times.map((_, at) => tables.reduce((all, each) => all + (each[of][at] ?? 0), 0));
  const [rows, loads] = [sum('rows'), sum('loads')];
  const perMinute = {
    times,
    shape: 'bars',
    nothing: minutes ? 'No load within the last hour.' : 'StarRocks was not asked.',
  } as const;
  const overTime = { times: samples.map(({ atMs }) => atMs), shape: 'line' } as const;
  const rejected = times.map((from) => rejectedAt.filter((ms) => ms >= from && ms < from + 60_000).length);
  return [
    { ...perMinute, title: 'Rows a minute', shape: 'line', lines: byTable(tables, times) },
    { ...perMinute, title: 'Loads a minute', lines: [{ name: 'Loads', values: loads }] },
    {
      ...perMinute,
      title: 'Rows a load',
      lines: [{ name: 'Rows a load', values: rows.map((all, at) => (loads[at] ? all / loads[at] : null)) }],
    },
    {
      ...perMinute,
      title: 'Refusals a minute',
      // Two columns at one place would hide each other.
      shape: 'line',
      lines: [
        { name: 'Failed loads', values: sum('failed') },
        { name: 'Rejected', values: rejected },
      ],
    },
    {
      ...{ ...overTime, title: 'Messages that wait', nothing: 'No queue is known.' },
      lines: linesOf(samples.map(({ waiting }) => waiting)),
    },
    {
      ...{ ...overTime, title: 'Lag of sources, seconds', nothing: 'No source is followed.' },
      lines: linesOf(samples.map(({ lagSeconds }) => lagSeconds)),
    },
  ];
}

function byTable(tables: NonNullable<ConsoleState['minutes']>['tables'], times: readonly number[]): readonly Line[] {
  const total = (values: readonly number[]) => values.reduce((all, each) => all + each, 0);
  const largest = tables.toSorted((a, b) => total(b.rows) - total(a.rows));
  const own = largest.length > mostLines ? mostLines - 1 : mostLines;
  const others = largest.slice(own);
  return [
    ...largest.slice(0, own).map(({ table, rows }) => ({ name: table, values: rows })),
    ...(others.length === 0
      ? []
      : [
          {
            name: `${others.length} others`,
            values: times.map((_, at) => others.reduce((all, { rows }) => all + (rows[at] ?? 0), 0)),
          },
        ]),
  ];
}

function linesOf(samples: readonly Readonly<Record<string, number>>[]): readonly Line[] {
  const names = [...new Set(samples.flatMap((each) => Object.keys(each)))];
  return names.map((name) => ({ name, values: samples.map((each) => each[name] ?? null) }));
}

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
