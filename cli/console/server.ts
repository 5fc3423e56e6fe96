import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SinkError } from '../../src/kit/errors.ts';
import { refusalOf, safeHeaders } from './guard.ts';
import type { PageFile } from './page-files.ts';

/** Answers one path. @in  body: undefined, but of POST */
export type Route = (query: URLSearchParams, body: unknown) => Promise<unknown>;

/** By method and path: `GET /api/state`. */
export type Routes = ReadonlyMap<string, Route>;

export interface ConsoleServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Corrected rows come in one body. */
export const mostBodyBytes = 8 * 1024 * 1024;

/** @throws the system's error: the port is in use, or may not be opened */
export async function startServer(
  port: number,
  files: ReadonlyMap<string, PageFile>,
  routes: Routes,
): Promise<ConsoleServer> {
  const server = createServer((request, response) => void respond(request, response));
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const { port: own } = server.address() as AddressInfo;
    const { status, type, body } = await answer(request, own, files, routes);
    // A body that nobody read is not the next request.
    const ending = request.complete ? {} : { connection: 'close' };
    const content = { 'content-type': type, 'content-length': Buffer.byteLength(body) };
    response.writeHead(status, { ...safeHeaders, ...content, ...ending });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array;
}

const json = (status: number, value: unknown): Answer => ({
  ...{ status, body: JSON.stringify(value) },
  type: 'application/json; charset=utf-8',
});

async function answer(
  request: IncomingMessage,
  port: number,
  files: ReadonlyMap<string, PageFile>,
  routes: Routes,
): Promise<Answer> {
  const refusal = refusalOf(request, port);
  if (refusal) return json(refusal.status, { error: refusal.error });
  const { method = '', url = '/' } = request;
  const target = URL.parse(url.replace(/^\/+/, '/'), `http://127.0.0.1:${port}`);
  const { pathname = url, searchParams = new URLSearchParams() } = target ?? {};
  const file = method === 'POST' ? undefined : files.get(pathname);
  if (file) return { status: 200, ...file };
  const route = routes.get(`${method === 'HEAD' ? 'GET' : method} ${pathname}`);
  if (route === undefined) return json(404, { error: `There is nothing at ${method} ${pathname}.` });
  try {
    const body = method === 'POST' ? await bodyOf(request) : undefined;
    return json(200, await route(searchParams, body));
  } catch (error) {
    return failureOf(error);
  }
}

class BodyRefused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let parts: Buffer[] = [];
  let bytes = 0;
  // What is too much is read, and forgotten: whoever sends it hears the answer only when all of it is gone.
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.byteLength;
    if (bytes > mostBodyBytes) parts = [];
    else parts.push(part);
  }
  if (bytes > mostBodyBytes)
    throw new BodyRefused(413, `The request is larger than ${mostBodyBytes} bytes. Use: rejected resend --rows.`);
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    throw new BodyRefused(400, 'The request is no JSON.');
  }
}

function failureOf(error: unknown): Answer {
  if (error instanceof BodyRefused) return json(error.status, { error: error.message });
  if (error instanceof SinkError) {
    const isOurs = error.code === 'OPTIONS_INVALID';
    return json(isOurs ? 400 : 502, { error: isOurs ? error.detail : error.message.trimEnd(), code: error.code });
  }
  return json(500, { error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
}
