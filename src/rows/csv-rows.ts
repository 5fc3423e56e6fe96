/** How CSV text is cut into rows and fields: Stream Load's own rules, delimiters already decoded. */
export interface CsvLayout {
  readonly columnSeparator: string;
  readonly rowDelimiter: string;
  readonly enclose?: string | undefined;
  readonly escape?: string | undefined;
  /** Spaces around a field are no data, and an enclose may stand behind them: StarRocks' trim_space. */
  readonly trims?: boolean | undefined;
  /** Texts that are NULL when nothing encloses them, besides `\\N`, which is NULL however it is written. */
  readonly nulls?: readonly string[] | undefined;
}

/** Whether the first line of CSV names its columns: `auto`: when it says the names of columns, and is hardly a row. */
export type CsvHeader = 'auto' | 'yes' | 'no';

/** What is known of a line of names before rows are looked at. */
export interface HeaderRule {
  readonly mode?: CsvHeader | undefined;
  /** The first line of the file of which the rows are a part, wherever in it they stood. */
  readonly firstLine?: readonly string[] | undefined;
  /** Names that are no columns become some: beside all that there are, a line may have others. */
  readonly takesNew?: boolean;
  /** True of fields that are, as they stand, a row of the table. */
  readonly isRow?: (fields: readonly string[]) => boolean;
  /** The names that the message gives its columns; a line that says the same is none of its rows. */
  readonly given?: readonly string[];
}

/** Whether rows in one notation are, as they stand, rows in another. */
export const isSameNotation = (a: CsvLayout, b: CsvLayout): boolean =>
  a.columnSeparator === b.columnSeparator &&
  a.rowDelimiter === b.rowDelimiter &&
  a.enclose === b.enclose &&
  a.escape === b.escape &&
  (a.trims ?? false) === (b.trims ?? false);

/**
 * Ends the last row with the delimiter, so that texts can be joined, and counts the rows.
 *
 * @out  undefined when the text ends inside enclosed text or behind a lone escape: it would swallow what is joined to it
 */
export function endRows(text: string, layout: CsvLayout): { readonly text: string; readonly rows: number } | undefined {
  const { rowDelimiter } = layout;
  if (layout.enclose === undefined && layout.escape === undefined) {
    const ended = text.endsWith(rowDelimiter) ? text : text + rowDelimiter;
    return { text: ended, rows: countCsvRows(ended, layout) };
  }
  // One more delimiter is seen only if nothing is open, and right behind another only if the last row had ended.
  const ended = text + rowDelimiter;
  let [rows, beforeLast, last] = [0, Number.NaN, 0 - rowDelimiter.length];
  for (const end of rowEnds(ended, layout)) {
    if (end === ended.length) break;
    if (end > last + rowDelimiter.length) rows++;
    beforeLast = last;
    last = end;
  }
  if (last !== text.length) return undefined;
  const hadEnded = text !== '' && beforeLast === text.length - rowDelimiter.length;
  return { text: hadEnded ? text : ended, rows };
}

/**
 * Counts the rows that Stream Load will see. Blank rows are skipped there, so they are here.
 *
 * @source  StarRocks be/src/formats/csv: without enclose a row ends at its delimiter, quotes are data
 */
export function countCsvRows(text: string, layout: CsvLayout): number {
  const scanner = new CsvScanner(layout);
  let [rows, start] = [0, 0];
  for (let end = scanner.next(text, text.length); end >= 0; end = scanner.next(text, text.length)) {
    if (end > start) rows++;
    start = scanner.at;
  }
  return text.length > start ? rows + 1 : rows;
}

/** Cuts CSV text into its rows, each with the text it came as, without the delimiter. Blank rows are left out. */
export function splitCsvRows(text: string, layout: CsvLayout): string[] {
  const rows: string[] = [];
  let start = 0;
  for (const end of rowEnds(text, layout)) {
    if (end > start) rows.push(text.slice(start, end));
    start = end + layout.rowDelimiter.length;
  }
  return rows;
}

/** Where rows end: the index of each delimiter that is not inside enclosed text, and the end of the text. */
function* rowEnds(text: string, layout: CsvLayout): Generator<number> {
  const scanner = new CsvScanner(layout);
  for (let end = scanner.next(text, text.length); end >= 0; end = scanner.next(text, text.length)) yield end;
  yield text.length;
}

const space = 0x20;
/** No character. */
const none = -1;

/** Finds where CSV rows end: at each delimiter that is neither inside enclosed text nor escaped. */
export class CsvScanner {
  readonly #layout: CsvLayout;
  /** The first characters of both delimiters. */
  readonly #row: number;
  readonly #column: number;
  readonly #enclose: number;
  readonly #escape: number;
  readonly #trims: boolean;
  #isFieldStart = true;
  #isEnclosed = false;
  /** All before was looked at; behind the end of the text when the character that is escaped has not come. */
  at = 0;

  constructor(layout: CsvLayout) {
    this.#layout = layout;
    this.#enclose = layout.enclose?.charCodeAt(0) ?? none;
    this.#escape = layout.escape?.charCodeAt(0) ?? none;
    this.#trims = layout.trims ?? false;
    this.#row = layout.rowDelimiter.charCodeAt(0);
    this.#column = layout.columnSeparator.charCodeAt(0);
  }

  get isEnclosed(): boolean {
    return this.#isEnclosed;
  }

  /** @out  where the next row delimiter begins, behind which the scanner stands then; -1: none begins before `end` */
  next(text: string, end: number): number {
    if (this.#enclose === none && this.#escape === none) return this.#nextPlain(text, end);
    while (this.at < end) {
      if (!this.#isFieldStart) this.#passCharacters(text, end);
      if (this.at >= end) return -1;
      const at = this.at;
      const code = text.charCodeAt(at);
      if (code === this.#escape) {
        this.at += 2;
        this.#isFieldStart = false;
      } else if (this.#isEnclosed) this.#passEnclose(text);
      else if (code === this.#enclose && this.#isFieldStart) {
        this.#isEnclosed = true;
        this.#isFieldStart = false;
        this.at++;
      } else if (this.#isPadding(code)) this.at++;
      else if (this.#passToken(text, code)) return at;
    }
    return -1;
  }

  #nextPlain(text: string, end: number): number {
    const { rowDelimiter } = this.#layout;
    const found = text.indexOf(rowDelimiter, this.at);
    const isFound = found >= 0 && found < end;
    this.at = isFound ? found + rowDelimiter.length : Math.max(this.at, end);
    return isFound ? found : -1;
  }

  /** Behind its beginning a field goes on up to a delimiter, and enclosed text up to what may end it. */
  #passCharacters(text: string, end: number): void {
    const one = this.#isEnclosed ? this.#enclose : this.#row;
    const other = this.#isEnclosed ? this.#enclose : this.#column;
    const escape = this.#escape;
    let at = this.at;
    for (; at < end; at++) {
      const code = text.charCodeAt(at);
      if (code === one || code === other || code === escape) break;
    }
    this.at = at;
  }

  #passEnclose(text: string): void {
    if (text.charCodeAt(this.at + 1) === this.#enclose) this.at += 2;
    else {
      this.#isEnclosed = false;
      this.at++;
    }
  }

  /** A space before the first character of a field. */
  #isPadding(code: number): boolean {
    return code === space && this.#trims && code !== this.#row && code !== this.#column;
  }

  /** Passes a delimiter, or else one character of the field. @out  true: it was a row delimiter */
  #passToken(text: string, code: number): boolean {
    const { columnSeparator, rowDelimiter } = this.#layout;
    const isRowEnd = code === this.#row && isAt(text, rowDelimiter, this.at);
    const isFieldEnd = isRowEnd || (code === this.#column && isAt(text, columnSeparator, this.at));
    this.at += isRowEnd ? rowDelimiter.length : isFieldEnd ? columnSeparator.length : 1;
    this.#isFieldStart = isFieldEnd;
    return isRowEnd;
  }
}

/** @in  token: whose first character stands there */
const isAt = (text: string, token: string, at: number) => token.length === 1 || text.startsWith(token, at);
