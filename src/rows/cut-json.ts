import { elementsOf } from './cut-arrays.ts';
import { ObjectScanner } from './cut-objects.ts';
import { type Cut, type Cutter, maxRowCharacters, OpenRow, trimJson } from './cutter.ts';

/** An object or array behind another one in the same line, unless both stand in a string. */
const joined = /[}\]][ \t\r]*[{[]/;
/** A line longer than this is cut while it comes: it may be all that there is. */
const longLineCharacters = 1024 * 1024;

/**
 * Cuts text into lines, and a line into the objects that stand in it without anything between; of an array, into its elements.
 * Blank lines are left out.
 */
export class LineCutter implements Cutter {
  readonly #row = new OpenRow();
  #line = 1;
  /** Of a line that is cut before its end has come. */
  #scanner: ObjectScanner | undefined;
  /** Some line held several objects, or an array of them. */
  hasJoined = false;
  looked = 0;

  get isStuck(): string | undefined {
    return this.#row.length > maxRowCharacters ? `line ${this.#line} does not end` : undefined;
  }

  push(text: string): Cut[] {
    this.looked += text.length;
    const cuts: Cut[] = [];
    // The first line may have begun in a piece before.
    let mayBeJoined = true;
    const areJoined = joined.test(text);
    let start = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', start)) {
      this.#add(text.slice(start, at), cuts);
      this.#endLine(mayBeJoined, cuts);
      mayBeJoined = areJoined;
      start = at + 1;
    }
    this.#add(text.slice(start), cuts);
    return cuts;
  }

  end(): Cut[] {
    const cuts: Cut[] = [];
    this.#endLine(true, cuts);
    return cuts;
  }

  #add(piece: string, cuts: Cut[]): void {
    if (this.#scanner) this.#cut(piece, this.#scanner, cuts);
    else this.#row.add(piece);
    if (this.#scanner || this.#row.length <= longLineCharacters) return;
    this.#scanner = new ObjectScanner();
    this.#cut(this.#row.close(), this.#scanner, cuts);
  }

  /** Ends the row before each object that begins in the piece. */
  #cut(piece: string, scanner: ObjectScanner, cuts: Cut[]): void {
    let start = 0;
    for (const at of scanner.push(piece)) {
      this.#row.add(piece.slice(start, at));
      this.#endRow(cuts);
      this.hasJoined = true;
      start = at;
    }
    this.#row.add(piece.slice(start));
  }

  #endLine(mayBeJoined: boolean, cuts: Cut[]): void {
    const text = this.#row.close();
    if (this.#scanner === undefined && mayBeJoined && joined.test(text)) this.#cut(text, new ObjectScanner(), cuts);
    else this.#row.add(text);
    this.#endRow(cuts);
    this.#scanner = undefined;
    this.#line++;
  }

  #endRow(cuts: Cut[]): void {
    const text = this.#row.close();
    const cut = { text: trimJson(text), line: this.#line };
    if (text.trim() === '') return;
    const elements = elementsOf(cut);
    if (elements[0] !== cut) this.hasJoined = true;
    cuts.push(...elements);
  }
}
