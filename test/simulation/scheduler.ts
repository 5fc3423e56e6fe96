import type { Clock } from '../../src/kit/clock.ts';
import type { Random } from './random.ts';

/** One worker: a function invocation. When it is dead, nothing that it waits for ever comes back to it. */
export interface Worker {
  alive: boolean;
  /** It stood still, for longer than anybody waits for it, and goes on: nothing ends it. */
  comesBack?: true;
}

/**
 * Runs asynchronous code one step at a time. Every wait of the code under test is an entry here with a due time on a clock
 * of its own; chance orders what is due together. No real time passes.
 */
export class Scheduler {
  /** An hour after midnight: no schedule reaches the next day. */
  nowMs = 1_700_010_000_000;
  readonly #random: Random;
  readonly #waiting: { dueMs: number; order: number; run: () => void }[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Runs `effect` after a while, whether or not anybody still waits for it. */
  later(delayMs: number, effect: () => void): void {
    this.#waiting.push({ dueMs: this.nowMs + delayMs, order: this.#random.next(), run: effect });
  }

  /** Waits; a dead worker waits for ever. */
  pause(delayMs: number, worker: Worker): Promise<void> {
    return new Promise((resolve) => this.later(delayMs, () => worker.alive && resolve()));
  }

  /** @in skewMs: by how much the clock of this worker is wrong */
  clockOf(worker: Worker, skewMs: number): Clock {
    return { now: () => this.nowMs + skewMs, random: () => this.#random.next(), sleep: (ms) => this.pause(ms, worker) };
  }

  /** Runs until nothing waits any more, or until `isOver`. @out steps taken */
  async run(isOver: () => boolean, maxSteps: number): Promise<number> {
    for (let steps = 0; steps < maxSteps; steps++) {
      if (isOver() || this.#waiting.length === 0) return steps;
      const next = this.#takeNext();
      this.nowMs = Math.max(this.nowMs, next.dueMs);
      next.run();
      // Every promise that this step settled is followed to its next wait before another step begins.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return maxSteps;
  }

  #takeNext() {
    let best = 0;
    for (let i = 1; i < this.#waiting.length; i++) {
      const [a, b] = [this.#waiting[i]!, this.#waiting[best]!];
      if (a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order)) best = i;
    }
    const [next] = this.#waiting.splice(best, 1);
    return next!;
  }
}
