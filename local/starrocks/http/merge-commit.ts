/**
 * Merge commit: requests for one table with the same headers that arrive within `merge_commit_interval_ms` become one
 * transaction. The client's label is an echo only; nothing is deduplicated. Source: batch_write_mgr.cpp, BatchWriteMgr.java.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Backend, type Cluster, type MergeGroup, parseCredentials } from '../cluster.ts';
import type { Struck } from '../faults.ts';
import { trackingSql } from '../load-records.ts';
import type { LoadHeaders } from '../model.ts';
import { asLoadFailure, commitRows, planned, stageRows, tooManyFiltered } from './execute.ts';
import { checkPlainHeaders, mergeHeaders, mergeKey, parseMaxFilterRatio, parseTimeout } from './headers.ts';
import { type Answer, type Exchange, spoolBody } from './http.ts';
import { newProgress, type Progress, removeFiles } from './load-context.ts';
import { LoadFailure } from './load-failure.ts';
import { mergeCommitRefusal } from './load-routing.ts';
import { mergeCommitReply } from './replies.ts';

export async function mergeCommit(
  exchange: Exchange,
  backend: Backend,
  cluster: Cluster,
  struck: Struck,
  startedMs: number,
): Promise<Answer | undefined> {
  const { headers, recorded } = exchange;
  const mine = newProgress('');
  const answer = (failure?: LoadFailure): Answer => {
    mine.timings.loadMs = cluster.now() - startedMs;
    const text = mergeCommitReply(mine, headers['label'] ?? '', failure);
    return { status: 200, text };
  };
  const refusal = mergeCommitRefusal(headers);
  if (refusal !== undefined) return answer(new LoadFailure('INVALID_ARGUMENT', refusal));
  const file = join(cluster.scratch, randomUUID());
  const cut = struck.find('close-mid-body');
  const end = await spoolBody(exchange, file, {
    maxBytes: cluster.sizes.maxBodyBytes,
    ...(cut === undefined ? {} : { cutAfterBytes: cut.afterBytes ?? 0 }),
  });
  mine.loadBytes = recorded.call.bytes;
  mine.timings.readMs = cluster.now() - startedMs;
  if (end !== 'complete') {
    await removeFiles([file]);
    return end === 'too-large' ? { status: 413, text: '', close: true } : undefined;
  }
  try {
    const group = joinGroup(exchange, backend, cluster, struck);
    group.bodyFiles.push(file);
    group.progress.loadBytes += mine.loadBytes;
    mine.txnId = group.progress.txnId;
    mine.label = group.progress.label;
    return answer(headers['merge_commit_async'] === 'true' ? undefined : await group.done);
  } catch (error) {
    await removeFiles([file]);
    return answer(asLoadFailure(error));
  }
}

function joinGroup(exchange: Exchange, backend: Backend, cluster: Cluster, struck: Struck): MergeGroup {
  const [, database = '', table = ''] = exchange.path;
  const { open } = cluster.merges;
  const key = `${backend.id} ${mergeKey(database, table, exchange.headers)}`;
  const joined = open.get(key);
  // One that was cancelled takes nothing more.
  if (joined !== undefined && cluster.labels.byId(joined.progress.txnId)?.state === 'PREPARE') return joined;
  const group = openGroup(exchange, backend, cluster, struck, () => {
    if (open.get(key) === group) open.delete(key);
  });
  open.set(key, group);
  return group;
}

function openGroup(
  exchange: Exchange,
  backend: Backend,
  cluster: Cluster,
  struck: Struck,
  closed: () => void,
): MergeGroup {
  const { headers, path } = exchange;
  const [, database = '', table = ''] = path;
  const progress = newProgress(`merge_commit_${randomUUID()}`);
  const credentials = parseCredentials(headers) ?? { user: '', password: '' };
  struck.failAt('begin');
  const transaction = cluster.leader.begin({
    database,
    table,
    label: progress.label,
    backend: backend.id,
    credentials,
    remoteAddress: exchange.socket.remoteAddress ?? '',
    timeoutSeconds: parseTimeout(headers, 'timeout'),
    source: 'FRONTEND_STREAMING',
    merged: mergeHeaders(headers),
  });
  progress.txnId = transaction.id;
  const bodyFiles: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<LoadFailure | undefined>();
  const close = (): void => {
    closed();
    finishGroup(cluster, backend, headers, { progress, bodyFiles }, struck).then(resolve, reject);
  };
  promise.catch(() => undefined);
  setTimeout(close, Number(headers['merge_commit_interval_ms'])).unref();
  return { progress, bodyFiles, done: promise };
}

async function finishGroup(
  cluster: Cluster,
  backend: Backend,
  headers: LoadHeaders,
  { progress, bodyFiles }: Pick<MergeGroup, 'progress' | 'bodyFiles'>,
  struck: Struck,
): Promise<LoadFailure | undefined> {
  try {
    const transaction = cluster.labels.byId(progress.txnId);
    if (transaction === undefined) throw new LoadFailure('ANALYSIS_ERROR', 'transaction not found');
    if (transaction.state === 'ABORTED') throw new LoadFailure('ABORTED', transaction.reason);
    // skip_header is none of the parameters of a load that is merged.
    const read = mergeHeaders(headers);
    checkPlainHeaders(read);
    const plan = await planned(cluster, cluster.leader.table(transaction), read);
    struck.failAt('execute');
    const maxFilterRatio = parseMaxFilterRatio(read);
    const staged = await stageRows(cluster, backend, progress, {
      plan,
      headers: read,
      bodyFiles,
      maxFilterRatio,
    });
    await commitRows(cluster, progress, staged, struck);
    return undefined;
  } catch (error) {
    const failure = asLoadFailure(error);
    if (failure.code === 'PUBLISH_TIMEOUT')
      return new LoadFailure('INTERNAL_ERROR', 'Load has not been published before timeout');
    cluster.leader.rollback(progress.txnId, abortReason(cluster, progress, failure));
    const reason = cluster.labels.byId(progress.txnId)?.reason ?? failure.message;
    return new LoadFailure('INTERNAL_ERROR', `Load is aborted, reason: ${reason}`);
  } finally {
    await removeFiles(bodyFiles);
  }
}

/** @source MergeCommitTask.java */
function abortReason({ loadTasks }: Cluster, progress: Progress, { code, message }: LoadFailure): string {
  const task = loadTasks.ofTransaction(progress.txnId);
  if (message === tooManyFiltered && task !== undefined) {
    const tracking = `Tracking URL: ${progress.errorUrl ?? 'N/A'}. Tracking SQL: ${trackingSql(task)}`;
    return `There is a data quality issue. Please check the tracking URL or SQL for details. ${tracking}`;
  }
  const isExecution = code === 'DATA_QUALITY_ERROR' || code === 'INTERNAL_ERROR';
  return isExecution ? `Load execution failed. errorCode=${code}, message=${message}` : message;
}
