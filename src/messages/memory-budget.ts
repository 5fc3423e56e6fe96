import { SinkError } from '../kit/errors.ts';

/** Bytes that the messages of one event may take in memory when they are decoded. At least one message is always admitted. */
export class MemoryBudget {
  #left: number;
  #isUntouched = true;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Of the bytes that a message may have, those that there is room for. */
  roomFor(most: number): number {
    return this.#isUntouched ? most : Math.min(most, this.#left);
  }

  /** @throws SinkError MEMORY_BUDGET: there is no room for so many bytes */
  take(bytes: number): void {
    if (bytes > this.roomFor(bytes)) {
      throw new SinkError('MEMORY_BUDGET', `It has ${bytes} bytes, and there is room for ${this.#left}.`);
    }
    this.#isUntouched = false;
    this.#left = Math.max(0, this.#left - bytes);
  }
}
