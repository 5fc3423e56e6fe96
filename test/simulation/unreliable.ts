import type { Random } from './random.ts';
import type { Scheduler, Worker } from './scheduler.ts';

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
}

export interface Unreliable {
  /**
   * Carries a request to a server and its answer back, or fails to.
   *
   * @in  apply: what the server does, at once; lost, refused: what the caller gets instead of an answer
   */
  call<T>(worker: Worker, apply: () => T, lost: () => Error, refused: () => Error): Promise<T>;
}

export function createUnreliable(scheduler: Scheduler, random: Random, rates: () => FaultRates): Unreliable {
  const latency = () => (random.chance(rates().slow) ? 5000 + random.below(120_000) : 1 + random.below(40));
  const settle = async (worker: Worker) => {
    if (random.chance(rates().crash)) worker.alive = false;
    await scheduler.pause(latency(), worker);
  };
  return {
    async call(worker, apply, lost, refused) {
      await settle(worker);
      const { refused: refusedRate, lostAnswer, late } = rates();
      if (random.chance(refusedRate)) {
        await settle(worker);
        throw refused();
      }
      if (random.chance(late)) {
        scheduler.later(latency() + random.below(200_000), apply);
        await settle(worker);
        throw lost();
      }
      const answer = apply();
      await settle(worker);
      if (random.chance(lostAnswer)) throw lost();
      return answer;
    },
  };
}
