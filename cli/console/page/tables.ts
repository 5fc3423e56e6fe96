import type { ConsoleState } from '../api.ts';
import { el, empty, fill, table } from './dom.ts';
import { bytes, count, duration, moment } from './format.ts';

/** Tables, queues, batches in doubt and sources; what could not be asked is left out, and told above. */
export function showTables({ overview: { loads, queues, pressure, inDoubt, sources } }: ConsoleState): void {
  fill(
    'tables',
    loads &&
      part(
        'Tables',
        loads.length === 0 ? empty('StarRocks remembers no load of the last hour.') : loadsTable(loads),
        'wide',
      ),
    queues.length > 0 && part('Queues', queuesTable(queues)),
    pressure && part('Pressure on StarRocks', pressurePart(pressure)),
    inDoubt && inDoubt.length > 0 && part('In doubt', doubtTable(inDoubt), 'wide'),
    sources && sources.length > 0 && part('Sources', sourcesTable(sources)),
  );
}

const part = (title: string, body: HTMLElement, width?: 'wide') =>
  el('div', { class: width ? `part ${width}` : 'part' }, el('h2', {}, title), body);

type Overview = ConsoleState['overview'];

const loadsTable = (loads: NonNullable<Overview['loads']>) =>
  table(
    'Loads of the last hour, by table',
    [
      { title: 'Table' },
      ...['Rows', 'Loads', 'Rows a load', 'Bytes', 'Failed', 'Running'].map(
        (title) => ({ title, isNumber: true }) as const,
      ),
      { title: 'Last load' },
    ],
    loads.map(({ table: name, rows, loads: done, bytes: size, failed, running, lastAt = '' }) => [
      name,
      ...[count(rows), count(done), done === 0 ? '' : count(rows / done), bytes(size)],
      failed > 0 ? el('strong', { class: 'bad' }, count(failed)) : '0',
      ...[count(running), lastAt],
    ]),
  );

const queuesTable = (queues: Overview['queues']) =>
  table(
    'Messages, as far as SQS counts them',
    [{ title: 'Queue' }, ...['Waiting', 'Under way', 'Oldest'].map((title) => ({ title, isNumber: true }) as const)],
    queues.map(({ queue, waiting, underWay, oldestSeconds }) => [
      ...[queue, count(waiting), count(underWay)],
      waiting + underWay === 0 || oldestSeconds === undefined ? '' : duration(oldestSeconds),
    ]),
  );

function pressurePart({ running, mostRunning, versions, notTold }: NonNullable<Overview['pressure']>): HTMLElement {
  const most = mostRunning === undefined ? '' : count(mostRunning);
  return el(
    'div',
    {},
    table(
      'How near it is to its limits',
      [{ title: 'What' }, { title: 'Now', isNumber: true }, { title: 'At most', isNumber: true }],
      [
        ...running.map(({ database, transactions }) => [`Transactions in ${database}`, count(transactions), most]),
        ...versions.map((each) => [`Versions of a tablet of ${each.table}`, count(each.versions), '']),
      ],
    ),
    ...notTold.map((why) => el('p', { class: 'faint' }, `Not told: ${why}`)),
  );
}

const doubtTable = (inDoubt: NonNullable<Overview['inDoubt']>) =>
  table(
    'Transactions of which the end was not seen',
    [{ title: 'Batch' }, { title: 'Table' }, { title: 'Standing' }, { title: 'Label' }],
    inDoubt.map(({ batch, database, table: name, standing, label }) => [batch, `${database}.${name}`, standing, label]),
  );

const sourcesTable = (sources: NonNullable<Overview['sources']>) =>
  table(
    'Sources that are followed',
    [
      { title: 'Source' },
      { title: 'State' },
      { title: 'Behind', isNumber: true },
      { title: 'Rows', isNumber: true },
      { title: 'Phase' },
      { title: 'Saved' },
    ],
    sources.map(({ source, state, lagSeconds, rows, phase, savedAt }) => [
      ...[source, state, lagSeconds === undefined ? '' : duration(lagSeconds)],
      ...[count(rows), phase, moment(savedAt)],
    ]),
  );
