import { SinkError } from '../kit/errors.ts';
import { areTooMany, tooManyBadRows } from './bad-row-limits.ts';
import type { UnreadableRow } from './chunk.ts';
import type { Cut } from './cutter.ts';
import { jsonRowProblem, objectProblem } from './json-row.ts';
import { FlatRows, Patience } from './row-pattern.ts';
import type { RowScan, Scanned } from './row-scan.ts';
import type { RowWatch } from './row-watch.ts';

/** Parts the JSON rows of one message from what is none; rows are counted from 0 as they come. */
export class RowSieve {
  readonly badRows: UnreadableRow[] = [];
  readonly #firstLine: number;
  #row = 0;
  #badCharacters = 0;

  readonly #rows: RowWatch | FlatRows;
  readonly #patience = new Patience();

  /** @in  firstLine: where the text begins that the lines of its rows are counted in; watch: looks at the good rows */
  constructor(firstLine = 1, watch?: RowWatch) {
    this.#firstLine = firstLine;
    this.#rows = watch ?? new FlatRows();
  }

  /** @out  undefined: the text is a good row, which is counted; or why it is none, as it stands, of which nothing is noted */
  take(text: string): string | undefined {
    const problem = this.#rows.knows(text) ? undefined : jsonRowProblem(text, this.#rows);
    if (problem === undefined) this.#row++;
    return problem;
  }

  /**
   * Takes the usual rows that begin at a place, many at once.
   *
   * @in  all: none is counted unless they end there
   */
  takeMany(scan: RowScan, from: number, all?: { readonly until: number }): Scanned {
    const none = { rows: 0, until: from, isOver: false };
    const expected = this.#patience.isOver() ? undefined : this.#rows.expected();
    if (expected === undefined) return none;
    const found = scan.take(from, expected.form);
    if (all && !(found.isOver && found.until === all.until)) return none;
    this.#patience.note(found.rows > 0);
    this.#rows.passed(found.rows);
    this.#row += found.rows;
    return found;
  }

  /** @throws SinkError ROW_NOT_JSON: more bad rows, or larger ones, than can be held */
  passes(cut: Cut): boolean {
    const problem = cut.problem ?? this.take(cut.text);
    if (problem !== undefined) this.#keep(cut, problem);
    return problem === undefined;
  }

  /** @in  the text of an object. @throws as `passes` */
  passesObject(cut: Cut): boolean {
    const problem = objectProblem(cut.text);
    if (problem === undefined) this.#row++;
    else this.#keep(cut, problem);
    return problem === undefined;
  }

  #keep({ text, line }: Cut, problem: string): void {
    const row = this.#row++;
    const reason = `Row ${row + 1}, in line ${line + this.#firstLine - 1}: ${problem}.`;
    this.#badCharacters += text.length;
    if (areTooMany(this.badRows.length + 1, this.#badCharacters))
      throw new SinkError('ROW_NOT_JSON', tooManyBadRows('are no JSON objects', reason));
    this.badRows.push({ row, code: 'ROW_NOT_JSON', reason, text });
  }
}
