import type { SQSRecord } from 'aws-lambda';
import { sqsRecord } from '../builders.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

export interface QueuedMessage {
  readonly messageId: string;
  readonly body: string;
  /** The producer's chunk id; pointers have none. */
  readonly chunk: string | undefined;
  visibleAtMs: number;
  receives: number;
  deleted: boolean;
}

/** A standard queue: messages come in any order and company, and now and then one that somebody else holds comes too. */
export class SimulatedQueue {
  readonly messages: QueuedMessage[] = [];
  readonly #name: string;
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #visibilityMs: number;

  constructor(name: string, scheduler: Scheduler, random: Random, visibilityMs: number) {
    this.#name = name;
    this.#scheduler = scheduler;
    this.#random = random;
    this.#visibilityMs = visibilityMs;
  }

  send(body: string, chunk?: string): void {
    const messageId = `${this.#name}${this.messages.length}`;
    this.messages.push({ messageId, body, chunk, visibleAtMs: 0, receives: 0, deleted: false });
  }

  receive(duplicateRate: number): QueuedMessage[] {
    const now = this.#scheduler.nowMs;
    const some = this.messages.filter(
      (message) =>
        !message.deleted &&
        (message.visibleAtMs <= now ? this.#random.chance(0.7) : this.#random.chance(duplicateRate)),
    );
    for (const message of some) {
      // A duplicate copy carries the count that the first copy had.
      if (message.visibleAtMs <= now) message.receives += 1;
      message.visibleAtMs = now + this.#visibilityMs;
    }
    return some.sort(() => this.#random.next() - 0.5);
  }

  get isEmpty(): boolean {
    return this.messages.every(({ deleted }) => deleted);
  }
}

export const recordOf = ({ messageId, body, chunk, receives }: QueuedMessage): SQSRecord =>
  sqsRecord({ messageId, body, receiveCount: receives, attributes: chunk === undefined ? {} : { chunk } });
