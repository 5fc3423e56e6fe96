/** The text of one row and the line of the file that it begins in, from 1. */
export interface Cut {
  readonly text: string;
  readonly line: number;
  /** Why it is no row, where its text does not tell. */
  readonly problem?: string;
}

/** Cuts a stream of text into rows. Each piece is looked at once, however long a row is that it belongs to. */
export interface Cutter {
  push(text: string): Cut[];
  /** The rows that the end of the text completes. */
  end(): Cut[];
  /** Why no further row can be found; looked at after every call. */
  readonly isStuck: string | undefined;
  /** Characters worked upon until now: as many as came in, but for the few that a token may be split between. */
  readonly looked: number;
}

/** A row longer than this is taken for a row that never ends. */
export const maxRowCharacters = 64 * 1024 * 1024;

/** The beginning of a row whose end has not come yet, in the pieces that it came in. */
export class OpenRow {
  #pieces: string[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(piece: string): void {
    if (piece === '') return;
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  /** The row, which is joined once; the next one is open then. */
  close(): string {
    const text = this.#pieces.length === 1 ? (this.#pieces[0] ?? '') : this.#pieces.join('');
    this.#pieces = [];
    this.#length = 0;
    return text;
  }
}

const jsonSpaces: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** Without the white space around it that JSON knows; with other white space a text is no JSON, and its row is bad. */
export function trimJson(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && jsonSpaces.has(text.charCodeAt(start))) start++;
  while (end > start && jsonSpaces.has(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

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
