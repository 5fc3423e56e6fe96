/** Which transaction calls the frontend leader answers itself, and to which backend it sends the others. */
import type { Cluster } from '../cluster.ts';
import type { Struck } from '../faults.ts';
import { bypassWrite } from './bypass-write.ts';
import { FrontendFailure } from './frontend-failure.ts';
import type { Exchange } from './http.ts';
import type { Transaction } from './labels.ts';
import { frontendReply } from './replies.ts';
import { severalTables } from './several-tables.ts';
import { readTransactionRequest, requireWarehouse, type TransactionRequest } from './transaction-request.ts';

/** The text of the leader's answer, or the address of the backend that will answer. */
export type Routed =
  | { readonly answer: string; readonly address?: undefined }
  | { readonly answer?: undefined; readonly address: string };

/** @throws FrontendFailure */
export async function transactionOperation(cluster: Cluster, exchange: Exchange, struck: Struck): Promise<Routed> {
  const request = await readTransactionRequest(exchange, cluster.release);
  const { operation, database, label } = request;
  if (request.source === 'MULTI_STATEMENT_STREAMING') return severalTables(cluster, exchange, request, struck);
  const source = request.source ?? sourceByLabel(cluster, request);
  requireDatabase(cluster, database);
  if (source === 'BYPASS_WRITE') return { answer: await bypassWrite(cluster, exchange, request) };
  if (operation === 'commit' || operation === 'rollback') {
    const transaction = cluster.labels.find(database, label);
    if (transaction === undefined) throw new FrontendFailure(`No transaction found by label ${label}`);
    const answer =
      operation === 'commit'
        ? await commit(cluster, transaction, request.timeoutMs, struck)
        : rollback(cluster, transaction);
    if (answer !== undefined) return { answer };
  }
  return { address: operation === 'begin' ? allocate(cluster, request) : coordinator(cluster, request) };
}

/** Who began the transaction that a call is for: a label that a backend serves needs no further look. */
function sourceByLabel(cluster: Cluster, { operation, database, label }: TransactionRequest) {
  if (operation === 'begin' || operation === 'load' || cluster.coordinators.get(label) !== undefined) return undefined;
  requireDatabase(cluster, database);
  const known = cluster.labels.find(database, label);
  if (known === undefined) throw new FrontendFailure(cluster.release.noTransaction(database, label));
  return known.source;
}

function requireDatabase(cluster: Cluster, database: string): void {
  if (!cluster.catalog.hasDatabase(database)) throw new FrontendFailure(`Database[${database}] does not exist.`);
}

/** Undefined: the backend that holds the data has to do it. */
async function commit(
  cluster: Cluster,
  transaction: Transaction,
  waitsMs: number,
  struck: Struck,
): Promise<string | undefined> {
  const { id, label, state } = transaction;
  if (state === 'PREPARE') return undefined;
  if (state === 'ABORTED') throw new FrontendFailure(`Can not commit ABORTED transaction ${id}, label is ${label}`);
  if (state !== 'PREPARED') {
    return frontendReply('OK', `Transaction ${id} has already committed, label is ${label}`, transaction);
  }
  const takesMs = struck.publishMs();
  const published = await cluster.leader.commitPrepared(id, { takesMs, waitsMs });
  if (published === 'late') throw new FrontendFailure(`publish timeout: ${waitsMs}, transactionId=${id}`);
  return frontendReply('OK', '', transaction);
}

/** Undefined: the backend that holds the data has to do it. */
function rollback(cluster: Cluster, transaction: Transaction): string | undefined {
  const { id, label, state } = transaction;
  if (state === 'PREPARE') return undefined;
  if (state === 'COMMITTED' || state === 'VISIBLE') {
    throw new FrontendFailure(`Can not abort ${state} transaction ${id}, label is ${label}`);
  }
  if (state === 'ABORTED')
    return frontendReply('OK', `Transaction ${id} has already aborted, label is ${label}`, transaction);
  cluster.leader.rollback(id, 'User Aborted');
  return frontendReply('OK', '', transaction);
}

/** A label keeps its backend as long as the frontend remembers it and the backend lives. */
function allocate(cluster: Cluster, { label, warehouse }: TransactionRequest): string {
  requireWarehouse(warehouse);
  const cached = cluster.backends[cluster.coordinators.get(label) ?? -1];
  const backend = cached?.alive === true ? cached : cluster.nextBackend();
  if (backend === undefined) throw new FrontendFailure('No backend alive.', 'com.starrocks.common.DdlException');
  cluster.coordinators.set(label, backend.id);
  return backend.address;
}

function coordinator(cluster: Cluster, { operation, database, label }: TransactionRequest): string {
  const byTransaction = cluster.release.coordinators.orByTransaction;
  const id =
    cluster.coordinators.get(label) ?? (byTransaction ? cluster.labels.find(database, label)?.backend : undefined);
  if (id === undefined) throw new FrontendFailure(cluster.release.noNode(operation, database, label));
  const backend = cluster.backends[id];
  if (backend === undefined) {
    throw new FrontendFailure(`Can't find node id ${id}. You can check the cluster to see whether the node exists `);
  }
  return backend.address;
}
