/**
 * One HTTP request to a frontend, with the body held back until the server asks for it.
 *
 * A frontend decides on the headers of a load alone, demands `Expect: 100-continue`, answers by a redirect and closes the
 * connection. So every load has a connection of its own, and a body is written only after `100 Continue`, which a
 * proxy in front may say. Until then nothing can have been loaded. undici sends no Expect, hence node:http.
 */

import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { Body } from '../ports.ts';
import { type ExchangeResult, longestAnswerBytes, reasonOf, timerMs, wholeBody } from './exchange.ts';

export interface FrontendRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Body;
  /** PEM; the only authority that is trusted, when given. */
  readonly ca?: string;
  readonly limits: FrontendLimits;
}

/** Milliseconds. */
interface FrontendLimits {
  readonly connectTimeoutMs: number;
  /** How long to wait for the first sign of an answer to the headers of a request that has a body. */
  readonly waitForContinueMs: number;
  /** How long to wait for the answer after the last byte. */
  readonly answerTimeoutMs: number;
  /** For everything together. */
  readonly timeLeftMs: number;
}

/**
 * @throws only what `body.open()` or its iteration throws; the connection is cut then, so the server gets no whole body
 */
export async function exchangeWithFrontend(request: FrontendRequest): Promise<ExchangeResult> {
  const { url, body, limits } = request;
  const outgoing = (url.protocol === 'https:' ? https : http).request(url, {
    method: request.method,
    headers: { ...request.headers, ...bodyHeaders(request) },
    agent: false,
    ...(request.ca === undefined ? {} : { ca: request.ca }),
  });
  // Header characters are bytes (requests.ts). For requests with Expect, node:http leaves the encoding to the socket.
  outgoing.prependOnceListener('socket', (socket) => socket.setDefaultEncoding('latin1'));
  const timers = new Timers((reason) => outgoing.destroy(new Error(reason)));
  timers.start('total', limits.timeLeftMs, 'no answer before the deadline');
  const connected = watchConnection(outgoing, timers, limits.connectTimeoutMs);
  const answer = firstAnswer(outgoing);
  let bodySent = false;
  try {
    if (body === undefined) {
      outgoing.end();
    } else if (await mayWriteBody(outgoing, answer, limits, timers)) {
      bodySent = true;
      await Promise.race([writeBody(outgoing, body), answer]);
    }
    timers.start('answer', limits.answerTimeoutMs, `no answer within ${limits.answerTimeoutMs} ms`);
    const incoming = await answer;
    const text = await readText(incoming);
    const { location } = incoming.headers;
    const status = incoming.statusCode ?? 0;
    return { kind: 'answered', status, text, bodySent, ...(location === undefined ? {} : { location }) };
  } catch (cause) {
    if (cause instanceof BodyFailure) throw cause.cause;
    const sent = body === undefined ? connected() : bodySent;
    return { kind: 'failed', connected: connected(), sent, reason: reasonOf(cause), cause };
  } finally {
    timers.clear();
    // A connection whose announced body was not written whole cannot be used again.
    if (!outgoing.writableFinished) outgoing.destroy();
  }
}

/** What the source of the body threw, told apart from what the network did. */
class BodyFailure extends Error {}

function bodyHeaders({ method, body }: FrontendRequest): Record<string, string> {
  if (body !== undefined) return { 'content-length': String(body.bytes), expect: '100-continue' };
  return method === 'GET' ? {} : { 'content-length': '0' };
}

/** The final answer's head. Errors after it are of no interest: a server may close once it has answered. */
function firstAnswer(outgoing: http.ClientRequest): Promise<http.IncomingMessage> {
  const answer = new Promise<http.IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve);
    outgoing.on('error', reject);
    outgoing.once('close', () => reject(new Error('the connection was closed without an answer')));
  });
  answer.catch(() => undefined);
  return answer;
}

/** @out says whether the connection (TLS included) ever stood */
function watchConnection(outgoing: http.ClientRequest, timers: Timers, connectTimeoutMs: number): () => boolean {
  let connected = false;
  timers.start('connect', connectTimeoutMs, `no connection within ${connectTimeoutMs} ms`);
  outgoing.once('socket', (socket) => {
    const done = (): void => {
      connected = true;
      timers.stop('connect');
    };
    if (!socket.connecting) done();
    else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', done);
  });
  return () => connected;
}

/** True when the server asks for the body; false when it has answered already. */
async function mayWriteBody(
  outgoing: http.ClientRequest,
  answer: Promise<http.IncomingMessage>,
  limits: FrontendLimits,
  timers: Timers,
): Promise<boolean> {
  const asked = new Promise<true>((resolve) => {
    outgoing.once('continue', () => resolve(true));
  });
  timers.start('continue', limits.waitForContinueMs, `no answer within ${limits.waitForContinueMs} ms`);
  const mayWrite = await Promise.race([asked, answer.then(() => false)]);
  timers.stop('continue');
  return mayWrite;
}

/** Writes the body as fast as it is taken; stops when the server answers early, or the connection ends. */
async function writeBody(outgoing: http.ClientRequest, body: Body): Promise<void> {
  const stop = new AbortController();
  for (const event of ['response', 'close', 'error']) outgoing.once(event, () => stop.abort());
  try {
    for await (const piece of wholeBody(body)) {
      if (stop.signal.aborted) return;
      if (!outgoing.write(piece)) await once(outgoing, 'drain', { signal: stop.signal }).catch(() => undefined);
    }
  } catch (cause) {
    throw new BodyFailure('the body could not be read', { cause });
  }
  outgoing.end();
}

async function readText(incoming: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > longestAnswerBytes) throw new Error(`the answer is longer than ${longestAnswerBytes} bytes`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Named timers of one exchange. They never keep the process alive longer than the exchange. */
class Timers {
  readonly #running = new Map<string, NodeJS.Timeout>();
  readonly #expire: (reason: string) => void;

  constructor(expire: (reason: string) => void) {
    this.#expire = expire;
  }

  start(name: string, ms: number, reason: string): void {
    this.stop(name);
    this.#running.set(
      name,
      setTimeout(() => this.#expire(reason), timerMs(ms)),
    );
  }

  stop(name: string): void {
    clearTimeout(this.#running.get(name));
    this.#running.delete(name);
  }

  clear(): void {
    for (const name of [...this.#running.keys()]) this.stop(name);
  }
}
