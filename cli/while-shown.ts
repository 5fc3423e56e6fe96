const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Gives a terminal back, whose cursor and wrapping a bar has taken, also when a signal or an exit ends the process meanwhile; by the
 * signal, as it would without a bar.
 *
 * @in   stop: stops the bar; may be called again
 * @out  ends this
 */
export function whileShown(stop: () => void): () => void {
  const release = (): void => {
    process.off('exit', stop);
    for (const signal of signals) process.off(signal, end);
  };
  const end = (signal: NodeJS.Signals): void => {
    stop();
    release();
    // Whoever else listens ends in an order of its own.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  process.once('exit', stop);
  for (const signal of signals) process.once(signal, end);
  return release;
}
