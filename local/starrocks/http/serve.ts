import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Cluster } from '../cluster.ts';
import type { Struck } from '../faults.ts';
import type { Side } from '../spy.ts';
import { readHeaders } from './headers.ts';
import { type Answer, type Exchange, hangUp, openExchange, pathSegments, sendAnswer } from './http.ts';
import { route } from './routes.ts';
import { watchClocks } from './timeouts.ts';

/** Serves one exchange; undefined when the connection was closed without an answer. */
export type Responder = (exchange: Exchange, struck: Struck) => Promise<Answer | undefined>;

/** What every node does around a call: tells the spy, keeps the clocks, plays the faults, writes the answer. */
export function serve(cluster: Cluster, at: Side, node: number, respond: Responder): RequestListener {
  return (request, response) => {
    void handle(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { Connection: 'close' });
      response.end(error instanceof Error ? (error.stack ?? error.message) : String(error));
    });
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(`http://${at}${request.url ?? '/'}`);
    const headers = readHeaders(request);
    const asked = route(request.method ?? 'GET', pathSegments(url), url.searchParams, headers);
    const recorded = cluster.spy.record({ at, node, ...asked, headers, bytes: 0 });
    const exchange = openExchange(request, response, recorded, url);
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    await watchClocks(cluster);
    await play(exchange, cluster.faults.draw(recorded.call));
  }

  async function play(exchange: Exchange, struck: Struck): Promise<void> {
    await struck.pass('call');
    if (struck.find('close') !== undefined) return hangUp(exchange);
    const scripted = struck.find('reply');
    const answer = scripted === undefined ? await respond(exchange, struck) : scriptedAnswer(scripted);
    await struck.pass('answer');
    if (answer === undefined || struck.find('drop-answer') !== undefined) return hangUp(exchange);
    await sendAnswer(exchange, answer);
  }
}

function scriptedAnswer(reply: { readonly status?: number; readonly json?: unknown; readonly text?: string }): Answer {
  return {
    status: reply.status ?? 200,
    text: reply.text ?? (reply.json === undefined ? '' : JSON.stringify(reply.json)),
  };
}
