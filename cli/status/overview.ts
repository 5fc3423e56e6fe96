import { systemClock } from '../../src/kit/clock.ts';
import { SinkError } from '../../src/kit/errors.ts';
import { findInDoubt, type Known, type Standing, standingOf } from '../redrive/known.ts';
import { loadsByTable, type RecentLoads, readLoads, type TableLoads } from './loads.ts';
import { type Opened, patienceMs } from './opened.ts';
import { type QueueStatus, queueStatuses } from './queues.ts';
import { readSources, type SourceStatus, sourceLines } from './sources.ts';

/** How a sink is, as far as it can be reached. What is absent was not asked for want of its address. */
export interface Overview {
  readonly at: string;
  readonly queues: readonly QueueStatus[];
  /** Of the last hour, as StarRocks remembers them. */
  readonly loads?: readonly TableLoads[];
  readonly inDoubt?: readonly (Known & { readonly standing: Standing })[];
  readonly sources?: readonly SourceStatus[];
  /** What could not be asked, and why. */
  readonly notTold: readonly string[];
}

/** How a sink is, and each load that this was told by. */
export interface Look {
  readonly overview: Overview;
  /** Undefined: StarRocks was not asked, or did not answer. */
  readonly recent: RecentLoads | undefined;
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
      notTold.push(error instanceof SinkError ? error.message.trimEnd() : `${error}`);
      return undefined;
    }
  };
  const [queues = [], recent, inDoubt, sources] = await Promise.all([
    told(() => queueStatuses({ rows: place.rowsQueueUrl, load: loadQueueUrl }, sqs)),
    told(() => recentOf(opened)),
    told(async () => {
      if (objects === undefined || starrocks === undefined) return undefined;
      const ledger = { objects, clock: systemClock, deadlineMs: nowMs + patienceMs };
      const found = await findInDoubt(undefined, { ledger, transactions: starrocks.known });
      return found.map((known) => ({ ...known, standing: standingOf(known, nowMs) }));
    }),
    told(async () => objects && readSources(objects, nowMs)),
  ]);
  const overview = {
    ...{ at: new Date(nowMs).toISOString(), queues, notTold },
    ...(recent && { loads: loadsByTable(recent) }),
    ...(inDoubt && { inDoubt }),
    ...(sources && { sources }),
  };
  return { overview, recent };
}

async function recentOf({ openPort, starrocks }: Opened): Promise<RecentLoads | undefined> {
  const port = await openPort();
  if (port === undefined) return undefined;
  try {
    return await readLoads(port, { prefix: `${starrocks?.options['sink.label-prefix'] ?? 'sink'}-` });
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

/** Lines for a person, within 80 columns but for names. */
export function overviewLines({ at, queues, loads, inDoubt, sources, notTold }: Overview): string {
  const blocks = [
    queues.length > 0 && ['queues', ...queues.map(queueLine)],
    loads && ['loads of the last hour', ...(loads.length > 0 ? loads.map(loadLine) : ['  none'])],
    inDoubt && ['in doubt', ...(inDoubt.length > 0 ? inDoubt.map(doubtLine) : ['  nothing'])],
    sources && ['sources', ...(sources.length > 0 ? sources.map(indented) : ['  none is followed'])],
    notTold.length > 0 && ['not told', ...notTold.map((why) => `  ${why.replaceAll('\n', '\n  ')}`)],
  ];
  return [at, ...blocks.flatMap((block) => (block ? [block.join('\n')] : []))].join('\n\n');
}

const queueLine = ({ queue, waiting, underWay }: QueueStatus) =>
  `  ${queue.padEnd(18)}${count(waiting).padStart(9)} waiting${count(underWay).padStart(9)} under way`;

function loadLine({ table, loads, rows, bytes, failed, running, lastAt }: TableLoads): string {
  const average = loads === 0 ? '' : `, ${count(Math.round(rows / loads))} rows a load`;
  const others = `${failed > 0 ? `, ${count(failed)} failed` : ''}${running > 0 ? `, ${count(running)} running` : ''}`;
  const last = lastAt ? `; last ${lastAt}` : '';
  return `  ${table}: ${count(rows)} rows in ${count(loads)} loads (${count(bytes)} bytes)${average}${others}${last}`;
}

const doubtLine = ({ batch, database, table, standing }: Known & { readonly standing: Standing }) =>
  `  ${batch} of ${database}.${table}: ${standing}`;

const indented = (status: SourceStatus) => `  ${sourceLines(status).replaceAll('\n', '\n  ')}`;
