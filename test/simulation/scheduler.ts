import type { Clock } from '../../src/kit/clock.ts';
import type { Random } from './random.ts';

/** One worker: a function invocation. When it is dead, nothing that it waits for ever comes back to it. */
export interface Worker {
  alive: boolean;
  /** It stood still, for longer than anybody waits for it, and goes on: nothing ends it. */
  comesBack?: true;
}

interface Waiting {
  readonly dueMs: number;
  /** Chance orders what is due together. */
  readonly order: number;
  readonly run: () => void;
  /** False when nothing can come of it any more, or what comes again and again: a schedule may end before it. */
  readonly isAwaited: () => boolean;
}

/**
 * Runs asynchronous code one step at a time. Every wait of the code under test is an entry here with a due time on a clock
 * of its own. No real time passes.
 */
export class Scheduler {
  /** An hour after midnight: no schedule reaches the next day. */
  nowMs = 1_700_010_000_000;
  readonly #random: Random;
  /** A binary heap: the parent of the entry at i is at (i - 1) >> 1, and is due before it. */
  readonly #waiting: Waiting[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Runs `effect` after a while, whether or not anybody still waits for it. */
  later(delayMs: number, effect: () => void, isAwaited = always): void {
    const entry = { dueMs: this.nowMs + delayMs, order: this.#random.next(), run: effect, isAwaited };
    const heap = this.#waiting;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  /** As `later`, for what goes on for ever by itself: no schedule waits for it. */
  idle(delayMs: number, effect: () => void): void {
    this.later(delayMs, effect, never);
  }

  /** Waits; a dead worker waits for ever. */
  pause(delayMs: number, worker: Worker, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) =>
      this.later(
        delayMs,
        () => worker.alive && resolve(),
        () => worker.alive && !signal?.aborted,
      ),
    );
  }

  /** @in skewMs: by how much the clock of this worker is wrong */
  clockOf(worker: Worker, skewMs: number): Clock {
    return {
      now: () => this.nowMs + skewMs,
      random: () => this.#random.next(),
      // Whoever aborts a sleep does not look at it any more.
      sleep: (ms, signal) => this.pause(ms, worker, signal),
    };
  }

  /** True when something is under way: a request on the wire, a worker that stands still and will go on. */
  get isBusy(): boolean {
    return this.#waiting.some(({ isAwaited }) => isAwaited());
  }

  /** Runs until nothing waits any more, or until `isOver`. @out steps taken */
  async run(isOver: () => boolean, maxSteps: number): Promise<number> {
    for (let steps = 0; steps < maxSteps; steps++) {
      const next = isOver() ? undefined : this.#takeNext();
      if (next === undefined) return steps;
      this.nowMs = Math.max(this.nowMs, next.dueMs);
      next.run();
      // Ticks come when no promise is left to follow: every one that this step settled is at its next wait before another
      // step begins.
      await new Promise<void>((resolve) => process.nextTick(resolve));
    }
    return maxSteps;
  }

  #takeNext(): Waiting | undefined {
    const heap = this.#waiting;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || last === first) return first;
    let index = 0;
    for (let child = 1; child < heap.length; child = 2 * index + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

const always = () => true;
const never = () => false;

const isBefore = (a: Waiting, b: Waiting) => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
