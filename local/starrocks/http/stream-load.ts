/**
 * A plain Stream Load on a backend: headers are judged, the transaction is begun and the load is planned before a byte of
 * the body is read; then body, rows, commit. Source: stream_load.cpp.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Backend, type Cluster, parseCredentials } from '../cluster.ts';
import type { Struck } from '../faults.ts';
import type { Plan } from '../model.ts';
import { asLoadFailure, commitRows, disguiseLabelClash, planned, stageRows } from './execute.ts';
import {
  checkBodyBytes,
  checkExecMemLimit,
  checkJsonBytes,
  checkPlainHeaders,
  parseFormat,
  parseMaxFilterRatio,
  parseMergeCommit,
  parseTimeout,
} from './headers.ts';
import { type Answer, declaredBytes, type Exchange, spoolBody } from './http.ts';
import { brief, newProgress, type Progress, removeFiles } from './load-context.ts';
import { LoadFailure } from './load-failure.ts';
import { mergeCommit } from './merge-commit.ts';
import { plainReply } from './replies.ts';

interface PlainLoad {
  readonly exchange: Exchange;
  readonly backend: Backend;
  readonly cluster: Cluster;
  readonly struck: Struck;
  readonly database: string;
  readonly table: string;
  readonly progress: Progress;
}

export async function streamLoad(
  exchange: Exchange,
  backend: Backend,
  cluster: Cluster,
  struck: Struck,
): Promise<Answer | undefined> {
  const [, database = '', table = ''] = exchange.path;
  const progress = newProgress(exchange.headers['label'] || randomUUID());
  const load: PlainLoad = { exchange, backend, cluster, struck, database, table, progress };
  const startedMs = cluster.now();
  let failure: LoadFailure | undefined;
  try {
    const merged = judgeHeaders(load);
    if (merged) return await mergeCommit(exchange, backend, cluster, struck, startedMs);
    const plan = await beginAndPlan(load);
    const end = await receive(load, plan);
    if (end !== 'loaded') return end === 'gone' ? undefined : { status: 413, text: '', close: true };
  } catch (error) {
    failure = disguiseLabelClash(asLoadFailure(error), struck);
    if (progress.txnId >= 0) cluster.leader.rollback(progress.txnId, failure.message);
  }
  progress.timings.loadMs = cluster.now() - startedMs;
  return { status: 200, text: plainReply(progress, failure) };
}

/** @out whether the load wants merge commit */
function judgeHeaders({ exchange, cluster, database, progress }: PlainLoad): boolean {
  const { headers } = exchange;
  if (parseCredentials(headers) === undefined) throw new LoadFailure('INTERNAL_ERROR', 'no valid Basic authorization');
  const merged = parseMergeCommit(headers);
  const bytes = declaredBytes(headers);
  checkBodyBytes(bytes, cluster.sizes, brief({ id: randomUUID(), database, progress }));
  if (parseFormat(headers) === 'json') checkJsonBytes(headers, bytes, cluster.sizes);
  parseTimeout(headers, 'timeout');
  return merged;
}

async function beginAndPlan(load: PlainLoad): Promise<Plan> {
  const { exchange, backend, cluster, struck, database, table, progress } = load;
  const { headers } = exchange;
  const { timings } = progress;
  const credentials = parseCredentials(headers);
  if (credentials === undefined) throw new LoadFailure('INTERNAL_ERROR', 'no valid Basic authorization');
  struck.failAt('begin');
  const beganMs = cluster.now();
  const transaction = cluster.leader.begin({
    database,
    table,
    label: progress.label,
    backend: backend.id,
    credentials,
    remoteAddress: exchange.socket.remoteAddress ?? '',
    timeoutSeconds: parseTimeout(headers, 'timeout'),
  });
  progress.txnId = transaction.id;
  timings.beginMs = cluster.now() - beganMs;
  checkPlainHeaders(headers);
  const plannedMs = cluster.now();
  const plan = await planned(cluster, cluster.leader.table(transaction), headers);
  checkExecMemLimit(headers);
  timings.planMs = cluster.now() - plannedMs;
  return plan;
}

async function receive(load: PlainLoad, plan: Plan): Promise<'loaded' | 'gone' | 'too-large'> {
  const { exchange, backend, cluster, struck, progress } = load;
  const { headers, recorded } = exchange;
  const file = join(cluster.scratch, randomUUID());
  const cut = struck.find('close-mid-body');
  try {
    const readMs = cluster.now();
    const end = await spoolBody(exchange, file, {
      maxBytes: cluster.sizes.maxBodyBytes,
      ...(cut === undefined ? {} : { cutAfterBytes: cut.afterBytes ?? 0 }),
    });
    progress.loadBytes = recorded.call.bytes;
    progress.timings.readMs = cluster.now() - readMs;
    if (end !== 'complete') {
      if (cut?.leavesRunning !== true) cluster.leader.rollback(progress.txnId, 'Cancelled');
      return end === 'too-large' ? 'too-large' : 'gone';
    }
    struck.failAt('execute');
    const staged = await stageRows(cluster, backend, progress, {
      plan,
      headers,
      bodyFiles: [file],
      maxFilterRatio: parseMaxFilterRatio(headers),
    });
    await commitRows(cluster, progress, staged, struck);
    return 'loaded';
  } finally {
    await removeFiles([file]);
  }
}
