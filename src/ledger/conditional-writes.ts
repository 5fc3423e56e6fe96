import type { Clock } from '../kit/clock.ts';
import { SinkError } from '../kit/errors.ts';
import { type RetryPolicy, retried } from '../kit/retry.ts';
import type { ObjectStore } from '../object-store.ts';

export interface WriteDeps {
  readonly objects: ObjectStore;
  readonly clock: Clock;
  /** Epoch milliseconds after which nothing is tried again. */
  readonly deadlineMs: number;
}

/** What stands at the key: my text, or somebody else's. */
export type Written =
  | { readonly won: true; readonly etag: string }
  | { readonly won: false; readonly text: string; readonly etag: string };

const pauses: RetryPolicy = { firstWaitMs: 20, longestWaitMs: 1000 };

/**
 * Writes a key that only one writer may write.
 *
 * The text says whose it is: no two writers write the same text for different purposes. So when an answer was lost, and
 * the repeated write finds the key taken, reading it back settles whose write won.
 *
 * @throws Error when S3 did not settle it before the deadline; the write may have happened. SinkError: S3 refuses it
 */
export const putIfAbsent = (key: string, text: string, deps: WriteDeps): Promise<Written> =>
  settleWrite(key, text, undefined, deps);

/**
 * Replaces a key if it still has the version `etag`.
 *
 * @throws Error as putIfAbsent
 */
export const replaceIfUnchanged = (key: string, text: string, etag: string, deps: WriteDeps): Promise<Written> =>
  settleWrite(key, text, etag, deps);

async function settleWrite(key: string, text: string, etag: string | undefined, deps: WriteDeps): Promise<Written> {
  const written = await untilDeadline<Written | 'gone'>(deps, async () => {
    const result = await deps.objects.putText(key, text, etag === undefined ? { ifAbsent: true } : { ifMatch: etag });
    if (result.state === 'stored') return { won: true, etag: result.etag };
    if (result.state === 'conflict') return undefined;
    const found = await deps.objects.getText(key);
    if (found === undefined) return 'gone';
    return found.text === text ? { won: true, etag: found.etag } : { won: false, ...found };
  });
  // A key that was taken and is gone was deleted by somebody: nobody may build on its absence.
  if (written === 'gone') throw new Error(`The ledger object ${key} disappeared.`);
  return written;
}

/** Reads a key, again and again while S3 fails. */
export const readText = (key: string, deps: WriteDeps) =>
  untilDeadline(deps, async () => ({ found: await deps.objects.getText(key) })).then(({ found }) => found);

/**
 * Repeats an operation that throws, or has no result yet, with growing jittered pauses. What names itself (access denied, no
 * such bucket) would fail the same way again.
 */
export const untilDeadline = <T>(
  { clock, deadlineMs }: WriteDeps,
  operation: () => Promise<T | undefined>,
): Promise<T> =>
  retried(pauses, { clock, deadlineMs, isFinal: (error) => error instanceof SinkError }, async () => {
    const result = await operation();
    if (result === undefined) throw new Error('S3 answered 409 until the deadline.');
    return result;
  });
