/** The load of a transaction on a backend: which transaction it is for, what its headers say, its body. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { asLoadFailure, planned } from './execute.ts';
import {
  checkBodyBytes,
  checkExecMemLimit,
  checkJsonBytes,
  checkTransactionHeaders,
  loadFingerprint,
  parseFormat,
  parseMaxFilterRatio,
  transactionHeaders,
} from './headers.ts';
import { type Answer, declaredBytes, type Exchange, spoolBody } from './http.ts';
import { brief, channelKey, type LoadContext, newProgress } from './load-context.ts';
import { LoadFailure } from './load-failure.ts';
import { dropContext } from './timeouts.ts';
import { inProcessing, reply, type Transacting } from './transaction-call.ts';

/** The context a load is for. Refusals here leave the transaction as it is. */
function contextOfLoad({ exchange, backend, label }: Transacting): LoadContext {
  const { db = '', table = '' } = exchange.headers;
  if (label === '') throw new LoadFailure('INVALID_ARGUMENT', `Invalid label ${label}`);
  const context = backend.contexts.get(label) ?? backend.channels.get(channelKey(label, table));
  if (context === undefined) throw new LoadFailure('TXN_NOT_EXISTS', `Transaction with label ${label} not exists`);
  if (context.database !== db) {
    throw new LoadFailure(
      'INVALID_ARGUMENT',
      `Request database ${db} not equal transaction database ${context.database}`,
    );
  }
  if (context.table !== table) {
    throw new LoadFailure('INVALID_ARGUMENT', `Request table ${table} not equal transaction table ${context.table}`);
  }
  if (context.busy) throw inProcessing();
  return context;
}

export async function load(call: Transacting): Promise<Answer | undefined> {
  let context: LoadContext;
  try {
    context = contextOfLoad(call);
  } catch (error) {
    return reply('load', newProgress(call.label), asLoadFailure(error));
  }
  const { cluster, backend, label } = call;
  const { promise, resolve } = Promise.withResolvers<void>();
  Object.assign(context, { busy: true, loading: promise, lastActiveMs: cluster.now() });
  context.progress.loadBytes = 0;
  try {
    await planLoad(call, context);
    const end = await appendBody(call, context);
    if (end === 'gone') return undefined;
    if (end === 'too-large') return { status: 413, text: '', close: true };
    if (context.failure !== undefined) throw context.failure;
    call.struck.failAt('execute');
    return reply('load', context.progress);
  } catch (error) {
    const failure = asLoadFailure(error);
    if (backend.contexts.get(label) === context) dropContext(cluster, backend, label, failure);
    else context.failure ??= failure;
    return reply('load', context.progress, failure);
  } finally {
    Object.assign(context, { busy: false, lastActiveMs: cluster.now() });
    resolve();
  }
}

async function planLoad({ exchange, backend, cluster, label }: Transacting, context: LoadContext): Promise<void> {
  if (context.failure !== undefined) throw new LoadFailure('ABORTED', 'current transaction is aborted');
  const headers = transactionHeaders(exchange.headers);
  context.bodyBytes += declaredBytes(headers);
  checkBodyBytes(context.bodyBytes, cluster.sizes, brief(context));
  const format = parseFormat(headers);
  if (backend.channels.get(channelKey(label, context.table)) === context) checkChannelFormat(context, headers, format);
  context.format = format;
  if (context.format === 'json') checkJsonBytes(headers, context.bodyBytes, cluster.sizes);
  checkTransactionHeaders(headers);
  const fingerprint = loadFingerprint(headers);
  if (context.fingerprint !== undefined && context.fingerprint !== fingerprint) {
    throw new LoadFailure('INTERNAL_ERROR', 'load request not equal last.');
  }
  context.fingerprint = fingerprint;
  if (context.plan !== undefined) return;
  context.maxFilterRatio = parseMaxFilterRatio(headers);
  const transaction = cluster.labels.byId(context.progress.txnId);
  if (transaction === undefined) throw new LoadFailure('ANALYSIS_ERROR', 'transaction not found');
  const startedMs = cluster.now();
  const plan = await planned(cluster, cluster.leader.table(transaction), headers);
  checkExecMemLimit(headers);
  context.plan = plan;
  context.progress.timings.planMs = cluster.now() - startedMs;
}

/** The frontend has planned all loads into a table of several by the first one. */
function checkChannelFormat(context: LoadContext, headers: Exchange['headers'], format: string): void {
  if (format === context.format) return;
  const ending =
    headers['format'] === undefined
      ? 'is not default format TFileFormatType::FORMAT_CSV_PLAIN'
      : 'is not same as format from cur http header';
  throw new LoadFailure('INTERNAL_ERROR', `stream load context's format ${ending}`);
}

/** Bytes that came before a body broke off stay in the transaction. */
async function appendBody(
  { exchange, cluster, struck }: Transacting,
  context: LoadContext,
): Promise<'complete' | 'gone' | 'too-large'> {
  const tail = context.tailOpen ? context.bodyFiles.at(-1) : undefined;
  const file = tail ?? join(cluster.scratch, randomUUID());
  if (tail === undefined) context.bodyFiles.push(file);
  const cut = struck.find('close-mid-body');
  const startedMs = cluster.now();
  const end = await spoolBody(exchange, file, {
    maxBytes: cluster.sizes.maxBodyBytes,
    ...(cut === undefined ? {} : { cutAfterBytes: cut.afterBytes ?? 0 }),
  });
  const { bytes } = exchange.recorded.call;
  context.tailOpen = end !== 'complete';
  context.progress.loadBytes = bytes;
  context.receivedBytes += bytes;
  context.progress.timings.readMs = cluster.now() - startedMs;
  if (end === 'complete' || end === 'too-large') return end;
  return 'gone';
}
