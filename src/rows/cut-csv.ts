import { type CsvLayout, CsvScanner } from './csv-rows.ts';
import { type Cut, type Cutter, maxRowCharacters, newlinesIn, OpenRow } from './cutter.ts';

/**
 * Cuts CSV text into rows; blank ones are left out. Row delimiters inside enclosed fields are data; a carriage return before a
 * line feed that ends a row is none, as lines end on Windows, nor is a line feed behind the last delimiter where rows end otherwise.
 */
export class CsvCutter implements Cutter {
  readonly #layout: CsvLayout;
  readonly #scanner: CsvScanner;
  readonly #takesReturns: boolean;
  readonly #takesLastLine: boolean;
  /** A token may be split between two pieces of text. */
  readonly #lookAhead: number;
  readonly #row = new OpenRow();
  /** The last characters, which may be the beginning of a token. */
  #tail = '';
  #line = 1;
  #stuck: string | undefined;
  looked = 0;

  /** @in  returns: whether carriage returns before line feeds are taken away; of rows that were cut before they are data */
  constructor(layout: CsvLayout, returns: 'are no data' | 'as they stand' = 'are no data') {
    this.#layout = layout;
    const isAsWritten = returns === 'are no data';
    this.#takesReturns = isAsWritten && layout.rowDelimiter === '\n';
    this.#takesLastLine = isAsWritten && !`${layout.rowDelimiter}${layout.columnSeparator}`.includes('\n');
    this.#scanner = new CsvScanner(layout);
    this.#lookAhead = Math.max(layout.columnSeparator.length, layout.rowDelimiter.length, 2);
  }

  get isStuck(): string | undefined {
    return this.#stuck;
  }

  push(text: string): Cut[] {
    const piece = this.#tail + text;
    const { cuts, start } = this.#cut(piece, Math.max(0, piece.length - this.#lookAhead + 1));
    const { at } = this.#scanner;
    this.#row.add(piece.slice(start, at));
    this.#tail = piece.slice(at);
    this.#scanner.at = 0;
    if (this.#row.length > maxRowCharacters) this.#stuck = `the row in line ${this.#line} does not end`;
    return cuts;
  }

  end(): Cut[] {
    const piece = this.#tail;
    const { cuts, start } = this.#cut(piece, piece.length);
    this.#row.add(piece.slice(start));
    if (this.#scanner.isEnclosed) this.#stuck = `the row in line ${this.#line} has an enclosed field that does not end`;
    else if (this.#scanner.at > piece.length)
      this.#stuck = `the row in line ${this.#line} ends with the escape character`;
    else if (this.#row.length > 0) {
      const last = this.#row.close();
      const lines = this.#takesReturns && this.#line === 1 && isOfReturns(last) ? this.#cutAtReturns(last) : undefined;
      if (lines) return lines;
      if (this.#takesLastLine && /^\r?\n$/.test(last)) return cuts;
      if (this.#runsIntoDelimiter(last)) {
        this.#stuck = `the row in line ${this.#line} ends with a part of the row delimiter, and has none behind it`;
        return cuts;
      }
      this.#row.add(last);
      this.#endRow(cuts);
    }
    return cuts;
  }

  /** A body has a delimiter behind each row: behind this one it would be found too early. */
  #runsIntoDelimiter(last: string): boolean {
    const { rowDelimiter } = this.#layout;
    if (rowDelimiter.length === 1) return false;
    const ends = new CsvScanner(this.#layout).next(last + rowDelimiter, last.length + rowDelimiter.length);
    return ends >= 0 && ends < last.length;
  }

  /** A text without any line feed, that ends with a carriage return, has them for line feeds. @out undefined: they are none */
  #cutAtReturns(text: string): Cut[] | undefined {
    const cutter = new CsvCutter({ ...this.#layout, rowDelimiter: '\r' });
    const cuts = [...cutter.push(text), ...cutter.end()];
    return cutter.isStuck === undefined ? cuts.map((cut, at) => ({ ...cut, line: at + 1 })) : undefined;
  }

  #cut(piece: string, end: number): { cuts: Cut[]; start: number } {
    this.looked += piece.length;
    const cuts: Cut[] = [];
    let start = 0;
    for (let found = this.#scanner.next(piece, end); found >= 0; found = this.#scanner.next(piece, end)) {
      this.#row.add(piece.slice(start, found));
      this.#endRow(cuts);
      start = this.#scanner.at;
    }
    return { cuts, start };
  }

  #endRow(cuts: Cut[]): void {
    const { rowDelimiter, escape } = this.#layout;
    const row = this.#row.close();
    const clean = this.#takesReturns && endsIn('\r', row, escape) ? row.slice(0, -1) : row;
    if (clean !== '') cuts.push({ text: clean, line: this.#line });
    this.#line += newlinesIn(row) + newlinesIn(rowDelimiter);
  }
}

/** One that is escaped is data: without it the escape would take the row delimiter. */
function endsIn(mark: string, row: string, escape: string | undefined): boolean {
  if (!row.endsWith(mark)) return false;
  let before = row.length - 1;
  while (escape !== undefined && row[before - 1] === escape) before--;
  return (row.length - 1 - before) % 2 === 0;
}

const isOfReturns = (text: string) => text.endsWith('\r') && text.indexOf('\r') < text.length - 1;
