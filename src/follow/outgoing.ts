/** Rows on their way from a source to the queue. */

/** What one chunk may hold: rows of one target table whose order counts. */
export interface Lane {
  readonly database: string;
  readonly table: string;
  /** The message group. */
  readonly group: string;
  /** The column that holds a version of each row, if they have one: then their order need not be kept. */
  readonly orderedBy?: string | undefined;
}

/** Some rows of a source, cut into chunks, and where the source is read on behind them. */
export interface Portion<Place> {
  /** Chunks of one lane stand in the order in which their rows were committed. */
  readonly chunks: readonly OutgoingChunk[];
  readonly next: Place;
  /** Epoch milliseconds of the last commit in it, as far as one is known. */
  readonly committedMs?: number | undefined;
}

export interface OutgoingChunk {
  readonly lane: Lane;
  /** JSON objects. */
  readonly rows: readonly string[];
  /** UTF-8 bytes of the rows, a line feed behind each. */
  readonly bytes: number;
}
