/** Waits for Ctrl-C, or whatever else ends a process in good order, and then closes what is to be closed. */
export async function untilInterrupted(close?: () => Promise<void>): Promise<void> {
  await new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await close?.();
}
