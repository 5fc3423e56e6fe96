/** The text of one row and the line of the file that it begins in, from 1. */
export interface Cut {
  readonly text: string;
  readonly line: number;
}

/** Cuts a stream of text into rows. */
export interface Cutter {
  push(text: string): Cut[];
  /** The rows that the end of the text completes. */
  end(): Cut[];
  /** Why no further row can be found; looked at after every call. */
  readonly isStuck: string | undefined;
}

/** A row longer than this is taken for a row that never ends. */
export const MAX_ROW_CHARACTERS = 64 * 1024 * 1024;

export function newlinesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** The text cannot be read further: what comes behind is no row, or never ends. */
export class UnreadableFile extends Error {}

export async function* chained<T>(first: T, others: AsyncIterable<T>): AsyncGenerator<T, void> {
  yield first;
  yield* others;
}
