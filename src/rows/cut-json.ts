import { ObjectScanner } from './cut-objects.ts';
import { type Cut, type Cutter, maxRowCharacters, newlinesIn, OpenRow } from './cutter.ts';

/** An object behind another one in the same line, unless both stand in a string. */
const joined = /\}[ \t\r]*\{/;
/** A line longer than this is cut while it comes: it may be all that there is. */
const longLineCharacters = 1024 * 1024;

/** Cuts text into lines, and a line into the objects that stand in it without anything between; blank lines are left out. */
export class LineCutter implements Cutter {
  readonly #row = new OpenRow();
  #line = 1;
  /** Of a line that is cut before its end has come. */
  #scanner: ObjectScanner | undefined;
  /** Some line held several objects. */
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
    const cut = { text: this.#row.close(), line: this.#line };
    if (cut.text.trim() !== '') cuts.push(cut);
  }
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const [openArray, closeArray, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Cuts the text of one JSON array into its elements, which stay the text they are.
 *
 * Only brackets, strings and commas are looked at; whether an element is valid JSON, whoever takes it checks. An element is
 * whatever stands between two commas of the array.
 */
export class ArrayCutter implements Cutter {
  readonly #element = new OpenRow();
  /** Where the element begins that is not complete, in the piece that is looked at. */
  #start = 0;
  #line = 1;
  /** Brackets that are open, that of the array included. */
  #depth = 0;
  #isInString = false;
  /** The next character is escaped. */
  #isEscaped = false;
  #hasElements = false;
  #isOver = false;
  #cuts: Cut[] = [];
  #stuck: string | undefined;
  looked = 0;

  get isStuck(): string | undefined {
    return this.#stuck;
  }

  push(text: string): Cut[] {
    this.looked += text.length;
    this.#start = 0;
    for (let at = 0; at < text.length && !this.#isOver; at++) {
      if (this.#isInString) at = this.#leaveString(text, at);
      else this.#lookAt(text, at);
    }
    const rest = text.slice(this.#start);
    if (!this.#isOver) this.#element.add(rest);
    else if (rest.trim() !== '') this.#stuck ??= `text follows the array in line ${this.#line}`;
    if (this.#element.length > maxRowCharacters) this.#stuck = `the element in line ${this.#line} does not end`;
    const cuts = this.#cuts;
    this.#cuts = [];
    return cuts;
  }

  end(): Cut[] {
    if (!this.#isOver) this.#stuck ??= `the array does not end; its last element begins in line ${this.#line}`;
    return [];
  }

  /** @out  where the string ends, or the text */
  #leaveString(text: string, from: number): number {
    for (let at = from; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (this.#isEscaped) this.#isEscaped = false;
      else if (code === backslash) this.#isEscaped = true;
      else if (code === quote) {
        this.#isInString = false;
        return at;
      }
    }
    return text.length;
  }

  #lookAt(text: string, at: number): void {
    switch (text.charCodeAt(at)) {
      case quote:
        this.#isInString = true;
        break;
      case comma:
        if (this.#depth === 1) this.#endElement(text, at, false);
        break;
      case openArray:
      case openObject:
        this.#depth++;
        if (this.#depth === 1) this.#startElement(text, at + 1);
        break;
      case closeArray:
      case closeObject:
        this.#depth--;
        if (this.#depth !== 0) break;
        this.#endElement(text, at, true);
        if (text.charCodeAt(at) !== closeArray) this.#stuck = `the array ends with } in line ${this.#line}`;
    }
  }

  /** Takes what stands before the comma, or before the bracket that ends the array. */
  #endElement(piece: string, at: number, isLast: boolean): void {
    this.#element.add(piece.slice(this.#start, at));
    const element = this.#element.close();
    const text = element.trim();
    const blank = element.slice(0, element.length - element.trimStart().length);
    const isEmptyArray = isLast && !this.#hasElements && text === '';
    if (!isEmptyArray) this.#cuts.push({ text, line: this.#line + newlinesIn(blank) });
    this.#line += newlinesIn(element);
    this.#hasElements = true;
    this.#isOver = isLast;
    this.#start = at + 1;
  }

  /** What stands before the array is no element. */
  #startElement(piece: string, at: number): void {
    this.#element.add(piece.slice(this.#start, at));
    this.#line += newlinesIn(this.#element.close());
    this.#start = at;
  }
}
