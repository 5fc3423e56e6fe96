/** Time that passes when the test says so. @in  chances: what `random` says, one after the other */
export function manualClock(chances: readonly number[] = []) {
  const sleeping: { readonly untilMs: number; readonly wake: () => void }[] = [];
  const left = [...chances];
  const clock = {
    nowMs: 0,
    now: () => clock.nowMs,
    random: () => left.shift() ?? 0.999,
    sleep: (ms: number) => new Promise<void>((wake) => sleeping.push({ untilMs: clock.nowMs + ms, wake })),
    async pass(ms: number) {
      clock.nowMs += ms;
      for (const { untilMs, wake } of sleeping) if (untilMs <= clock.nowMs) wake();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  return clock;
}
