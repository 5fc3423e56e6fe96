/**
 * Where a frontend sends a plain Stream Load, and what it refuses by itself: it looks at few headers, and never at the body.
 * Source: LoadAction.java, BatchWriteMgr.java.
 */
import type { Cluster } from '../cluster.ts';
import type { Struck } from '../faults.ts';
import type { LoadHeaders } from '../model.ts';
import type { Subject } from '../users/accounts.ts';
import { refuseWithout } from './authentication.ts';
import { FrontendFailure } from './frontend-failure.ts';
import { mergeKey, parseFormat } from './headers.ts';
import { type Answer, type Exchange, isContinueExpected } from './http.ts';
import { LoadFailure } from './load-failure.ts';
import { codedReply, frontendJson, frontendReply, jsonHeaders, restFailure } from './replies.ts';
import { knownWarehouse, warehouseComplaint } from './warehouses.ts';

/** Scheme is always http; the query stays; nothing of the credentials goes along. */
export function redirect({ request }: Exchange, address: string, { close = false } = {}): Answer {
  return { status: 307, text: '', headers: { location: `http://${address}${request.url ?? '/'}` }, close };
}

export interface RoutedCall {
  readonly subject: Subject;
  readonly struck: Struck;
  /** Of a follower, which sends merge commit to the leader. */
  readonly leaderAddress: string | undefined;
}

export function routeStreamLoad(
  cluster: Cluster,
  exchange: Exchange,
  { subject, struck, leaderAddress }: RoutedCall,
): Answer {
  const { headers, request } = exchange;
  if (request.httpVersion !== '1.0' && !isContinueExpected(request)) {
    const text = frontendReply('FAILED', 'class com.starrocks.common.DdlException: There is no 100-continue header');
    return { status: 200, text, headers: jsonHeaders, close: true };
  }
  const merges = wantsMergeCommit(headers);
  if (merges && leaderAddress !== undefined) return redirect(exchange, leaderAddress, { close: true });
  const denied = refuseInsert(cluster, exchange, subject);
  if (denied !== undefined) return { ...denied, close: true };
  const refusal = merges ? refuseMergeCommit(cluster, exchange) : refuseWarehouse(headers);
  if (refusal !== undefined) return { ...refusal, close: true };
  const backend = cluster.nextBackend();
  if (backend === undefined) throw new FrontendFailure('No backend alive.', 'com.starrocks.common.DdlException');
  const answer = redirect(exchange, struck.find('redirect')?.to ?? backend.address, { close: true });
  return struck.find('garble-location') === undefined ? answer : garbled(answer);
}

/** What a frontend did not expect: an exception of Java, as an answer. */
const unexpected = (message: string): Answer => ({ status: 500, text: restFailure(message) });

function refuseInsert(cluster: Cluster, { path }: Exchange, subject: Subject): Answer | undefined {
  const [, database = '', name = ''] = path;
  return refuseWithout(cluster, subject, 'INSERT', { kind: 'TABLE', database, name });
}

/** `_stream_load_meta`: the nodes that merge commit may be sent to; none for other loads. */
export function streamLoadMeta(cluster: Cluster, exchange: Exchange, subject: Subject): Answer {
  const denied = refuseInsert(cluster, exchange, subject);
  if (denied !== undefined) return denied;
  const ok = { status: 'OK', code: 'OK', msg: '', message: '' };
  const answer = (fields: object): Answer => ({ status: 200, text: frontendJson(fields), headers: jsonHeaders });
  if (!wantsMergeCommit(exchange.headers)) return answer(ok);
  const refusal = refuseMergeCommit(cluster, exchange);
  if (refusal !== undefined) return refusal;
  const living = cluster.backends.filter(({ alive }) => alive);
  const parallel = Math.min(Number(exchange.headers['merge_commit_parallel']), living.length);
  const nodes = living.slice(0, parallel).map(({ address }) => address);
  // Loads over brpc are not imitated: nothing listens there.
  const brpc = nodes.map((address) => address.replace(/\d+$/, '8060'));
  return answer({ nodes: { http: nodes.join(','), brpc: brpc.join(',') }, ...ok });
}

function wantsMergeCommit(headers: LoadHeaders): boolean {
  return headers['enable_merge_commit']?.toLowerCase() === 'true';
}

/** @out the refusal of an unknown warehouse */
function refuseWarehouse(headers: LoadHeaders): Answer | undefined {
  const complaint = warehouseComplaint(headers['warehouse']);
  return complaint === undefined ? undefined : unexpected(complaint);
}

function refuseMergeCommit({ merges, backends }: Cluster, { headers, path }: Exchange): Answer | undefined {
  const refused = (code: string, message: string): Answer => ({
    status: 200,
    text: codedReply('FAILED', code, message),
    headers: jsonHeaders,
  });
  const [, database = '', table = ''] = path;
  const complaint = loadInfoRefusal(headers);
  if (complaint !== undefined) return refused('INVALID_ARGUMENT', complaint);
  for (const { header, title } of merging) {
    const value = headers[header];
    if (isNoInteger(value)) return unexpected(noInteger(value));
    if (!(Number(value) > 0)) return refused('INVALID_ARGUMENT', notPositive(title, value));
  }
  const id = merges.loadId(mergeKey(database, table, headers));
  if (backends.some(({ alive }) => alive)) return undefined;
  const load = `db: ${database}, table: ${table}, warehouse: ${knownWarehouse}, load id: ${id}`;
  return refused('SERVICE_UNAVAILABLE', `Can't find available backends, ${load}`);
}

/** What merge commit cannot be without, in the order in which it is looked at. */
const merging = [
  { header: 'merge_commit_interval_ms', title: 'interval' },
  { header: 'merge_commit_parallel', title: 'parallel' },
] as const;

const notPositive = (title: string, value = 'null') => `Batch write ${title} must be set positive, but is ${value}`;

/** The refusal of a backend, which asks the frontend for a transaction. */
export function mergeCommitRefusal(headers: LoadHeaders): string | undefined {
  const wrong = merging.find(({ header }) => !(Number(headers[header]) > 0));
  return wrong === undefined ? undefined : notPositive(wrong.title, headers[wrong.header]);
}

/** StreamLoadInfo.fromHttpStreamLoadRequest, as far as a wrong value of it is met by clients. */
function loadInfoRefusal(headers: LoadHeaders): string | undefined {
  const { timeout } = headers;
  const complaint =
    warehouseComplaint(headers['warehouse']) ??
    formatComplaint(headers) ??
    (isNoInteger(timeout) ? noInteger(timeout) : undefined);
  return complaint === undefined ? undefined : `Failed to build stream load info, error: ${complaint}`;
}

function formatComplaint(headers: LoadHeaders): string | undefined {
  try {
    parseFormat(headers);
    return undefined;
  } catch (error) {
    if (error instanceof LoadFailure) return `Unknown data format ${headers['format']}`;
    throw error;
  }
}

/** Java's Integer.parseInt. */
function isNoInteger(value: string | undefined): value is string {
  return value !== undefined && !(/^[+-]?\d+$/.test(value) && Math.abs(Number(value)) <= 0x7fffffff);
}

const noInteger = (value: string) => `For input string: "${value}"`;

/**
 * Location as frontends gave it until June 2025: decoded, and what is no Latin-1 character a question mark.
 *
 * @source StarRocks/starrocks pull request 59722
 */
function garbled(answer: Answer): Answer {
  const location = decodeURI(answer.headers?.['location'] ?? '').replace(/[^\0-\xff]/g, '?');
  return { ...answer, headers: { ...answer.headers, location } };
}
