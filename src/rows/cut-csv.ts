import type { CsvLayout } from './csv-rows.ts';
import { type Cut, type Cutter, MAX_ROW_CHARACTERS, newlinesIn } from './cutter.ts';

/**
 * Cuts CSV text into rows; blank ones are left out. Row delimiters inside enclosed fields are data.
 *
 * @in  isFile: lines may end as on Windows, and a carriage return before a line feed is no data
 */
export class CsvCutter implements Cutter {
  readonly #layout: CsvLayout;
  readonly #isFile: boolean;
  /** A token may be split between two pieces of text. */
  readonly #lookAhead: number;
  /** Finds what a token can begin with. */
  readonly #special: RegExp;
  #text = '';
  /** Where the row begins that is not complete. */
  #start = 0;
  #at = 0;
  #line = 1;
  #isFieldStart = true;
  #isEnclosed = false;
  #cuts: Cut[] = [];
  #stuck: string | undefined;

  constructor(layout: CsvLayout, isFile = true) {
    const { columnSeparator, rowDelimiter, enclose } = layout;
    this.#layout = layout;
    this.#isFile = isFile;
    this.#lookAhead = Math.max(columnSeparator.length, rowDelimiter.length, 2);
    this.#special = anyFirstOf([columnSeparator, rowDelimiter, enclose, layout.escape]);
  }

  get isStuck(): string | undefined {
    return this.#stuck;
  }

  push(text: string): Cut[] {
    this.#text = this.#text.slice(this.#start) + text;
    this.#at -= this.#start;
    this.#start = 0;
    while (this.#at <= this.#text.length - this.#lookAhead) this.#lookAtNext();
    if (this.#text.length - this.#start > MAX_ROW_CHARACTERS)
      this.#stuck = `the row in line ${this.#line} does not end`;
    return this.#takeCuts();
  }

  end(): Cut[] {
    while (this.#at < this.#text.length) this.#lookAtNext();
    if (this.#isEnclosed) this.#stuck = `the row in line ${this.#line} has an enclosed field that does not end`;
    else if (this.#at > this.#text.length) this.#stuck = `the row in line ${this.#line} ends with the escape character`;
    else if (this.#start < this.#text.length) this.#endRow();
    return this.#takeCuts();
  }

  #takeCuts(): Cut[] {
    const cuts = this.#cuts;
    this.#cuts = [];
    return cuts;
  }

  #lookAtNext(): void {
    this.#special.lastIndex = this.#at;
    const found = this.#special.exec(this.#text)?.index ?? this.#text.length;
    if (found > this.#at) {
      this.#at = found;
      this.#isFieldStart = false;
    } else this.#lookAtToken();
  }

  #lookAtToken(): void {
    const { columnSeparator, rowDelimiter, enclose } = this.#layout;
    const char = this.#text[this.#at];
    const wasFieldStart = this.#isFieldStart;
    this.#isFieldStart = false;
    if (char === this.#layout.escape) this.#at += 2;
    else if (this.#isEnclosed) this.#lookInside(char);
    else if (wasFieldStart && char === enclose) {
      this.#isEnclosed = true;
      this.#at++;
    } else if (this.#text.startsWith(rowDelimiter, this.#at)) this.#endRow();
    else if (this.#text.startsWith(columnSeparator, this.#at)) {
      this.#at += columnSeparator.length;
      this.#isFieldStart = true;
    } else this.#at++;
  }

  #lookInside(char: string | undefined): void {
    const { enclose } = this.#layout;
    const isDoubled = char === enclose && this.#text[this.#at + 1] === enclose;
    if (char === enclose && !isDoubled) this.#isEnclosed = false;
    this.#at += isDoubled ? 2 : 1;
  }

  #endRow(): void {
    const { rowDelimiter } = this.#layout;
    const row = this.#text.slice(this.#start, this.#at);
    const clean = this.#isFile && rowDelimiter === '\n' && row.endsWith('\r') ? row.slice(0, -1) : row;
    if (clean !== '') this.#cuts.push({ text: clean, line: this.#line });
    this.#line += newlinesIn(row) + newlinesIn(rowDelimiter);
    this.#at += rowDelimiter.length;
    this.#start = this.#at;
    this.#isFieldStart = true;
  }
}

function anyFirstOf(texts: readonly (string | undefined)[]): RegExp {
  const codes = texts.flatMap((text) => text?.codePointAt(0) ?? []);
  return new RegExp(`[${codes.map((code) => `\\u{${code.toString(16)}}`).join('')}]`, 'gu');
}
