import type { Random } from './random.ts';
import type { Scheduler, Worker } from './scheduler.ts';
import type { Tally } from './tally.ts';

/** How often things go wrong, each per call; zero everywhere once faults stop. */
export interface FaultRates {
  /** The worker dies while it waits. */
  readonly crash: number;
  /** Not applied, and the caller is told so. */
  readonly refused: number;
  /** Applied, and the answer gets lost. */
  readonly lostAnswer: number;
  /** The caller hears of a failure; the request is applied later, perhaps long after its worker died. */
  readonly late: number;
  /** Takes as long as a whole invocation, or longer. */
  readonly slow: number;
  /** The worker stands still until everybody takes it for dead, and goes on. */
  readonly freeze: number;
}

export type Fault = keyof FaultRates;

/** Exactly one call of a run goes wrong. */
export interface SingleFault {
  /** From 1. */
  readonly call: number;
  readonly fault: Fault;
}

/** A request to a server. */
export interface Request<T> {
  /** What is asked of whom, for the tally. */
  readonly what: string;
  /** What the server does, at once. */
  readonly apply: () => T;
  /** What the caller gets instead of an answer. */
  readonly lost: () => Error;
  readonly refused: () => Error;
  /** Nobody is there to take it. */
  readonly isAway: () => boolean;
}

export interface Unreliable {
  /** Calls so far. */
  readonly calls: number;
  /** Carries a request to a server and its answer back, or fails to. */
  call<T>(worker: Worker, request: Request<T>): Promise<T>;
}

export function createUnreliable(
  scheduler: Scheduler,
  random: Random,
  /** How often a call of this kind meets this fault now. */
  rateOf: (fault: Fault, what: string) => number,
  tally: Tally,
  single?: SingleFault,
): Unreliable {
  let calls = 0;
  const latency = (isSlow: boolean) => (isSlow ? 5000 + random.below(120_000) : 1 + random.below(40));
  return {
    get calls() {
      return calls;
    },
    async call(worker, { what, apply, lost, refused, isAway }) {
      const call = ++calls;
      const isHit = (fault: Fault) => {
        const hits =
          single === undefined ? random.chance(rateOf(fault, what)) : single.call === call && single.fault === fault;
        if (hits) tally.note(`${fault} at ${what}`);
        return hits;
      };
      // What happens to one call happens on the way there or on the way back.
      const strikesFirst = random.chance(0.5);
      const travel = async (isFirst: boolean) => {
        const strikes = single === undefined || strikesFirst === isFirst;
        if (strikes && isHit('crash')) worker.alive = false;
        if (strikes && isHit('freeze')) {
          worker.comesBack = true;
          await scheduler.pause(70_000 + random.next() ** 3 * 1_800_000, worker);
          tally.note('a worker goes on after it was taken for dead');
        }
        await scheduler.pause(latency(strikes && isHit('slow')), worker);
      };
      await travel(true);
      const isGone = isAway();
      if (isGone) tally.note(`outage at ${what}`);
      if (isGone || isHit('refused')) {
        await travel(false);
        throw refused();
      }
      if (isHit('late')) {
        scheduler.later(latency(false) + random.below(200_000), apply);
        await travel(false);
        throw lost();
      }
      const answer = apply();
      await travel(false);
      if (isHit('lostAnswer')) throw lost();
      return answer;
    },
  };
}
