import { type Cut, type Cutter, maxRowCharacters, newlinesIn, OpenRow, trimJson } from './cutter.ts';

const quote = 0x22;
const backslash = 0x5c;
const [comma, lineFeed] = [0x2c, 0x0a];
const white: ReadonlySet<number> = new Set([0x09, lineFeed, 0x0d, 0x20]);
const [openArray, closeArray, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Cuts the text of a JSON array into its elements, which stay the text they are. Behind it may stand others, and objects, which are
 * elements, too.
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
  /** What is open is an object that stands in no array. */
  #isAlone = false;
  /** More than one array stands in the text. */
  hasSeveral = false;
  #cuts: Cut[] = [];
  #stuck: string | undefined;
  looked = 0;

  get isStuck(): string | undefined {
    return this.#stuck;
  }

  push(text: string): Cut[] {
    this.looked += text.length;
    this.#start = 0;
    for (let at = 0; at < text.length; at++) {
      if (this.#isInString) at = this.#leaveString(text, at);
      else if (this.#isOver) this.#lookBehind(text, at);
      else this.#lookAt(text, at);
    }
    if (!this.#isOver) this.#element.add(text.slice(this.#start));
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

  /** What stands behind an array that has ended. */
  #lookBehind(text: string, at: number): void {
    if (this.#stuck !== undefined) return;
    const code = text.charCodeAt(at);
    if (code === lineFeed) this.#line++;
    else if (code === openArray || code === openObject) {
      this.hasSeveral = true;
      this.#isOver = false;
      this.#hasElements = false;
      this.#isAlone = code === openObject;
      // An object alone is one element, up to its end.
      this.#depth = this.#isAlone ? 2 : 1;
      this.#start = this.#isAlone ? at : at + 1;
    } else if (!white.has(code)) this.#stuck ??= `text follows the array in line ${this.#line}`;
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
        if (this.#isAlone && this.#depth === 1) {
          this.#endElement(text, at + 1, true);
          this.#isAlone = false;
        }
        if (this.#depth !== 0) break;
        this.#endElement(text, at, true);
        if (text.charCodeAt(at) !== closeArray) this.#stuck = `the array ends with } in line ${this.#line}`;
    }
  }

  /** Takes what stands before the comma, or before the bracket that ends the array. */
  #endElement(piece: string, at: number, isLast: boolean): void {
    this.#element.add(piece.slice(this.#start, at));
    const element = this.#element.close();
    const text = trimJson(element);
    const blank = element.slice(0, element.length - element.trimStart().length);
    const isEmptyArray = isLast && !this.#hasElements && text === '';
    if (!isEmptyArray) this.#cuts.push({ text, line: this.#line + newlinesIn(blank) });
    this.#line += newlinesIn(element);
    this.#hasElements = true;
    this.#isOver = isLast;
    this.#start = this.#isAlone ? at : at + 1;
  }

  /** What stands before the array is no element. */
  #startElement(piece: string, at: number): void {
    this.#element.add(piece.slice(this.#start, at));
    this.#line += newlinesIn(this.#element.close());
    this.#start = at;
  }
}

/** What stands in an array that was cut as one row; anything else as it is, also an array in which nothing is an object. */
export function elementsOf(cut: Cut): readonly Cut[] {
  if (!/^\s*\[/.test(cut.text)) return [cut];
  const cutter = new ArrayCutter();
  const found = [...cutter.push(cut.text), ...cutter.end()];
  const isOfRows = found.length === 0 || found.some(({ text }) => text.startsWith('{'));
  return cutter.isStuck === undefined && isOfRows
    ? found.map(({ text, line }) => ({ text, line: cut.line + line - 1 }))
    : [cut];
}
