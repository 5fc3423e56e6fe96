/** How many rows were read of a source, as its place keeps it: so that versions of rows grow, whoever reads on, and on whichever server. */
export interface VersionPlace {
  /** Epoch milliseconds of the beginning: whoever begins anew has greater versions. */
  readonly sinceMs: number;
  readonly rows: number;
}

/** So many rows a millisecond, and more, may be read before another beginning has versions that were given already. */
const rowBits = 20n;

/** Counts the rows of a source in the order in which they are read. A version fits a BIGINT. */
export class Versions {
  readonly #sinceMs: number;
  #rows: number;

  constructor({ sinceMs, rows }: VersionPlace = { sinceMs: 0, rows: 0 }) {
    this.#sinceMs = sinceMs;
    this.#rows = rows;
  }

  /** Goes on to the next row. */
  next(): void {
    this.#rows++;
  }

  /** Of the row that is read. */
  get version(): bigint {
    return (BigInt(this.#sinceMs) << rowBits) + BigInt(this.#rows);
  }

  get place(): VersionPlace {
    return { sinceMs: this.#sinceMs, rows: this.#rows };
  }
}
