import type { Clock } from './clock.ts';

/** What some work comes to, or something else when it takes longer than so many milliseconds; the work itself goes on. */
export async function inTime<T>(
  work: Promise<T>,
  ms: number,
  clock: Pick<Clock, 'sleep'>,
  instead: () => T,
): Promise<T> {
  const isOver = new AbortController();
  try {
    return await Promise.race([work, clock.sleep(Math.max(0, ms), isOver.signal).then(instead)]);
  } finally {
    // Without a reason of our own, an error with its stack is made each time.
    isOver.abort('over');
    work.catch(() => undefined);
  }
}
