/**
 * Transactions over several tables of a database (`transaction_type: multi`, from 4.0 on). The frontend keeps them, by label
 * alone, and does every call but the taking of rows: a load it plans and sends to a backend, a table each to one.
 *
 *   begin ─▶ BEGIN ─▶ COMMITING ─▶ COMMITED
 *              └──────────┴─▶ CANCELLED      (rollback, timeout, a load or a commit that fails)
 *
 * Source: Stream Load reference §6.4; MultiStatementTransactionHandler.java, StreamLoadMgr.java, StreamLoadMultiStmtTask.java.
 */
import { type Cluster, parseCredentials } from '../cluster.ts';
import type { Struck } from '../faults.ts';
import type { Staged } from '../model.ts';
import { stageRows } from './execute.ts';
import { FrontendFailure } from './frontend-failure.ts';
import { parseFormat, parseMaxFilterRatio } from './headers.ts';
import type { Exchange } from './http.ts';
import { channelKey, newContext, removeFiles } from './load-context.ts';
import { LoadFailure } from './load-failure.ts';
import type { MultiTableTask, TablePart } from './multi-table-task.ts';
import { transactionResult } from './replies.ts';
import { requireWarehouse, type TransactionRequest } from './transaction-request.ts';

type Routed = { readonly answer: string } | { readonly address: string };

const ok = (message = '', entries: Entries = {}): Routed => ({ answer: transactionResult('OK', message, entries) });
const failed = (message: string, entries: Entries = {}): Routed => ({
  answer: transactionResult('FAILED', message, entries),
});
type Entries = Parameters<typeof transactionResult>[2];

/** @throws FrontendFailure */
export async function severalTables(
  cluster: Cluster,
  exchange: Exchange,
  request: TransactionRequest,
  struck: Struck,
): Promise<Routed> {
  const { operation, label } = request;
  if (operation === 'begin') return begin(cluster, request);
  if (operation === 'prepare') throw new FrontendFailure('Unsupported operation: TXN_PREPARE');
  const task = cluster.tasks.get(label);
  if (task === undefined) {
    // The words of rollback run together there.
    const words = operation === 'rollback' ? `task${label}does` : `task ${label} does`;
    throw new FrontendFailure(`stream load ${words} not exist`);
  }
  if (operation === 'load') return load(cluster, exchange, request, task);
  if (operation === 'commit') return commit(cluster, task, struck);
  return rollback(cluster, task);
}

/** Ends those whose time is over. */
export function timeOutTasks(cluster: Cluster): void {
  for (const task of cluster.tasks.values()) {
    if (task.state !== 'BEGIN' || cluster.now() - task.createdAtMs <= task.timeoutMs) continue;
    cancel(cluster, task, `transaction timeout after ${task.timeoutMs}ms`);
  }
}

/** What becomes of them when the frontend starts again: those that are not at their end are given up. */
export function cancelTasks(cluster: Cluster): void {
  for (const task of cluster.tasks.values()) {
    if (task.state !== 'COMMITED') cancel(cluster, task, 'cancelled after FE restart');
  }
}

function begin(cluster: Cluster, { database, label, timeoutMs, warehouse }: TransactionRequest): Routed {
  requireWarehouse(warehouse);
  if (!cluster.catalog.hasDatabase(database)) throw new FrontendFailure(`Database[${database}] does not exist`);
  const used = (message: string, entries: Entries): Routed => ({
    answer: transactionResult('LABEL_ALREADY_EXISTS', message, entries),
  });
  const task = cluster.tasks.get(label);
  if (task?.state === 'COMMITED')
    return used(`Label [${label}] has already been used.`, { ExistingJobStatus: task.state });
  if (task !== undefined) {
    const { txnId, state } = task;
    const message = `Transaction already started with label [${label}], txnId: ${txnId}`;
    return used(message, { ExistingJobStatus: state, TxnId: txnId });
  }
  const known = cluster.labels.find(database, label);
  if (known !== undefined && known.state !== 'ABORTED')
    return used(`Label [${label}] has already been used.`, { ExistingJobStatus: known.state, Db: database });
  cluster.tasks.set(label, {
    ...{ label, database, timeoutMs, txnId: cluster.labels.reserveId(), createdAtMs: cluster.now() },
    ...{ state: 'BEGIN', error: '', parts: new Map() },
  });
  return ok();
}

function load(cluster: Cluster, exchange: Exchange, request: TransactionRequest, task: MultiTableTask): Routed {
  const { label, state, error, parts } = task;
  if (state === 'CANCELLED') return failed(`stream load task ${label} has already been cancelled: ${error}`);
  if (state === 'COMMITED') return failed(`stream load task ${label} has already been commited`);
  if (state === 'COMMITING') return failed(`stream load task ${label} is committing, can not accept new loads`);
  try {
    if (task.database !== request.database) {
      const names = `Request database ${request.database} not equal transaction database ${task.database}`;
      throw new FrontendFailure(names);
    }
    const part = parts.get(request.table) ?? openPart(cluster, exchange, request, task);
    return { address: cluster.backends[part.backend]?.address ?? '' };
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    cancel(cluster, task, thrown.message);
    if (thrown instanceof LoadFailure) return failed(thrown.message);
    throw thrown;
  }
}

/** The first load into a table says how all of them are read. */
function openPart(cluster: Cluster, exchange: Exchange, request: TransactionRequest, task: MultiTableTask): TablePart {
  const { headers } = exchange;
  const { label, database, txnId } = task;
  const { table } = request;
  const definition = cluster.catalog.table(database, table);
  if (definition === undefined) {
    const message = `Failed to find table ${table === '' ? null : table} in db ${database}`;
    throw new FrontendFailure(message, 'com.starrocks.common.MetaNotFoundException');
  }
  const backend = cluster.nextBackend();
  if (backend === undefined) throw taskFailure(task, 'No backend alive.');
  const begun = { database, label, source: 'MULTI_STATEMENT_STREAMING', backend: backend.id } as const;
  if (task.parts.size === 0) cluster.labels.add({ ...begun, table, timeoutMs: task.timeoutMs }, txnId);
  else cluster.labels.addTable(txnId, table);
  remember(cluster, exchange, task, table);
  const planned = cluster.storage.plan(definition, headers);
  if (!planned.ok) throw taskFailure(task, planned.message);
  const timeoutSeconds = task.timeoutMs / 1000;
  const context = newContext({ label, database, table, timeoutSeconds, idleTimeoutSeconds: undefined }, cluster.now());
  context.progress.txnId = txnId;
  context.plan = planned.plan;
  context.format = parseFormat(headers);
  context.maxFilterRatio = parseMaxFilterRatio(headers);
  const part = { table, backend: backend.id, context };
  task.parts.set(table, part);
  backend.channels.set(channelKey(label, table), context);
  return part;
}

/** The listing of loads shows each table of a transaction by itself. */
function remember(cluster: Cluster, { headers, socket }: Exchange, task: MultiTableTask, table: string): void {
  const transaction = cluster.labels.byId(task.txnId);
  if (transaction === undefined) return;
  const part = cluster.loadTasks.begin({
    database: task.database,
    table,
    label: task.label,
    user: parseCredentials(headers)?.user ?? '',
    clientAddress: socket.remoteAddress ?? '',
    timeoutSeconds: task.timeoutMs / 1000,
    part: true,
  });
  cluster.loadTasks.started(part, transaction);
}

const taskFailure = ({ txnId, label }: MultiTableTask, message: string) =>
  new LoadFailure(
    'CANCELLED',
    `STREAM_LOAD_TASK:${txnId}, label:${label}, error_msg:cancel stream task for exception: ${message}`,
  );

async function commit(cluster: Cluster, task: MultiTableTask, struck: Struck): Promise<Routed> {
  const { label, txnId, state, parts } = task;
  const named = { Label: label, TxnId: txnId };
  if (state === 'COMMITED') return ok(`Transaction ${txnId} has already committed, label is ${label}`, named);
  if (state === 'CANCELLED') return failed(`Can not commit CANCELLED transaction ${txnId}, label is ${label}`);
  if (state === 'COMMITING') return failed(`Transaction ${txnId} is already committing, label is ${label}`);
  task.state = 'COMMITING';
  const entries = parts.size === 0 ? {} : { ...named, ChannelId: 0, 'Prepared Channel Num': 1 };
  const staged: Staged[] = [];
  try {
    for (const part of parts.values()) staged.push(await stagePart(cluster, task, part));
    if (staged.length > 0) {
      const times = { takesMs: struck.publishMs(), waitsMs: task.timeoutMs };
      await cluster.leader.commit(txnId, staged, times);
    }
    task.state = 'COMMITED';
    await closeParts(cluster, task);
    return ok('', entries);
  } catch (error) {
    if (!(error instanceof LoadFailure)) throw error;
    for (const rows of staged) await cluster.storage.discard(rows);
    cancel(cluster, task, error.message);
    return failed(error.message, entries);
  }
}

async function stagePart(
  cluster: Cluster,
  task: MultiTableTask,
  { table, backend: id, context }: TablePart,
): Promise<Staged> {
  await context.loading;
  const { plan, progress, failure, format, bodyFiles, maxFilterRatio } = context;
  const fail = (cause: string) => {
    const url = progress.errorUrl === undefined ? '' : `, tracking_url: ${progress.errorUrl}`;
    return taskFailure(task, `Failed to load table ${table}: ${cause}${url}`);
  };
  if (failure !== undefined) throw fail(failure.message);
  const backend = cluster.backends[id];
  if (plan === undefined || backend?.channels.get(channelKey(task.label, table)) !== context)
    throw fail('failed to send finish stream load channel: connection refused');
  try {
    const staged = await stageRows(cluster, backend, progress, {
      plan,
      headers: { format },
      bodyFiles,
      maxFilterRatio,
    });
    if (staged.loaded > 0) return staged;
    await cluster.storage.discard(staged);
  } catch (error) {
    if (!(error instanceof LoadFailure)) throw error;
    throw fail(error.message === 'too many filtered rows' ? 'abnormal data more than max filter rate' : error.message);
  }
  throw fail('No rows were imported from upstream');
}

function rollback(cluster: Cluster, task: MultiTableTask): Routed {
  const { label, txnId, state } = task;
  const named = { Label: label, TxnId: txnId };
  if (state === 'COMMITED') return failed(`Can not abort VISIBLE transaction ${txnId}, label is ${label}`);
  if (state === 'CANCELLED') return ok(`Transaction ${txnId} has already aborted, label is ${label}`, named);
  if (state === 'COMMITING') return failed(`Can not abort transaction ${txnId} during committing, label is ${label}`);
  cancel(cluster, task, 'manual abort');
  return ok(`stream load ${label} abort`);
}

function cancel(cluster: Cluster, task: MultiTableTask, error: string): void {
  Object.assign(task, { state: 'CANCELLED', error });
  cluster.leader.rollback(task.txnId, error);
  void closeParts(cluster, task);
}

async function closeParts({ backends }: Cluster, { label, parts }: MultiTableTask): Promise<void> {
  for (const { table, backend, context } of parts.values()) {
    backends[backend]?.channels.delete(channelKey(label, table));
    await removeFiles(context.bodyFiles);
  }
}
