import type { Clock } from '../../src/kit/clock.ts';
import type { SendToStarRocks, StarRocksCall, StarRocksReply } from '../../src/ports.ts';

/** What one call meets: an answer in JSON, a whole reply, or an error. */
export type Step = Readonly<Record<string, unknown>> | StarRocksReply | Error;

/** Plays the steps in order, whatever is called; a missing step is a fault of the test. */
export function scriptedSend(steps: readonly Step[]): { send: SendToStarRocks; calls: StarRocksCall[] } {
  const calls: StarRocksCall[] = [];
  const send: SendToStarRocks = async (call) => {
    const step = steps[calls.length];
    calls.push(call);
    if (step === undefined) throw new Error(`call ${calls.length} (${call.operation}) was not expected`);
    if (step instanceof Error) throw step;
    return 'text' in step ? (step as StarRocksReply) : { status: 200, text: JSON.stringify(step) };
  };
  return { send, calls };
}

/** Time passes only by sleeping. */
export function fakeClock(start = 0): Clock & { readonly slept: number[] } {
  let now = start;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    async sleep(ms) {
      slept.push(ms);
      now += ms;
    },
    random: () => 0.5,
  };
}

export function labelIs(state: string): Step {
  return { status: 'OK', state, msg: 'Success' };
}
