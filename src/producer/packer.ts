/** Rows gathered for one message. */
export interface Gathered {
  readonly rows: readonly string[];
  /** UTF-8 bytes of the rows and the delimiters between and behind them. */
  readonly bytes: number;
}

export interface PackerLimits {
  /** Bytes that a message's body may have. */
  readonly bodyBytes: number;
  /** Bytes of one row delimiter. */
  readonly delimiterBytes: number;
  /** Whether bodies will be compressed, so that more rows fit than their bytes say. */
  readonly isCompressed: boolean;
}

/** Before anything was compressed: rows shrink to half, base64 included. */
const firstShare = 0.5;
/** Compressed bodies aim below the limit by this much, since neighbouring rows differ. */
const fillAim = 0.92;
/** Rows of one compressed message never exceed this, however well they shrink: a consumer must inflate them. */
const maxInflatedBytes = 8 * 1024 * 1024;

/**
 * Gathers the rows of one table until they fill a message. The size of a plain body is exact; that of a compressed one is
 * estimated from the bodies before (`learn`), so the caller checks it and cuts what came out too large.
 */
export class Packer {
  readonly #limits: PackerLimits;
  #rows: string[] = [];
  #bytes = 0;
  #room: number;

  constructor(limits: PackerLimits) {
    this.#limits = limits;
    this.#room = limits.isCompressed ? limits.bodyBytes / firstShare : limits.bodyBytes;
  }

  get isEmpty(): boolean {
    return this.#rows.length === 0;
  }

  /** @out  the rows before this one, when this one no longer fits behind them */
  add(row: string, rowBytes: number): Gathered | undefined {
    const bytes = rowBytes + this.#limits.delimiterBytes;
    const full = this.#rows.length > 0 && this.#bytes + bytes > this.#room ? this.take() : undefined;
    this.#rows.push(row);
    this.#bytes += bytes;
    return full;
  }

  take(): Gathered {
    const gathered = { rows: this.#rows, bytes: this.#bytes };
    this.#rows = [];
    this.#bytes = 0;
    return gathered;
  }

  /** Corrects the estimate by a body that was compressed. */
  learn(inflatedBytes: number, bodyBytes: number): void {
    if (!this.#limits.isCompressed || bodyBytes === 0) return;
    const room = (this.#limits.bodyBytes * fillAim * inflatedBytes) / bodyBytes;
    this.#room = Math.min(room, maxInflatedBytes);
  }
}
