/** The HTTP side of one backend: loads, transaction calls, the error log. Answers 200 to everything it knows. */
import type { Backend, Cluster } from '../cluster.ts';
import type { Answer } from './http.ts';
import { type Responder, serve } from './serve.ts';
import { streamLoad } from './stream-load.ts';
import { transactionCall } from './transactions.ts';

/** @out a listener for `listen` */
export function createBackend(cluster: Cluster, backend: Backend): ReturnType<typeof serve> {
  const respond: Responder = async (exchange, struck) => {
    const { method } = exchange.request;
    const [api, first, second] = exchange.path;
    if (api !== 'api') return notFound;
    if (exchange.path.length === 4 && exchange.path[3] === '_stream_load' && method === 'PUT') {
      return streamLoad(exchange, backend, cluster, struck);
    }
    if (first === 'transaction' && second !== undefined) {
      return transactionCall(second, exchange, backend, cluster, struck);
    }
    if (first === '_load_error_log' && method === 'GET')
      return errorLog(cluster, exchange.url.searchParams.get('file'));
    if (first === 'health') return { status: 200, text: '{"status": "OK","msg": "To Be Added"}' };
    return notFound;
  };
  return serve(cluster, 'be', backend.id, respond);
}

const notFound: Answer = { status: 404, text: 'Not Found' };

function errorLog(cluster: Cluster, file: string | null): Answer {
  const text = file === null ? undefined : cluster.errorLog.read(file);
  if (text === undefined) return { status: 404, text: 'file not exist' };
  return { status: 200, text, headers: { 'Content-Type': 'text/plain; charset=utf-8' } };
}
