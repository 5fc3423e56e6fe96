/**
 * How long AWS is waited for. No call goes without an end: not the connection, not the answer, not the bytes behind it.
 */

import type { Readable } from 'node:stream';

/** Milliseconds. */
export interface AwsLimits {
  readonly connectMs: number;
  /** For the answer to one request. */
  readonly answerMs: number;
  /** For a call with all its repetitions: what fails fast is repeated, what is silent is not. One that carries a large body takes the longer of the two. */
  readonly callMs: number;
  readonly bodyCallMs: number;
  /** Between bytes of a body, while somebody waits for them. */
  readonly silenceMs: number;
}

export const awsLimits: AwsLimits = {
  connectMs: 3000,
  answerMs: 5000,
  callMs: 5000,
  bodyCallMs: 30_000,
  silenceMs: 5000,
};

/** Tries of a call that may be repeated: the SDK repeats what passes (5xx, SlowDown, a reset), and nothing that was refused. */
const attempts = 3;

/** What an SDK client is made with. @in attempts: 1 where the caller repeats, and must know of every answer lost */
export const clientConfig = <C extends object>(config: C, limits: AwsLimits, maxAttempts = attempts) => ({
  requestHandler: {
    connectionTimeout: limits.connectMs,
    requestTimeout: limits.answerMs,
    throwOnRequestTimeout: true,
  },
  ...config,
  maxAttempts,
});

/** Milliseconds that are left of an invocation: what is under way then is aborted. */
export type TimeLeft = () => number;

/** Something of AWS that is asked for without an end of its own, or until a moment. */
export type Until<T> = T & { until(timeLeft: TimeLeft): T };

/** @in  make: makes it anew for each invocation, over clients that are kept */
export const bounded = <T extends object>(make: (timeLeft: TimeLeft) => T): Until<T> =>
  Object.assign(
    make(() => Number.POSITIVE_INFINITY),
    { until: make },
  );

/** Ends a call that takes longer, or that would outlive its invocation. */
export const within = (ms: number, timeLeft: TimeLeft) => ({ abortSignal: AbortSignal.timeout(most(ms, timeLeft)) });

/** Of so many milliseconds those that there are. */
export const most = (ms: number, timeLeft: TimeLeft): number => Math.max(0, Math.floor(Math.min(ms, timeLeft())));

/**
 * Passes bytes on, and gives the stream up when none comes for so long, or when the time is over; a reader that is slow itself
 * is waited for.
 */
export async function* unlessSilent(
  stream: AsyncIterable<Uint8Array> & { destroy(error?: Error): unknown },
  silenceMs: number,
  timeLeft: TimeLeft,
): AsyncGenerator<Uint8Array> {
  const bytes = stream[Symbol.asyncIterator]();
  try {
    for (;;) {
      const waitMs = most(silenceMs, timeLeft);
      const silence = setTimeout(() => stream.destroy(new Error(`No byte came for ${waitMs} ms`)), waitMs);
      const next = await bytes.next().finally(() => clearTimeout(silence));
      if (next.done) return;
      yield next.value;
    }
  } finally {
    stream.destroy();
  }
}

/** All bytes of a small answer, which is given up when none comes for so long; its request has an end of its own. */
export function bytesOf(stream: Readable, silenceMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Uint8Array[] = [];
    const silence = setTimeout(() => stream.destroy(new Error(`No byte came for ${silenceMs} ms`)), silenceMs);
    stream.on('data', (part: Uint8Array) => {
      parts.push(part);
      silence.refresh();
    });
    stream.once('end', () => resolve(Buffer.concat(parts)));
    stream.once('error', reject);
    stream.once('close', () => {
      clearTimeout(silence);
      reject(new Error('The answer broke off.'));
    });
  });
}
