/**
 * One HTTP request over a pool of kept connections: to a backend or, if it has no body, to a frontend.
 *
 * The body follows its headers at once: undici sends no `Expect`, and backends do not ask for it. A backend that refuses
 * on the headers therefore answers while the body is still on its way, and closes. Its answer counts; the rest of the
 * body stays here.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import type { Body } from '../ports.ts';
import { type ExchangeResult, longestAnswerBytes, reasonOf, timerMs, wholeBody } from './exchange.ts';
import { whenWritten } from './written-pieces.ts';

export interface PooledRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Body;
  /** The text is cut here. Absent: an answer that is too long for an answer is a failure. */
  readonly mostBytes?: number;
  /** How long the other side may be silent: after the last byte of the request, and between bytes of the answer. */
  readonly answerTimeoutMs: number;
  /** For everything together. */
  readonly timeLeftMs: number;
}

/**
 * @throws only what `body.open()` or its iteration throws; the connection is cut then, so the server gets no whole body
 */
export async function exchangeOverPool(pool: Dispatcher, request: PooledRequest): Promise<ExchangeResult> {
  const { url, method, headers, body, timeLeftMs } = request;
  const run = new Run(request.mostBytes);
  const silenceMs = Math.max(1, timerMs(Math.min(request.answerTimeoutMs, timeLeftMs)));
  const deadline = setTimeout(() => run.giveUp(), timerMs(timeLeftMs));
  try {
    pool.dispatch(
      {
        path: `${url.pathname}${url.search}`,
        method,
        headers: body === undefined ? headers : { ...headers, 'content-length': String(body.bytes) },
        // undici takes any async iterable, as its documentation says; its types forget it.
        ...(body === undefined ? {} : { body: run.upload(body) as unknown as Uint8Array }),
        headersTimeout: silenceMs,
        bodyTimeout: silenceMs,
      },
      run,
    );
    const result = await run.result;
    // undici uses a connection again one turn of the event loop after an answer; what comes sooner gets another one.
    await nextTurn();
    return result;
  } finally {
    clearTimeout(deadline);
  }
}

/** undici's words for: nothing came, and the connection stands. */
const silences = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/** waiting for a connection ─ onRequestStart ▶ sending ─ onResponseStart ▶ answering ▶ over; it may be over at any time. */
class Run implements Dispatcher.DispatchHandler {
  readonly #over = Promise.withResolvers<ExchangeResult>();
  readonly #mostBytes: number | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #isOver = false;
  #sent = false;
  #bodyFailure: { readonly cause: unknown } | undefined;
  #status = 0;
  #location: string | undefined;
  readonly #answer: Buffer[] = [];
  #answerBytes = 0;

  constructor(mostBytes: number | undefined) {
    this.#mostBytes = mostBytes;
  }

  get result(): Promise<ExchangeResult> {
    return this.#over.promise;
  }

  /** Tells what the source of the body throws apart from what the network does, and gives back what has left. */
  async *upload(body: Body): AsyncGenerator<Uint8Array, void, void> {
    try {
      for await (const piece of wholeBody(body)) {
        if (body.giveBack) whenWritten(piece, body.giveBack);
        yield piece;
      }
    } catch (cause) {
      this.#bodyFailure = { cause };
      throw cause;
    }
  }

  giveUp(): void {
    const missing = this.#sent ? 'answer' : this.#controller === undefined ? 'connection' : 'body';
    const cause = new Error(`no ${missing} before the deadline`);
    this.#fail(cause, true);
    this.#controller?.abort(cause);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(new Error('nobody waits for the answer'));
  }

  onBodySent(): void {
    this.#sent = true;
  }

  onRequestSent(): void {
    this.#sent = true;
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    { location }: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status < 200) return;
    this.#status = status;
    if (typeof location === 'string') this.#location = location;
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    this.#answer.push(piece);
    this.#answerBytes += piece.length;
    if (this.#mostBytes !== undefined && this.#answerBytes >= this.#mostBytes) {
      this.#succeed();
      controller.abort(new Error('the rest is not needed'));
    } else if (this.#answerBytes > longestAnswerBytes) {
      controller.abort(new Error(`the answer is longer than ${longestAnswerBytes} bytes`));
    }
  }

  onResponseEnd(): void {
    this.#succeed();
  }

  onResponseError(_: Dispatcher.DispatchController, cause: Error): void {
    this.#fail(cause, 'code' in cause && silences.has(String(cause.code)));
  }

  #succeed(): void {
    this.#isOver = true;
    this.#over.resolve({
      kind: 'answered',
      status: this.#status,
      text: Buffer.concat(this.#answer).subarray(0, this.#mostBytes).toString('utf8'),
      bodySent: this.#sent,
      ...(this.#location === undefined ? {} : { location: this.#location }),
    });
  }

  #fail(cause: unknown, silent: boolean): void {
    this.#isOver = true;
    if (this.#bodyFailure !== undefined) {
      this.#over.reject(this.#bodyFailure.cause);
      return;
    }
    const connected = this.#controller !== undefined;
    this.#over.resolve({ kind: 'failed', connected, sent: this.#sent, silent, reason: reasonOf(cause), cause });
  }
}
