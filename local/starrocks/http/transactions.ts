/**
 * Transaction calls on a backend. A context lives from begin until prepare, commit, rollback or any failure; then the
 * backend knows the label no more. Source: transaction_stream_load.cpp, transaction_mgr.cpp.
 */
import { type Backend, type Cluster, parseCredentials } from '../cluster.ts';
import type { Struck } from '../faults.ts';
import { asLoadFailure, commitRows, disguiseLabelClash, stageRows } from './execute.ts';
import { parseTimeout } from './headers.ts';
import { type Answer, type Exchange, sayContinue } from './http.ts';
import { brief, type LoadContext, newContext, newProgress, removeFiles } from './load-context.ts';
import { LoadFailure } from './load-failure.ts';
import { dropContext } from './timeouts.ts';
import { inProcessing, reply, type Transacting } from './transaction-call.ts';
import { listContexts } from './transaction-list.ts';
import { load } from './transaction-load.ts';

/** @in operation: as in the path, any case */
export async function transactionCall(
  operation: string,
  exchange: Exchange,
  backend: Backend,
  cluster: Cluster,
  struck: Struck,
): Promise<Answer | undefined> {
  const label = exchange.headers['label'] ?? '';
  const call: Transacting = { exchange, backend, cluster, struck, label };
  const refuse = (message: string) =>
    reply('rollback', newProgress(label), new LoadFailure('INVALID_ARGUMENT', message));
  const name = operation.toLowerCase();
  if (name === 'list') return { status: 200, text: listContexts(backend) };
  if (name === 'load' && exchange.request.method === 'PUT') return load(call);
  sayContinue(exchange);
  if (label === '') return refuse('empty label');
  if (cluster.release.severalTables && (exchange.headers['transaction_type'] ?? '') !== '') {
    return refuse('Multi-statement transaction requests can only be sent to FE nodes, not BE nodes');
  }
  if (name === 'begin') return begin(call);
  if (name === 'prepare' || name === 'commit') return finish(call, name);
  if (name === 'rollback') return rollback(call);
  return refuse(`unsupport transaction operation ${operation}`);
}

function begin({ exchange, backend, cluster, struck, label }: Transacting): Answer {
  if (backend.contexts.has(label)) {
    return reply('begin', newProgress(label), new LoadFailure('LABEL_ALREADY_EXISTS', '', ''));
  }
  const { headers } = exchange;
  const progress = newProgress(label);
  try {
    const timeoutSeconds = parseTimeout(headers, 'timeout');
    const idleTimeoutSeconds = parseTimeout(headers, 'idle_transaction_timeout');
    const credentials = parseCredentials(headers);
    if (credentials === undefined) throw new LoadFailure('INTERNAL_ERROR', 'no valid Basic authorization');
    struck.failAt('begin');
    struck.failAt('execute');
    const database = headers['db'] ?? '';
    const table = headers['table'] ?? '';
    const remoteAddress = exchange.socket.remoteAddress ?? '';
    const transaction = cluster.leader.begin({
      database,
      table,
      label,
      backend: backend.id,
      credentials,
      remoteAddress,
      timeoutSeconds,
    });
    const context = newContext({ label, database, table, timeoutSeconds, idleTimeoutSeconds }, cluster.now());
    context.progress.txnId = transaction.id;
    backend.contexts.set(label, context);
    return reply('begin', context.progress);
  } catch (error) {
    return reply('begin', progress, disguiseLabelClash(asLoadFailure(error), struck));
  }
}

function preparedTimeout(headers: Exchange['headers']): number | undefined {
  const value = headers['prepared_timeout'] ?? '';
  if (value === '') return undefined;
  const seconds = /^\s*\+?\d+\s*$/.test(value) ? Number(value) : 0;
  if (seconds <= 0 || seconds > 0x7fffffff)
    throw new LoadFailure('INVALID_ARGUMENT', `Invalid prepared_timeout: ${value}`);
  return seconds;
}

/** The context that prepare, commit and rollback are for; refusals leave the transaction as it is. */
function contextOf({ exchange, backend, label }: Transacting): LoadContext {
  const { db = '' } = exchange.headers;
  const context = backend.contexts.get(label);
  if (context === undefined) throw new LoadFailure('TXN_NOT_EXISTS', `transaction with label ${label} not exists`);
  if (context.database !== db) {
    throw new LoadFailure('INVALID_ARGUMENT', `request db ${db} transaction db ${context.database} not match`);
  }
  return context;
}

async function finish(call: Transacting, operation: 'prepare' | 'commit'): Promise<Answer> {
  const { backend, cluster, label } = call;
  let context: LoadContext;
  let timeoutSeconds: number | undefined;
  try {
    context = contextOf(call);
    const reads = operation === 'prepare' && cluster.release.preparedTimeout;
    timeoutSeconds = reads ? preparedTimeout(call.exchange.headers) : undefined;
    if (context.busy) throw inProcessing();
  } catch (error) {
    return reply(operation, newProgress(label), asLoadFailure(error));
  }
  context.busy = true;
  try {
    await finishRows(call, context, operation, timeoutSeconds);
    backend.contexts.delete(label);
    await removeFiles(context.bodyFiles);
    return reply(operation, context.progress);
  } catch (error) {
    const failure = asLoadFailure(error);
    // A commit that is not yet visible is not rolled back, and the backend keeps its context until it times out.
    if (failure.code === 'PUBLISH_TIMEOUT') context.failure = failure;
    else if (backend.contexts.get(label) === context) dropContext(cluster, backend, label, failure);
    return reply(operation, context.progress, failure);
  } finally {
    context.busy = false;
    context.lastActiveMs = cluster.now();
  }
}

async function finishRows(
  { backend, cluster, struck }: Transacting,
  context: LoadContext,
  operation: 'prepare' | 'commit',
  preparedTimeoutSeconds: number | undefined,
): Promise<void> {
  const { progress, plan } = context;
  if (context.failure !== undefined) throw new LoadFailure('ABORTED', 'transaction is aborted');
  if (plan === undefined) {
    throw new LoadFailure('INTERNAL_ERROR', `transaction ${brief(context)} hasn't send any data yet`);
  }
  struck.failAt('execute');
  const staged = await stageRows(cluster, backend, progress, {
    plan,
    headers: { format: context.format },
    bodyFiles: context.bodyFiles,
    maxFilterRatio: context.maxFilterRatio,
  });
  progress.loadBytes = context.receivedBytes;
  progress.timings.loadMs = cluster.now() - context.beganAtMs;
  if (operation === 'commit') return commitRows(cluster, progress, staged, struck);
  try {
    cluster.leader.prepare(progress.txnId, [staged], preparedTimeoutSeconds);
  } catch (error) {
    await cluster.storage.discard(staged);
    throw error;
  }
}

function rollback(call: Transacting): Answer {
  const { backend, cluster, label } = call;
  try {
    contextOf(call);
    dropContext(cluster, backend, label, new LoadFailure('ABORTED', 'transaction is aborted by user.'));
    return reply('rollback', newProgress(label));
  } catch (error) {
    return reply('rollback', newProgress(label), asLoadFailure(error));
  }
}
