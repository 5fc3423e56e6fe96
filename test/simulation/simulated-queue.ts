import type { SQSRecord } from 'aws-lambda';
import { sqsRecord } from '../builders.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { Tally } from './tally.ts';

export interface Sent {
  readonly body: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** FIFO queues: the group, and what a second sending within five minutes is known by. */
  readonly group?: string;
  readonly deduplication?: string;
}

export interface QueuedMessage extends Sent {
  readonly messageId: string;
  readonly sentMs: number;
  visibleAtMs: number;
  receives: number;
  deleted: boolean;
}

const deduplicatedMs = 300_000;

/**
 * A standard queue: messages come in any order and company, and now and then one that somebody else holds comes too. Or a FIFO
 * queue: the messages of a group come in their order, and none while another is in somebody's hands.
 */
export class SimulatedQueue {
  readonly messages: QueuedMessage[] = [];
  readonly isFifo: boolean;
  readonly #name: string;
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #visibilityMs: number;
  readonly #tally: Tally;

  constructor(name: string, isFifo: boolean, scheduler: Scheduler, random: Random, visibilityMs: number, tally: Tally) {
    this.isFifo = isFifo;
    this.#name = name;
    this.#scheduler = scheduler;
    this.#random = random;
    this.#visibilityMs = visibilityMs;
    this.#tally = tally;
  }

  send(sent: Sent): void {
    const sentMs = this.#scheduler.nowMs;
    const isKnown = (message: QueuedMessage) =>
      message.deduplication === sent.deduplication && sentMs - message.sentMs < deduplicatedMs;
    if (this.isFifo && sent.deduplication !== undefined && this.messages.some(isKnown)) {
      this.#tally.note('a FIFO queue drops what was sent twice');
      return;
    }
    const messageId = `${this.#name}${this.messages.length}`;
    this.messages.push({ ...sent, messageId, sentMs, visibleAtMs: 0, receives: 0, deleted: false });
  }

  /** What is deleted, or in somebody else's hands meanwhile, is hidden all the same. */
  hide(messageIds: ReadonlySet<string>, seconds: number): void {
    for (const message of this.messages) {
      if (messageIds.has(message.messageId)) message.visibleAtMs = this.#scheduler.nowMs + seconds * 1000;
    }
  }

  receive(duplicateRate: number): QueuedMessage[] {
    const now = this.#scheduler.nowMs;
    const some = this.isFifo ? this.#ofGroups(now) : this.#any(now, duplicateRate);
    for (const message of some) {
      // A duplicate copy carries the count that the first copy had.
      if (message.visibleAtMs <= now) message.receives += 1;
      else this.#tally.note('a message comes while somebody holds it');
      if (message.receives === 2) this.#tally.note('a message comes again');
      message.visibleAtMs = now + this.#visibilityMs;
    }
    return some;
  }

  #any(now: number, duplicateRate: number): QueuedMessage[] {
    return this.messages
      .filter(
        (message) =>
          !message.deleted &&
          (message.visibleAtMs <= now ? this.#random.chance(0.7) : this.#random.chance(duplicateRate)),
      )
      .sort(() => this.#random.next() - 0.5);
  }

  #ofGroups(now: number): QueuedMessage[] {
    const waiting = this.messages.filter(({ deleted }) => !deleted);
    const free = new Map(
      [...Map.groupBy(waiting, ({ group }) => group)]
        .filter(([, messages]) => messages.every(({ visibleAtMs }) => visibleAtMs <= now))
        .map(([group, messages]) => [group, messages.slice(0, 1 + this.#random.below(messages.length))]),
    );
    const chosen = new Set([...free.values()].flat());
    return waiting.filter((message) => chosen.has(message));
  }
}

export const recordOf = ({ messageId, body, attributes, group, receives }: QueuedMessage): SQSRecord =>
  sqsRecord({
    ...{ messageId, body, receiveCount: receives, attributes: attributes ?? {} },
    ...(group === undefined ? {} : { group }),
  });
