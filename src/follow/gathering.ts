import { Packer } from '../producer/packer.ts';
import type { Lane, OutgoingChunk } from './outgoing.ts';

export interface PortionLimits {
  /** UTF-8 bytes of the rows of one chunk; one row may be larger. */
  readonly chunkBytes: number;
  /** Of all rows that are gathered. */
  readonly portionBytes: number;
}

/** Gathers rows by lane, and cuts each lane into chunks that fit a message. */
export class Gathering {
  readonly #limits: PortionLimits;
  #packers = new Map<Lane, Packer>();
  #full: OutgoingChunk[] = [];
  #bytes = 0;

  constructor(limits: PortionLimits) {
    this.#limits = limits;
  }

  get isFull(): boolean {
    return this.#bytes >= this.#limits.portionBytes;
  }

  /** @in  lane: the same object for the same lane */
  add(lane: Lane, row: string): void {
    const bytes = Buffer.byteLength(row);
    this.#bytes += bytes + 1;
    let packer = this.#packers.get(lane);
    if (packer === undefined) {
      packer = new Packer({ bodyBytes: this.#limits.chunkBytes, delimiterBytes: 1, isCompressed: false });
      this.#packers.set(lane, packer);
    }
    const full = packer.add(row, bytes);
    if (full) this.#full.push({ lane, ...full });
  }

  /** Everything that was gathered, in the order of each lane; then nothing is. */
  take(): readonly OutgoingChunk[] {
    const rest = [...this.#packers].map(([lane, packer]) => ({ lane, ...packer.take() }));
    const chunks = [...this.#full, ...rest];
    this.#packers = new Map();
    this.#full = [];
    this.#bytes = 0;
    return chunks;
  }
}
