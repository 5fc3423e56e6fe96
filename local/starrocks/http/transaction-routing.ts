/** Which transaction calls the frontend leader answers itself, and to which backend it sends the others. */
import type { Cluster } from '../cluster.ts';
import type { Struck } from '../faults.ts';
import type { LoadHeaders } from '../model.ts';
import type { Exchange } from './http.ts';
import type { Transaction } from './labels.ts';
import { frontendReply } from './replies.ts';

/** An exception that a frontend prints with the name of its class. */
export class FrontendFailure extends Error {
  readonly javaClass: string;

  constructor(message: string, javaClass = 'com.starrocks.common.StarRocksException') {
    super(message);
    this.name = 'FrontendFailure';
    this.javaClass = javaClass;
  }
}

/** The text of the leader's answer, or the address of the backend that will answer. */
export type Routed =
  | { readonly answer: string; readonly address?: undefined }
  | { readonly answer?: undefined; readonly address: string };

/** How long a commit of a PREPARED transaction waits for visibility when it names no timeout, in milliseconds. */
const defaultCommitWaitMs = 20_000;

interface Asked {
  readonly operation: string;
  readonly database: string;
  readonly label: string;
  readonly timeoutMs: number;
}

/** @throws FrontendFailure */
export async function transactionOperation(cluster: Cluster, exchange: Exchange, struck: Struck): Promise<Routed> {
  const { operation, database, label, timeoutMs } = readOperation(exchange);
  const cached = cluster.coordinators.get(label) !== undefined;
  const known = () => cluster.labels.find(database, label);
  if (operation !== 'begin' && operation !== 'load' && !cached) {
    requireDatabase(cluster, database);
    if (known() === undefined) throw new FrontendFailure(cluster.release.noTransaction(database, label));
  }
  requireDatabase(cluster, database);
  if (operation === 'commit' || operation === 'rollback') {
    const transaction = known();
    if (transaction === undefined) throw new FrontendFailure(`No transaction found by label ${label}`);
    const answer =
      operation === 'commit' ? await commit(cluster, transaction, timeoutMs, struck) : rollback(cluster, transaction);
    if (answer !== undefined) return { answer };
  }
  return {
    address: operation === 'begin' ? allocate(cluster, label) : coordinator(cluster, operation, database, label),
  };
}

function readOperation(exchange: Exchange): Asked {
  const { headers, recorded } = exchange;
  const { operation, database, label } = recorded.call;
  if (operation === 'other' || operation === 'list') {
    throw new FrontendFailure(`Unknown transaction operation: ${exchange.path[2] ?? ''}`);
  }
  if (database.trim() === '') throw new FrontendFailure('No database selected.');
  if (label.trim() === '') throw new FrontendFailure('Empty label.');
  const timeoutMs = (parseLong(headers, 'timeout') ?? defaultCommitWaitMs / 1000) * 1000;
  parseLong(headers, 'prepared_timeout');
  refuseOtherKinds(headers);
  return { operation, database, label, timeoutMs };
}

function parseLong(headers: LoadHeaders, name: string): number | undefined {
  const value = headers[name];
  if (value === undefined) return undefined;
  if (!/^[+-]?\d+$/.test(value))
    throw new FrontendFailure(`For input string: "${value}"`, 'java.lang.NumberFormatException');
  return Number(value);
}

/** Parallel and multi-table transactions are not part of this stand-in: it says so instead of doing something else. */
function refuseOtherKinds(headers: LoadHeaders): void {
  const { channel_id: id, channel_num: count } = headers;
  const ddl = 'com.starrocks.common.DdlException';
  if (count !== undefined && id === undefined)
    throw new FrontendFailure('Must provide channel_id when stream load begin.', ddl);
  if (id !== undefined && count === undefined)
    throw new FrontendFailure('Must provide channel_num when stream load begin.', ddl);
  const multi = headers['transaction_type']?.toLowerCase() === 'multi' || (headers['source_type'] ?? '') !== '';
  if (id !== undefined || multi) {
    throw new FrontendFailure('Unsupported operation: this stand-in has neither parallel nor multi-table transactions');
  }
}

function requireDatabase(cluster: Cluster, database: string): void {
  if (!cluster.catalog.hasDatabase(database)) throw new FrontendFailure(`Database[${database}] does not exist.`);
}

/** Undefined: the backend that holds the data has to do it. */
async function commit(
  cluster: Cluster,
  transaction: Transaction,
  timeoutMs: number,
  struck: Struck,
): Promise<string | undefined> {
  const { id, label, state } = transaction;
  if (state === 'PREPARE') return undefined;
  if (state === 'ABORTED') throw new FrontendFailure(`Can not commit ABORTED transaction ${id}, label is ${label}`);
  if (state !== 'PREPARED') {
    return frontendReply('OK', `Transaction ${id} has already committed, label is ${label}`, transaction);
  }
  const published = await cluster.leader.commitPrepared(id, struck.find('delay-publish') !== undefined);
  if (published === 'late') throw new FrontendFailure(`publish timeout: ${timeoutMs}`);
  return frontendReply('OK', '', transaction);
}

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

/** A label keeps its backend as long as the cache knows it and the backend lives. */
function allocate(cluster: Cluster, label: string): string {
  const cached = cluster.backends[cluster.coordinators.get(label) ?? -1];
  const backend = cached?.alive === true ? cached : cluster.nextBackend();
  if (backend === undefined) throw new FrontendFailure('No backend alive.', 'com.starrocks.common.DdlException');
  cluster.coordinators.set(label, backend.id);
  return backend.address;
}

function coordinator(cluster: Cluster, operation: string, database: string, label: string): string {
  const id = cluster.coordinators.get(label) ?? cluster.labels.find(database, label)?.backend;
  if (id === undefined) throw new FrontendFailure(cluster.release.noNode(operation, database, label));
  const backend = cluster.backends[id];
  if (backend === undefined) {
    throw new FrontendFailure(`Can't find node id ${id}. You can check the cluster to see whether the node exists `);
  }
  return backend.address;
}
