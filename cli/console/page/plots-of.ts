/** What is plotted of a state; nothing of the browser is used here. */
import type { ConsoleState } from '../api.ts';

interface Line {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

export interface Plot {
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

/**
 * What StarRocks tells of loads is known by table; where it is not asked, what the functions count stands in for it.
 *
 * @in  rejectedAt: when rows were rejected, as the list of rejected rows told it last
 */
export function plotsOf({ minutes, measured, samples }: ConsoleState, rejectedAt: readonly number[]): readonly Plot[] {
  const counted = measured?.counted;
  const times = minutes?.minutes ?? (counted ? measured.minutes : []);
  const tables = minutes?.tables ?? [];
  const sum = (of: 'rows' | 'loads' | 'failed') =>
    times.map((_, at) => tables.reduce((all, each) => all + (each[of][at] ?? 0), 0));
  const loaded = minutes || !counted ? sum('rows') : counted.RowsLoaded;
  const loads = minutes || !counted ? sum('loads') : counted.Loads;
  const perMinute = {
    times,
    shape: 'bars',
    nothing: times.length > 0 ? 'No load within the last hour.' : 'Neither StarRocks nor CloudWatch was asked.',
  } as const;
  const overTime = { times: samples.map(({ atMs }) => atMs), shape: 'line' } as const;
  const rejected = times.map((from) => rejectedAt.filter((ms) => ms >= from && ms < from + 60_000).length);
  return [
    {
      ...{ ...perMinute, title: 'Rows a minute', shape: 'line' },
      lines: minutes || !counted ? byTable(tables, times) : arrivedAndLoaded(counted),
    },
    { ...perMinute, title: 'Loads a minute', lines: [{ name: 'Loads', values: loads }] },
    {
      ...perMinute,
      title: 'Rows a load',
      lines: [
        { name: 'Rows a load', values: loaded.map((all, at) => (loads[at] ? Math.round(all / loads[at]) : null)) },
      ],
    },
    {
      ...perMinute,
      title: 'Refusals a minute',
      // Two columns at one place would hide each other.
      shape: 'line',
      lines: [
        { name: 'Failed loads', values: minutes || !counted ? sum('failed') : counted.LoadsFailed },
        { name: 'Rejected', values: rejected },
      ],
    },
    {
      ...{ ...overTime, title: 'Messages that wait', nothing: 'No queue is known.' },
      lines: linesOf(samples.map(({ waiting }) => waiting)),
    },
    {
      ...{ title: 'Age of the oldest message, seconds', shape: 'line', nothing: 'No age of a queue is known.' },
      ...{ times: measured?.minutes ?? [], lines: ages(measured?.oldestSeconds ?? {}) },
    },
    {
      ...{ ...overTime, title: 'Lag of sources, seconds', nothing: 'No source is followed.' },
      lines: linesOf(samples.map(({ lagSeconds }) => lagSeconds)),
    },
  ];
}

const arrivedAndLoaded = (counted: NonNullable<NonNullable<ConsoleState['measured']>['counted']>): readonly Line[] => [
  { name: 'Received', values: counted.RowsReceived },
  { name: 'Loaded', values: counted.RowsLoaded },
];

/** A queue of which nothing was measured has no line. */
const ages = (oldestSeconds: NonNullable<ConsoleState['measured']>['oldestSeconds']): readonly Line[] =>
  Object.entries(oldestSeconds)
    .filter(([, values]) => values.some((value) => value !== null))
    .map(([name, values]) => ({ name, values }));

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
