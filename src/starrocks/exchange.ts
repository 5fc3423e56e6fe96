/** What becomes of one HTTP request, whichever client carries it: frontend-exchange.ts or pooled-exchange.ts. */

import type { Body } from '../ports.ts';

export type ExchangeResult = Answered | ExchangeFailure;

export interface Answered {
  readonly kind: 'answered';
  readonly status: number;
  readonly location?: string;
  readonly text: string;
  /** A byte of the body may have left. */
  readonly bodySent: boolean;
}

interface ExchangeFailure {
  readonly kind: 'failed';
  /** The connection stood, TLS included. */
  readonly connected: boolean;
  /** A byte of the body may have left or, if there is no body, the request. */
  readonly sent: boolean;
  /** Nothing came in time, but the connection was not lost. */
  readonly silent?: boolean;
  /** A technical reason without credentials, e.g. `ECONNREFUSED` */
  readonly reason: string;
  readonly cause: unknown;
}

/** No answer of StarRocks is longer; what is, is none. */
export const longestAnswerBytes = 1024 * 1024;

/** setTimeout takes more than 2^31-1 ms for 1 ms. */
export function timerMs(ms: number): number {
  return Math.min(Math.max(ms, 0), 2 ** 31 - 1);
}

/** A short reason; several addresses of one name fail with an AggregateError that has a code and no message. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  return cause.message === '' || cause.message.includes(code) ? cause.message || code : `${code}: ${cause.message}`;
}

/**
 * Passes the pieces of a body on, and sees that it has the length that was announced.
 *
 * @throws Error when the length differs: before the first byte too many, or after the last one
 */
export async function* wholeBody(body: Body): AsyncGenerator<Uint8Array, void, void> {
  let bytes = 0;
  for await (const piece of body.open()) {
    bytes += piece.byteLength;
    if (bytes > body.bytes) break;
    yield piece;
  }
  if (bytes !== body.bytes) throw new Error(`The body has another length than the ${body.bytes} bytes announced.`);
}
