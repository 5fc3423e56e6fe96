/** Transactions whose rows are written past the backends: the frontend does every call itself. Source: BypassWriteTransactionHandler.java. */
import { type Cluster, parseCredentials } from '../cluster.ts';
import { FrontendFailure } from './frontend-failure.ts';
import type { Exchange } from './http.ts';
import type { Transaction } from './labels.ts';
import { frontendReply } from './replies.ts';
import type { TransactionRequest } from './transaction-request.ts';

/** @throws FrontendFailure, LoadFailure of begin */
export async function bypassWrite(cluster: Cluster, exchange: Exchange, request: TransactionRequest): Promise<string> {
  const { operation, label, timeoutMs } = request;
  if (operation === 'load') throw new FrontendFailure('Unsupported operation: TXN_LOAD');
  if (operation === 'begin') return begin(cluster, exchange, request);
  const transaction = transactionOf(cluster, request);
  const { id, state } = transaction;
  const already = (what: string) =>
    frontendReply('OK', `Transaction ${id} has already ${what}, label is ${label}`, transaction);
  const refuse = (what: string) => new FrontendFailure(`Can not ${what} ${state} transaction ${id}, label is ${label}`);
  const isCommitted = state === 'COMMITTED' || state === 'VISIBLE';
  if (operation === 'prepare') {
    if (state === 'ABORTED') throw refuse('prepare');
    if (state !== 'PREPARE') return already(state);
    cluster.labels.prepare(id, [], cluster.config.number('prepared_transaction_default_timeout_second') * 1000);
  } else if (operation === 'commit') {
    if (isCommitted) return already('committed');
    if (state !== 'PREPARED') throw refuse('commit');
    await cluster.leader.commitPrepared(id, { takesMs: 0, waitsMs: timeoutMs });
  } else {
    if (state === 'ABORTED') return already('aborted');
    if (state !== 'PREPARED') throw refuse('abort');
    cluster.leader.rollback(id, 'User Aborted');
  }
  return frontendReply('OK', '', transaction);
}

function begin(cluster: Cluster, exchange: Exchange, request: TransactionRequest): string {
  const { database, table, label, timeoutMs } = request;
  if (cluster.catalog.table(database, table) === undefined)
    throw new FrontendFailure(`Table[${database}.${table}] does not exist.`);
  const credentials = parseCredentials(exchange.headers) ?? { user: '', password: '' };
  const transaction = cluster.leader.begin({
    ...{ database, table, label, credentials, source: 'BYPASS_WRITE', backend: -1 },
    remoteAddress: exchange.socket.remoteAddress ?? '',
    timeoutSeconds: timeoutMs / 1000,
  });
  return frontendReply('OK', '', transaction);
}

function transactionOf(cluster: Cluster, { database, label }: TransactionRequest): Transaction {
  const known = cluster.labels.find(database, label);
  if (known === undefined) throw new FrontendFailure(`No transaction found by label ${label}`);
  if (known.source === 'BYPASS_WRITE') return known;
  throw new FrontendFailure(`Transaction found by label ${label} isn't created in BYPASS_WRITE scenario.`);
}
