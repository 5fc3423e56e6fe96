import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadHeaders } from '../model.ts';
import type { RecordedCall } from '../spy.ts';
import { readHeaders } from './headers.ts';

/** Bodies up to this size fit into socket buffers: a server that closes early still gets its answer through. */
const socketBufferBytes = 64 * 1024;
/** How long a small body may take to arrive before the answer goes out without it. */
const smallBodyWaitMs = 200;

/** Neither server says how long it keeps a connection that nothing comes over; libevent's patience. */
const idleConnectionMs = 50_000;

/** One request and what has been done with it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Of the client; kept, since a destroyed request forgets it. */
  readonly socket: Socket;
  readonly headers: LoadHeaders;
  readonly url: URL;
  /** Segments of the path, decoded. */
  readonly path: readonly string[];
  /** The client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean;
  readonly recorded: RecordedCall;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly close?: boolean;
}

export interface HttpNode {
  readonly port: number;
  /** 127.0.0.1:port */
  readonly address: string;
  readonly url: string;
  /** Closes the port and every connection; `start` opens the same port again. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** @in maxHeaderBytes: of all headers together, more is 431; handle: called for every request, also for those with `Expect`, with no `100 Continue` sent */
export async function listen(
  port: number,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  maxHeaderBytes: number,
): Promise<HttpNode> {
  const server: Server = createServer(
    { requireHostHeader: false, maxHeaderSize: maxHeaderBytes, requestTimeout: 0, keepAliveTimeout: idleConnectionMs },
    handle,
  );
  server.on('checkContinue', handle);
  server.on('checkExpectation', handle);
  const open = async (wanted: number): Promise<void> => {
    server.listen(wanted, '127.0.0.1');
    await once(server, 'listening');
  };
  await open(port);
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    address: `127.0.0.1:${bound}`,
    url: `http://127.0.0.1:${bound}`,
    async stop() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
    async start() {
      if (!server.listening) await open(bound);
    },
  };
}

export function isContinueExpected(request: IncomingMessage): boolean {
  return request.httpVersion !== '1.0' && request.headers.expect?.toLowerCase() === '100-continue';
}

export function openExchange(
  request: IncomingMessage,
  response: ServerResponse,
  recorded: RecordedCall,
  url: URL,
): Exchange {
  return {
    request,
    response,
    socket: request.socket,
    url,
    path: pathSegments(url),
    headers: readHeaders(request),
    expectsContinue: isContinueExpected(request),
    recorded,
  };
}

export function pathSegments(url: URL): string[] {
  return url.pathname.split('/').filter(Boolean).map(decodeSegment);
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** Content-Length, or 0 when there is none. */
export function declaredBytes(headers: LoadHeaders): number {
  return Number(headers['content-length'] ?? 0);
}

/**
 * Writes the answer. A frontend that stays reads what is left of the body and forgets it. Whoever closes, and a backend
 * always, lets a body that would fit into the socket buffers in first, so that the client can read the answer.
 */
export async function sendAnswer(exchange: Exchange, answer: Answer): Promise<void> {
  const { request, response, headers, recorded } = exchange;
  const atFrontend = recorded.call.at === 'fe';
  const pending = !request.complete && (declaredBytes(headers) > 0 || headers['transfer-encoding'] !== undefined);
  const closes = answer.close === true || (pending && !atFrontend);
  if (pending && !exchange.expectsContinue && declaredBytes(headers) <= socketBufferBytes) {
    request.resume();
    await Promise.race([once(request, 'close'), once(request, 'end'), delay(smallBodyWaitMs)]).catch(() => undefined);
  }
  if (response.destroyed) return recorded.answered(0, '');
  recorded.answered(answer.status, answer.text);
  if (atFrontend) writeFrontendHead(exchange, answer, closes);
  else writeBackendHead(exchange, answer, closes);
  response.end(answer.text);
}

/** Netty's: names in small letters, no date, the type of a page for whatever does not say its own. */
function writeFrontendHead({ response }: Exchange, { status, text, headers }: Answer, closes: boolean): void {
  response.sendDate = false;
  response.writeHead(status, {
    'content-length': Buffer.byteLength(text),
    ...headers,
    'content-type': headers?.['content-type'] ?? 'text/html',
    connection: closes || !response.shouldKeepAlive ? 'close' : 'keep-alive',
  });
}

/** libevent's: nothing is said about a connection that stays, and the type of a page is put where none is given. */
function writeBackendHead({ response }: Exchange, { status, text, headers }: Answer, closes: boolean): void {
  if (closes) response.setHeader('Connection', 'close');
  else response.removeHeader('Connection');
  response.writeHead(status, {
    'Content-Length': Buffer.byteLength(text),
    'Content-Type': 'text/html; charset=ISO-8859-1',
    ...headers,
  });
}

/** Asks for the body, when the client waits for that and has one. */
export function sayContinue({ expectsContinue, headers, response }: Exchange): void {
  if (expectsContinue && headers['content-length'] !== '0') response.writeContinue();
}

/** The body of a call that is no load, as text; a client that waits for `100 Continue` is not asked for it. */
export async function readText({ request, expectsContinue }: Exchange): Promise<string> {
  const pieces: Buffer[] = [];
  if (expectsContinue) return '';
  for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** Closes the connection without an answer. */
export function hangUp(exchange: Exchange): void {
  exchange.recorded.answered(0, '');
  exchange.socket.destroy();
}

export type BodyEnd = 'complete' | 'lost' | 'cut' | 'too-large';

/**
 * Appends the body to a file.
 *
 * @in  maxBytes: of this body; cutAfterBytes: close the connection after so many
 * @out lost: the client went away; cut: this side closed the connection; bytes so far are in the file
 */
export async function spoolBody(
  exchange: Exchange,
  file: string,
  limits: { readonly maxBytes: number; readonly cutAfterBytes?: number },
): Promise<BodyEnd> {
  const { request } = exchange;
  const sink = createWriteStream(file, { flags: 'a' });
  let bytes = 0;
  let end: BodyEnd = 'complete';
  sayContinue(exchange);
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      exchange.recorded.received(chunk.length);
      if (!sink.write(chunk)) await once(sink, 'drain');
      if (limits.cutAfterBytes !== undefined && bytes >= limits.cutAfterBytes) end = 'cut';
      else if (bytes > limits.maxBytes) end = 'too-large';
      if (end !== 'complete') break;
    }
  } catch (error) {
    if (sink.errored) throw error;
    end = 'lost';
  }
  sink.end();
  await once(sink, 'close');
  return end;
}
