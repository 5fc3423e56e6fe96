/**
 * The rounds of a cleaner, one every interval since the start.
 *
 * @out  when the last round was due, once; undefined until the next is
 */
export function createRounds(intervalMs: () => number, now: () => number): () => number | undefined {
  const startedMs = now();
  let doneMs = startedMs;
  return () => {
    const interval = intervalMs();
    const dueMs = startedMs + Math.floor((now() - startedMs) / interval) * interval;
    if (dueMs <= doneMs) return undefined;
    doneMs = dueMs;
    return dueMs;
  };
}
