import { SinkError } from '../kit/errors.ts';
import { MemoryBudget } from './memory-budget.ts';

/** What bounds the reading of the messages of one event. */
export interface Reading {
  readonly budget: MemoryBudget;
  /** Aborted when nothing more is waited for. */
  readonly signal?: AbortSignal;
}

export const unbounded = (): Reading => ({ budget: new MemoryBudget(Number.POSITIVE_INFINITY) });

/**
 * Waits no longer than until the signal is aborted.
 *
 * @throws  SinkError SEGMENT_UNREADABLE at the abort; what `work` throws
 */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new SinkError('SEGMENT_UNREADABLE', 'S3 did not give it in the time that there was.'));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  // Who comes second is nobody's.
  for (const either of [work, aborted]) either.catch(() => undefined);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Reads a stream no longer than until the signal is aborted; then it is closed, and nobody waits for that. */
export async function* streamOrAborted(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const pieces = source[Symbol.asyncIterator]();
  try {
    for (let next = await orAborted(pieces.next(), signal); !next.done; ) {
      yield next.value;
      next = await orAborted(pieces.next(), signal);
    }
  } finally {
    pieces.return?.()?.catch(() => undefined);
  }
}
