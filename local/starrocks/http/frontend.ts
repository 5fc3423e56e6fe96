/**
 * The HTTP side of one frontend. It never reads the body of a load: it answers, or sends the client to a backend, or, when it is a
 * follower, to the leader. Source: LoadAction.java, TransactionLoadAction.java, TransactionWithoutChannelHandler.java.
 */
import type { Cluster } from '../cluster.ts';
import { callerOf, unauthorized } from './authentication.ts';
import { FrontendFailure } from './frontend-failure.ts';
import type { Answer, Exchange } from './http.ts';
import { LoadFailure } from './load-failure.ts';
import { type RoutedCall, redirect, routeStreamLoad, streamLoadMeta } from './load-routing.ts';
import { page } from './pages.ts';
import { frontendReply, jsonHeaders, restFailure, restReply, transactionResult } from './replies.ts';
import { type Responder, serve } from './serve.ts';
import { transactionOperation } from './transaction-routing.ts';

/** @in leaderAddress: host:port of the leader, for a follower */
export function createFrontend(cluster: Cluster, id: number, leaderAddress?: string): ReturnType<typeof serve> {
  const respond: Responder = async (exchange, struck) => {
    const { operation } = exchange.recorded.call;
    const isPage = exchange.path[1] !== 'transaction' || exchange.request.method === 'GET';
    if (operation === 'other' && isPage && !asksForMeta(exchange)) return page(cluster, exchange);
    const { subject, denied } = callerOf(cluster, exchange);
    if (subject === undefined) return unauthorized(restFailure(denied));
    try {
      return await authenticated(cluster, exchange, { subject, struck, leaderAddress });
    } catch (error) {
      return { status: 200, text: failureReply(error), headers: jsonHeaders, close: operation === 'stream_load' };
    }
  };
  return serve(cluster, 'fe', id, respond);
}

/** A begin that the frontend itself refuses tells of a used label as a backend does. */
function failureReply(error: unknown): string {
  if (error instanceof FrontendFailure) return frontendReply('FAILED', `class ${error.javaClass}: ${error.message}`);
  if (!(error instanceof LoadFailure)) throw error;
  if (error.code === 'LABEL_ALREADY_EXISTS')
    return transactionResult(error.code, error.message, { ExistingJobStatus: error.existingJobStatus });
  return frontendReply('FAILED', `class com.starrocks.common.StarRocksException: ${error.message}`);
}

async function authenticated(cluster: Cluster, exchange: Exchange, call: RoutedCall): Promise<Answer> {
  const { struck, leaderAddress } = call;
  const { operation } = exchange.recorded.call;
  if (operation === 'stream_load') return routeStreamLoad(cluster, exchange, call);
  if (leaderAddress !== undefined) return redirect(exchange, leaderAddress);
  if (asksForMeta(exchange)) return streamLoadMeta(cluster, exchange, call.subject);
  if (operation === 'get_load_state') return loadState(cluster, exchange);
  if (operation === 'cancel') return cancel(cluster, exchange);
  const { answer, address } = await transactionOperation(cluster, exchange, struck);
  if (answer !== undefined) return { status: 200, text: answer, headers: jsonHeaders };
  return redirect(exchange, struck.find('redirect')?.to ?? address);
}

function asksForMeta({ path, request }: Exchange): boolean {
  return path[0] === 'api' && path[3] === '_stream_load_meta' && request.method === 'GET';
}

function loadState(cluster: Cluster, { recorded }: Exchange): Answer {
  const { database, label } = recorded.call;
  const answer = (text: string): Answer => ({ status: 200, text, headers: jsonHeaders });
  if (label === '') return answer(restFailure('No label selected.'));
  if (!cluster.catalog.hasDatabase(database)) return answer(restFailure(`unknown database, database=${database}`));
  const known = cluster.labels.find(database, label);
  return answer(restReply(known === undefined ? { state: 'UNKNOWN' } : { state: known.state, reason: known.reason }));
}

function cancel(cluster: Cluster, { recorded }: Exchange): Answer {
  const { database, label } = recorded.call;
  const answer = (text: string): Answer => ({ status: 200, text, headers: jsonHeaders });
  if (label === '') return answer(restFailure('No label selected.'));
  if (!cluster.catalog.hasDatabase(database)) return answer(restFailure(`unknown database, database=${database}`));
  const known = cluster.labels.find(database, label);
  if (known === undefined) return answer(restFailure(`transaction not found: ${label}`));
  if (known.state !== 'PREPARE') return answer(restFailure(`running transaction not found, label=${label}`));
  cluster.leader.rollback(known.id, 'user cancel');
  return answer(restReply());
}
