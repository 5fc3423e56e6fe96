/**
 * One HTTP request and its answer, with the body held back until the server asks for it.
 *
 * Stream Load servers decide on the headers alone: a frontend redirects, a backend refuses a used label. So every body is
 * announced by `Expect: 100-continue` and written only after `100 Continue`. Until then nothing can have been loaded, and
 * a connection that turns out to be dead (a thawed process) costs nothing. Connections: by `agent`, or one of its own.
 */

import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { Body } from '../ports.ts';

const LONGEST_ANSWER_BYTES = 1024 * 1024;

export interface ExchangeRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Body;
  /** Absent: a connection that is closed afterwards. */
  readonly agent?: http.Agent;
  /** PEM; the only authority that is trusted, when given. */
  readonly ca?: string;
  /** The text is cut here. Absent: an answer that is too long for an answer is a failure. */
  readonly mostBytes?: number;
  readonly limits: ExchangeLimits;
}

export interface ExchangeLimits {
  readonly connectTimeoutMs: number;
  /** How long to wait for the first sign of an answer to the headers of a request that has a body. */
  readonly waitForContinueMs: number;
  /** What to do then: a backend may not know Expect; a frontend must not get the body. */
  readonly onSilence: 'send' | 'give-up';
  /** How long to wait for the answer after the last byte. */
  readonly answerTimeoutMs: number;
  /** For everything together. */
  readonly timeLeftMs: number;
}

export type ExchangeResult =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly location?: string;
      readonly text: string;
      /** A byte of the body may have left. */
      readonly bodySent: boolean;
    }
  | ExchangeFailure;

export interface ExchangeFailure {
  readonly kind: 'failed';
  /** A byte of the body may have left or, if there is no body, the request. */
  readonly sent: boolean;
  /** The connection had served before: the server may have closed it long ago. */
  readonly reusedSocket: boolean;
  /** A technical reason without credentials, e.g. `ECONNREFUSED` */
  readonly reason: string;
  readonly cause: unknown;
}

/**
 * @throws only what `body.open()` or its iteration throws; the connection is cut then, so the server gets no whole body
 */
export async function exchange(request: ExchangeRequest): Promise<ExchangeResult> {
  const { url, body, limits } = request;
  const outgoing = (url.protocol === 'https:' ? https : http).request(url, {
    method: request.method,
    headers: { ...request.headers, ...bodyHeaders(request) },
    agent: request.agent ?? false,
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
    const text = await readText(incoming, request.mostBytes);
    const { location } = incoming.headers;
    const status = incoming.statusCode ?? 0;
    return { kind: 'answered', status, text, bodySent, ...(location === undefined ? {} : { location }) };
  } catch (cause) {
    if (cause instanceof BodyFailure) throw cause.cause;
    const sent = body === undefined ? connected() : bodySent;
    return { kind: 'failed', sent, reusedSocket: outgoing.reusedSocket, reason: reasonOf(cause), cause };
  } finally {
    timers.clear();
    // A connection whose announced body was not written whole cannot be used again.
    if (!outgoing.writableFinished) outgoing.destroy();
  }
}

/** What the source of the body threw, told apart from what the network did. */
class BodyFailure extends Error {}

function bodyHeaders({ method, body }: ExchangeRequest): Record<string, string> {
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
    if (outgoing.reusedSocket || !socket.connecting) done();
    else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', done);
  });
  return () => connected;
}

/** True when the server asks for the body, or is silent and may be given it; false when it has answered already. */
async function mayWriteBody(
  outgoing: http.ClientRequest,
  answer: Promise<http.IncomingMessage>,
  limits: ExchangeLimits,
  timers: Timers,
): Promise<boolean> {
  const asked = new Promise<true>((resolve) => {
    outgoing.once('continue', () => resolve(true));
    if (limits.onSilence === 'send') timers.run('continue', limits.waitForContinueMs, () => resolve(true));
  });
  if (limits.onSilence === 'give-up') {
    timers.start('continue', limits.waitForContinueMs, `no answer within ${limits.waitForContinueMs} ms`);
  }
  const mayWrite = await Promise.race([asked, answer.then(() => false)]);
  timers.stop('continue');
  return mayWrite;
}

/** Writes the body as fast as it is taken; stops when the server answers early, or the connection ends. */
async function writeBody(outgoing: http.ClientRequest, body: Body): Promise<void> {
  const stop = new AbortController();
  for (const event of ['response', 'close', 'error']) outgoing.once(event, () => stop.abort());
  let written = 0;
  try {
    for await (const chunk of body.open()) {
      if (stop.signal.aborted) return;
      written += chunk.byteLength;
      if (written > body.bytes) break;
      if (!outgoing.write(chunk)) await once(outgoing, 'drain', { signal: stop.signal }).catch(() => undefined);
    }
    if (written !== body.bytes) throw new Error(`The body has another length than the ${body.bytes} bytes announced.`);
  } catch (cause) {
    throw new BodyFailure('the body could not be read', { cause });
  }
  outgoing.end();
}

async function readText(incoming: http.IncomingMessage, mostBytes?: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (mostBytes !== undefined && bytes >= mostBytes) break;
    if (bytes > LONGEST_ANSWER_BYTES) throw new Error(`the answer is longer than ${LONGEST_ANSWER_BYTES} bytes`);
  }
  return Buffer.concat(chunks).subarray(0, mostBytes).toString('utf8');
}

/** A short reason; several addresses of one name fail with an AggregateError that has a code and no message. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  return cause.message === '' || cause.message.includes(code) ? cause.message || code : `${code}: ${cause.message}`;
}

/** Named timers of one exchange. They never keep the process alive longer than the exchange. */
class Timers {
  readonly #running = new Map<string, NodeJS.Timeout>();
  readonly #expire: (reason: string) => void;

  constructor(expire: (reason: string) => void) {
    this.#expire = expire;
  }

  start(name: string, ms: number, reason: string): void {
    this.run(name, ms, () => this.#expire(reason));
  }

  run(name: string, ms: number, then: () => void): void {
    this.stop(name);
    // setTimeout treats more than 2^31-1 ms as 1 ms.
    this.#running.set(name, setTimeout(then, Math.min(Math.max(ms, 0), 2 ** 31 - 1)));
  }

  stop(name: string): void {
    clearTimeout(this.#running.get(name));
    this.#running.delete(name);
  }

  clear(): void {
    for (const name of [...this.#running.keys()]) this.stop(name);
  }
}
