import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  /** Bytes of the body that arrived so far. */
  body: string;
  readonly socket: Socket;
}

export type Handler = (
  request: http.IncomingMessage,
  response: http.ServerResponse,
  seen: Seen,
) => void | Promise<void>;

export interface ScriptedServer {
  readonly origin: string;
  readonly host: string;
  readonly seen: Seen[];
  /** Every connection that was accepted. */
  readonly sockets: Socket[];
  /** Resolves when so many were. */
  accepted(count: number): Promise<void>;
  close(): Promise<void>;
}

/** A server that does with each request what the handler says. `100 Continue` is up to the handler. */
export async function startServer(handler: Handler, tls?: { key: string; cert: string }): Promise<ScriptedServer> {
  const seen: Seen[] = [];
  const listener = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    const { method = '', url: path = '', headers, socket } = request;
    const record: Seen = { method, path, headers, socket, body: '' };
    seen.push(record);
    request.on('data', (chunk) => {
      record.body += chunk;
    });
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    void Promise.resolve(handler(request, response, record)).catch(refuseAllButAborted);
  };
  const server = tls === undefined ? http.createServer(listener) : https.createServer(tls, listener);
  server.on('checkContinue', listener);
  const sockets: Socket[] = [];
  server.on('connection', (socket: Socket) => void sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    seen,
    sockets,
    async accepted(count) {
      while (sockets.length < count) await once(server, 'connection');
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A client that goes away is part of the tests; anything else is a fault in a handler. */
function refuseAllButAborted(error: Error & { code?: string }): void {
  if (error.code !== 'ECONNRESET') throw error;
}

/** A frontend as StarRocks has them: demands Expect, redirects without the body, closes the connection. */
export function frontend(backendOrigin: () => string): Handler {
  return (request, response) => {
    response.setHeader('connection', 'close');
    if (request.headers.expect !== '100-continue' && request.url?.endsWith('_stream_load')) {
      answer(response, {
        Status: 'FAILED',
        Message: 'class com.starrocks.common.DdlException: There is no 100-continue header',
      });
      return;
    }
    redirect(response, `${backendOrigin()}${request.url}`);
  };
}

/** A backend that takes the whole body and answers. */
export function backend(reply: (seen: Seen) => unknown): Handler {
  return async (request, response, seen) => {
    // As HTTP has it, and as undici insists: no `100 Continue` to one that did not ask.
    if (request.headers.expect === '100-continue') response.writeContinue();
    await once(request, 'end');
    answer(response, reply(seen));
  };
}

export function answer(response: http.ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
}

export function redirect(response: http.ServerResponse, location: string): void {
  response.writeHead(307, { location, connection: 'close' }).end();
}

/** The origin of a port where nobody listens. */
export async function deadOrigin(): Promise<string> {
  const server = await startServer(() => undefined);
  await server.close();
  return server.origin;
}
