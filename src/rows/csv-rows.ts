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
 * Ends the last row with the delimiter, so that texts can be joined.
 *
 * @out  undefined when the text ends inside enclosed text or behind a lone escape: it would swallow what is joined to it
 */
export function endRow(text: string, layout: CsvLayout): string | undefined {
  const { rowDelimiter } = layout;
  if (layout.enclose === undefined && layout.escape === undefined) {
    return text.endsWith(rowDelimiter) ? text : text + rowDelimiter;
  }
  // One more delimiter is seen only if nothing is open, and right behind another only if the last row had ended.
  const ended = text + rowDelimiter;
  let [beforeLast, last] = [Number.NaN, Number.NaN];
  for (const end of rowEnds(ended, layout)) {
    if (end === ended.length) break;
    beforeLast = last;
    last = end;
  }
  if (last !== text.length) return undefined;
  return beforeLast === text.length - rowDelimiter.length ? text : ended;
}

/**
 * Counts the rows that Stream Load will see. Blank rows are skipped there, so they are here.
 *
 * @source  StarRocks be/src/formats/csv: without enclose a row ends at its delimiter, quotes are data
 */
export function countCsvRows(text: string, layout: CsvLayout): number {
  let rows = 0;
  let start = 0;
  for (const end of rowEnds(text, layout)) {
    if (end > start) rows++;
    start = end + layout.rowDelimiter.length;
  }
  return rows;
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

/** Finds where CSV rows end: at each delimiter that is neither inside enclosed text nor escaped. */
export class CsvScanner {
  readonly #layout: CsvLayout;
  readonly #firsts: readonly (number | undefined)[];
  readonly #enclose: number | undefined;
  readonly #escape: number | undefined;
  readonly #trims: boolean;
  #isFieldStart = true;
  #isEnclosed = false;
  /** All before was looked at; behind the end of the text when the character that is escaped has not come. */
  at = 0;

  constructor(layout: CsvLayout) {
    this.#layout = layout;
    this.#enclose = layout.enclose?.charCodeAt(0);
    this.#escape = layout.escape?.charCodeAt(0);
    this.#trims = layout.trims ?? false;
    this.#firsts = [layout.rowDelimiter.charCodeAt(0), layout.columnSeparator.charCodeAt(0)];
  }

  get isEnclosed(): boolean {
    return this.#isEnclosed;
  }

  /** @out  where the next row delimiter begins, behind which the scanner stands then; -1: none begins before `end` */
  next(text: string, end: number): number {
    if (this.#enclose === undefined && this.#escape === undefined) return this.#nextPlain(text, end);
    while (this.at < end) {
      const code = text.charCodeAt(this.at);
      if (code === this.#escape) {
        this.at += 2;
        this.#isFieldStart = false;
      } else if (this.#isEnclosed) this.#lookInside(text, code);
      else if (code === this.#enclose && this.#isFieldStart) {
        this.#isEnclosed = true;
        this.#isFieldStart = false;
        this.at++;
      } else if (this.#firsts.includes(code)) {
        const at = this.at;
        if (this.#passToken(text)) return at;
      } else if (code === space && this.#trims && this.#isFieldStart) {
        this.at++;
      } else {
        this.at++;
        this.#isFieldStart = false;
      }
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

  #lookInside(text: string, code: number): void {
    if (code !== this.#enclose) this.at++;
    else if (text.charCodeAt(this.at + 1) === this.#enclose) this.at += 2;
    else {
      this.#isEnclosed = false;
      this.at++;
    }
  }

  /** @out  true: it was a row delimiter */
  #passToken(text: string): boolean {
    const { columnSeparator, rowDelimiter } = this.#layout;
    const isRowEnd = text.startsWith(rowDelimiter, this.at);
    const isFieldEnd = isRowEnd || text.startsWith(columnSeparator, this.at);
    this.at += isRowEnd ? rowDelimiter.length : isFieldEnd ? columnSeparator.length : 1;
    this.#isFieldStart = isFieldEnd;
    return isRowEnd;
  }
}
