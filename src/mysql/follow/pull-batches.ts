import type { Connection } from 'mysql2';

export interface Feed<T> {
  readonly push: (item: T) => void;
  /** So many bytes were read, whether or not anything was pushed. */
  readonly count: (bytes: number) => void;
  /** No more comes. @in  error: behind what was pushed, it is thrown */
  readonly end: (error?: unknown) => void;
}

export interface PullLimits {
  /** Bytes that are read ahead of the consumer. */
  readonly aheadBytes: number;
  /** Without a word for so long while somebody waits, `onSilence` gives the error that ends it. */
  readonly silenceMs?: number;
  readonly onSilence?: () => unknown;
}

/**
 * What a connection sends, in batches, as somebody asks for them: its socket is paused while nobody does.
 *
 * @in  start: called once; it may call back at once and at any time
 */
export async function* pullBatches<T>(
  connection: Connection,
  limits: PullLimits,
  start: (feed: Feed<T>) => void,
): AsyncGenerator<readonly T[]> {
  const { aheadBytes, silenceMs = 0, onSilence } = limits;
  let items: T[] = [];
  let bytes = 0;
  let isPaused = false;
  let ended: { readonly error: unknown } | undefined;
  let waiting: PromiseWithResolvers<void> | undefined;
  const end = (error?: unknown) => {
    ended ??= { error };
    waiting?.resolve();
  };
  const silence = setTimeout(() => waiting && onSilence && end(onSilence()), silenceMs || 2 ** 30);
  connection.on('error', end);
  try {
    start({
      end,
      push: (item) => {
        if (ended) return;
        items.push(item);
        waiting?.resolve();
      },
      count: (more) => {
        silence.refresh();
        bytes += more;
        if (bytes < aheadBytes || items.length === 0 || isPaused) return;
        isPaused = true;
        connection.pause();
      },
    });
    for (;;) {
      if (items.length === 0 && ended === undefined) {
        waiting = Promise.withResolvers();
        silence.refresh();
        if (isPaused) {
          isPaused = false;
          connection.resume();
        }
        await waiting.promise;
        waiting = undefined;
        // What comes in the same packet comes in the same batch.
        await new Promise(setImmediate);
      }
      const taken = items;
      items = [];
      bytes = 0;
      if (taken.length > 0) yield taken;
      else if (ended) {
        if (ended.error !== undefined) throw ended.error;
        return;
      }
    }
  } finally {
    clearTimeout(silence);
    connection.off('error', end);
  }
}
