import type { Message } from './message.ts';
import type { Unsent } from './send-batch.ts';
import { sqsLimits } from './sqs-limits.ts';

export interface OutboxOptions {
  /** Batches in the air at the same time. */
  readonly maxInFlight: number;
  /** The FIFO group of a message: one message of it is in the air at a time. Undefined where order is not kept. */
  readonly orderedGroupOf: (message: Message) => string | undefined;
  readonly send: (batch: readonly Message[]) => Promise<Unsent>;
  /** Called once for each message: with a reason when it could not be sent. */
  readonly settled: (message: Message, reason: string | undefined) => void;
  /** True when batches should leave before they are full. */
  readonly isHurried: () => boolean;
}

/**
 * Puts messages into batches and the batches into the air.
 *
 * A message waits until its batch is full (ten messages, or 1 MiB), or until there is hurry. On a FIFO queue a batch holds
 * one message of each group and nothing else of the group is in the air, because SQS may refuse entries singly: a second
 * message could overtake the first. For the same reason a group whose message could not be sent takes no further ones
 * until `forgetBrokenGroups`.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  #waiting: Message[] = [];
  #inFlight = 0;
  readonly #busyGroups = new Set<string>();
  readonly #brokenGroups = new Set<string>();

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  put(message: Message): void {
    this.#waiting.push(message);
    this.#failBrokenGroups();
    this.pump();
  }

  forgetBrokenGroups(): void {
    this.#brokenGroups.clear();
  }

  /** Sends what may be sent now. */
  pump(): void {
    while (this.#inFlight < this.#options.maxInFlight) {
      const { batch, isFull } = this.#nextBatch();
      const isDue = isFull || this.#options.isHurried() || this.#groupOfFirst(batch) !== undefined;
      if (batch.length === 0 || !isDue) return;
      void this.#fly(batch);
    }
  }

  #nextBatch(): { batch: Message[]; isFull: boolean } {
    const batch: Message[] = [];
    const groups = new Set(this.#busyGroups);
    let bytes = 0;
    for (const message of this.#waiting) {
      if (batch.length === sqsLimits.batchEntries || bytes + message.bytes > sqsLimits.messageBytes) {
        return { batch, isFull: true };
      }
      const group = this.#options.orderedGroupOf(message);
      if (group !== undefined) {
        if (groups.has(group)) continue;
        groups.add(group);
      }
      batch.push(message);
      bytes += message.bytes;
    }
    return { batch, isFull: batch.length === sqsLimits.batchEntries };
  }

  async #fly(batch: readonly Message[]): Promise<void> {
    this.#inFlight++;
    const leaving = new Set(batch);
    this.#waiting = this.#waiting.filter((message) => !leaving.has(message));
    const groups = batch.map(this.#options.orderedGroupOf).filter((group) => group !== undefined);
    for (const group of groups) this.#busyGroups.add(group);

    const unsent = await this.#options.send(batch);

    this.#inFlight--;
    for (const group of groups) this.#busyGroups.delete(group);
    for (const message of batch) this.#settle(message, unsent.get(message));
    this.#failBrokenGroups();
    this.pump();
  }

  #settle(message: Message, reason: string | undefined): void {
    const group = this.#options.orderedGroupOf(message);
    if (reason !== undefined && group !== undefined) this.#brokenGroups.add(group);
    this.#options.settled(message, reason);
  }

  #failBrokenGroups(): void {
    if (this.#brokenGroups.size === 0) return;
    const isBroken = (message: Message) => this.#brokenGroups.has(this.#options.orderedGroupOf(message) ?? '');
    const broken = this.#waiting.filter(isBroken);
    this.#waiting = this.#waiting.filter((message) => !isBroken(message));
    for (const message of broken) this.#settle(message, 'an earlier message of its group was not sent');
  }

  #groupOfFirst([first]: readonly Message[]): string | undefined {
    return first === undefined ? undefined : this.#options.orderedGroupOf(first);
  }
}
