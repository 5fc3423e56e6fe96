import { systemClock } from '../../src/kit/clock.ts';
import { SinkError } from '../../src/kit/errors.ts';
import { awsFailure } from '../aws-failure.ts';
import { findInDoubt, type Known, type Standing, standingOf } from '../redrive/known.ts';
import { loadsByTable, type RecentLoads, readLoads, type TableLoads } from './loads.ts';
import { type Measured, oldestOf, type Throughput, throughputOf } from './measured.ts';
import { notAsked, type Opened, patienceMs } from './opened.ts';
import { type Pressure, pressureLines, readPressure } from './pressure.ts';
import { type QueueStatus, queueStatuses } from './queues.ts';
import { readSources, type SourceStatus, sourceLines } from './sources.ts';

/** How a sink is, as far as it can be reached. What is absent was not asked for want of its address. */
export interface Overview {
  readonly at: string;
  readonly queues: readonly QueueStatus[];
  /** Of the last minutes; absent where the functions are not known. */
  readonly throughput?: Throughput;
  /** Of the last hour, as StarRocks remembers them. */
  readonly loads?: readonly TableLoads[];
  readonly pressure?: Pressure;
  readonly inDoubt?: readonly (Known & { readonly standing: Standing })[];
  readonly sources?: readonly SourceStatus[];
  /** What could not be asked, and why. */
  readonly notTold: readonly string[];
  /** What nobody said the address of, and how it is said. */
  readonly notAsked: readonly string[];
}

/** How a sink is, and each load that this was told by. */
export interface Look {
  readonly overview: Overview;
  /** Undefined: StarRocks was not asked, or did not answer. */
  readonly recent: RecentLoads | undefined;
  /** Undefined: CloudWatch did not answer. */
  readonly measured: Measured | undefined;
}

/** @throws only faults of ours: what cannot be reached is told */
export async function lookAround(opened: Opened): Promise<Look> {
  const { sqs, place, objects, loadQueueUrl, starrocks } = opened;
  const nowMs = systemClock.now();
  const notTold: string[] = [];
  const told = async <T>(asking: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await asking();
    } catch (error) {
      notTold.push(error instanceof SinkError ? error.message.trimEnd() : (awsFailure(error) ?? `${error}`));
      return undefined;
    }
  };
  const [queued, asked, inDoubt, sources] = await Promise.all([
    told(() => queueStatuses({ rows: place.rowsQueueUrl, load: loadQueueUrl }, sqs)).then(async (queues = []) => ({
      queues,
      measured: await told(() => opened.measurements.read({ queues, functions: place.functions }, nowMs)),
    })),
    told(() => askStarRocks(opened)),
    told(async () => {
      if (objects === undefined) return undefined;
      const ledger = { objects, clock: systemClock, deadlineMs: nowMs + patienceMs };
      const found = await findInDoubt(undefined, { ledger, transactions: starrocks?.known ?? notAsked });
      return found.map((known) => ({ ...known, standing: standingOf(known, nowMs) }));
    }),
    told(async () => objects && readSources(objects, nowMs)),
  ]);
  const { queues, measured } = queued;
  const throughput = measured && throughputOf(measured, nowMs);
  const overview = {
    at: new Date(nowMs).toISOString(),
    ...{ notTold: [...new Set(notTold)], notAsked: unaddressed(opened) },
    queues: queues.map((queue) => withAge(queue, measured && oldestOf(measured, queue))),
    ...(throughput && { throughput }),
    ...(asked && { loads: loadsByTable(asked.recent), pressure: asked.pressure }),
    ...(inDoubt && { inDoubt }),
    ...(sources && { sources }),
  };
  return { overview, measured, recent: asked?.recent };
}

function unaddressed({ place, objects, loadQueueUrl, starrocks }: Opened): readonly string[] {
  const known: readonly [isKnown: boolean, what: string][] = [
    [place.rowsQueueUrl !== undefined || loadQueueUrl !== undefined, 'queues: give --stack, or --queue-url'],
    [Object.keys(place.functions).length > 0, 'throughput: give --stack, whose outputs name the functions'],
    [objects !== undefined, 'what is in doubt, and sources: give --stack, or --bucket'],
    [
      starrocks?.options['jdbc-url'] !== undefined,
      'loads and pressure: give --config sink.json with a jdbc-url, to ask StarRocks',
    ],
  ];
  return known.flatMap(([isKnown, what]) => (isKnown ? [] : [what]));
}

const withAge = (queue: QueueStatus, oldestSeconds: number | undefined): QueueStatus =>
  oldestSeconds === undefined ? queue : { ...queue, oldestSeconds };

async function askStarRocks({ openPort, starrocks }: Opened) {
  const port = await openPort();
  if (port === undefined || starrocks === undefined) return undefined;
  try {
    const recent = await readLoads(port, { prefix: `${starrocks.options['sink.label-prefix'] ?? 'sink'}-` });
    return { recent, pressure: await readPressure(port, starrocks.options, loadsByTable(recent)) };
  } finally {
    port.close();
  }
}

/** Whether something waits for a person: dead letters, an undecided batch, a source that is stopped. */
export const needsSomebody = ({ queues, inDoubt = [], sources = [], notTold }: Overview): boolean =>
  notTold.length > 0 ||
  queues.some(({ queue, waiting }) => queue.endsWith('dead letters') && waiting > 0) ||
  inDoubt.some(({ standing }) => standing === 'undecided') ||
  sources.some(({ state }) => state === 'stopped');

const count = (value: number): string => value.toLocaleString('en-US');

const duration = (seconds: number): string => {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
};

/** Lines for a person, within 80 columns but for names. */
export function overviewLines(overview: Overview): string {
  const { at, queues, throughput, loads, pressure, inDoubt, sources, notTold, notAsked } = overview;
  const blocks = [
    queues.length > 0 && ['queues', ...queues.map(queueLine)],
    throughput && [`the last ${duration(throughput.seconds)}`, ...throughputLines(throughput)],
    loads && ['loads of the last hour', ...(loads.length > 0 ? loads.map(loadLine) : ['  none'])],
    pressure && ['pressure on StarRocks', ...pressureLines(pressure)],
    inDoubt && ['in doubt', ...(inDoubt.length > 0 ? inDoubt.map(doubtLine) : ['  nothing'])],
    sources && ['sources', ...(sources.length > 0 ? sources.map(indented) : ['  none is followed'])],
    notTold.length > 0 && ['not told', ...notTold.map((why) => `  ${why.replaceAll('\n', '\n  ')}`)],
    notAsked.length > 0 && ['not asked', ...notAsked.map((what) => `  ${what}`)],
  ];
  return [at, ...blocks.flatMap((block) => (block ? [block.join('\n')] : []))].join('\n\n');
}

const queueLine = ({ queue, waiting, underWay, oldestSeconds }: QueueStatus) => {
  const age = oldestSeconds === undefined || waiting + underWay === 0 ? '' : `, oldest ${duration(oldestSeconds)}`;
  return `  ${queue.padEnd(18)}${count(waiting).padStart(9)} waiting${count(underWay).padStart(9)} under way${age}`;
};

const throughputLines = ({ counted, rowsPerSecond, bytesPerSecond }: Throughput): readonly string[] => {
  const { RowsReceived, RowsLoaded, Loads, LoadsFailed, LoadsThrottled, RowsRejected, MessagesRejected } = counted;
  return [
    `  received  ${count(RowsReceived)} rows`,
    `  loaded    ${count(RowsLoaded)} rows in ${count(Loads)} loads: ${count(rowsPerSecond)} rows/s, ${count(bytesPerSecond)} bytes/s`,
    `  refused   ${count(RowsRejected)} rows, ${count(MessagesRejected)} messages; ${count(LoadsFailed)} loads failed, ${count(LoadsThrottled)} held back`,
  ];
};

function loadLine({ table, loads, rows, bytes, failed, running, lastAt }: TableLoads): string {
  const average = loads === 0 ? '' : `, ${count(Math.round(rows / loads))} rows a load`;
  const others = `${failed > 0 ? `, ${count(failed)} failed` : ''}${running > 0 ? `, ${count(running)} running` : ''}`;
  const last = lastAt ? `; last ${lastAt}` : '';
  return `  ${table}: ${count(rows)} rows in ${count(loads)} loads (${count(bytes)} bytes)${average}${others}${last}`;
}

const doubtLine = ({ batch, database, table, standing }: Known & { readonly standing: Standing }) =>
  `  ${batch} of ${database}.${table}: ${standing}`;

const indented = (status: SourceStatus) => `  ${sourceLines(status).replaceAll('\n', '\n  ')}`;
