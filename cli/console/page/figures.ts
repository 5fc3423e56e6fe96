import type { ConsoleState } from '../api.ts';
import type { Verdict } from '../verdict.ts';
import { commandLine, el, fill } from './dom.ts';
import { bytes, count, duration, shortCount } from './format.ts';

/** How the sink is, in one sentence, and what waits for a person. */
export function showVerdict({ says, waits }: Verdict): void {
  const isWell = waits.length === 0;
  fill(
    'verdict',
    el('h1', { class: isWell ? 'well' : 'waiting' }, says),
    !isWell &&
      el(
        'ul',
        { class: 'waits' },
        ...waits.map(({ what, commands }) => el('li', {}, el('p', {}, what), ...commands.map(commandLine))),
      ),
  );
}

interface Tile {
  readonly name: string;
  readonly value: string;
  readonly note?: string;
  readonly isBad?: boolean;
}

export function showTiles(state: ConsoleState): void {
  fill(
    'tiles',
    ...tilesOf(state).map(({ name, value, note = '', isBad }) =>
      el(
        'div',
        { class: isBad ? 'tile bad' : 'tile' },
        el('p', { class: 'tile-name' }, name),
        el('p', { class: 'tile-value' }, value),
        el('p', { class: 'faint' }, note),
      ),
    ),
  );
}

function tilesOf({ overview: { queues, throughput, loads, sources = [] }, minutes }: ConsoleState): readonly Tile[] {
  const of = (name: string) => queues.find(({ queue }) => queue === name);
  const dead = queues
    .filter(({ queue }) => queue.endsWith('dead letters'))
    .reduce((sum, each) => sum + each.waiting, 0);
  const [rows, load] = [of('rows'), of('load')];
  const lags = sources.flatMap(({ lagSeconds }) => (lagSeconds === undefined ? [] : [lagSeconds]));
  return [
    ...(loads ? loadTiles(loads, minutes) : []),
    ...(throughput ? [rateTile(throughput)] : []),
    ...(rows ? [{ name: 'Rows queue', value: count(rows.waiting), note: queueNote(rows) }] : []),
    ...(load ? [{ name: 'Load queue', value: count(load.waiting), note: queueNote(load) }] : []),
    ...(queues.length > 0 ? [{ name: 'Dead letters', value: count(dead), isBad: dead > 0 }] : []),
    ...(lags.length > 0 ? [{ name: 'Lag of sources', value: duration(Math.max(...lags)), note: 'the slowest' }] : []),
  ];
}

type Overview = ConsoleState['overview'];

const rateTile = ({ rowsPerSecond, bytesPerSecond, seconds }: NonNullable<Overview['throughput']>): Tile => ({
  ...{ name: 'Rows a second', value: shortCount(rowsPerSecond) },
  note: `${bytes(bytesPerSecond)} a second, over ${duration(seconds)}`,
});

const queueNote = ({ waiting, underWay, oldestSeconds }: Overview['queues'][number]) =>
  `${count(underWay)} under way${oldestSeconds === undefined || waiting + underWay === 0 ? '' : `, oldest ${duration(oldestSeconds)}`}`;

const lately = 5;

function loadTiles(loads: NonNullable<Overview['loads']>, minutes: ConsoleState['minutes']): readonly Tile[] {
  const sum = (of: (each: (typeof loads)[number]) => number) => loads.reduce((total, each) => total + of(each), 0);
  const [rows, done, failed] = [sum((each) => each.rows), sum((each) => each.loads), sum((each) => each.failed)];
  const recent = (minutes?.tables ?? []).reduce(
    (total, each) => total + each.rows.slice(-lately).reduce((all, one) => all + one, 0),
    0,
  );
  return [
    { name: 'Rows in an hour', value: shortCount(rows), note: `${count(recent)} in ${lately} minutes` },
    { name: 'Loads in an hour', value: count(done), note: done === 0 ? '' : `${count(rows / done)} rows a load` },
    { name: 'Failed loads', value: count(failed), note: 'in an hour', isBad: failed > 0 },
  ];
}
