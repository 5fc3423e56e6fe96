import { elementsOf } from './cut-arrays.ts';
import { type Cut, type Cutter, maxRowCharacters, newlinesIn, OpenRow } from './cutter.ts';

const quote = 0x22;
const backslash = 0x5c;
const [tab, lineFeed, carriageReturn, space] = [0x09, 0x0a, 0x0d, 0x20];
const [openArray, closeArray, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Finds where an object, or an array, begins behind another one that has ended, with nothing but white space between them.
 *
 * Only brackets and strings are looked at; whether a row is valid JSON, whoever takes it checks.
 */
export class ObjectScanner {
  #depth = 0;
  #isInString = false;
  /** The next character is escaped. */
  #isEscaped = false;
  /** An object or an array has ended, and only white space has come since. */
  #isBehind = false;

  /** Whether an object has begun, and has not ended; what is open is no string. */
  get isInObject(): boolean {
    return this.#depth > 0 && !this.#isInString;
  }

  /** @out  offsets in this piece of the text */
  push(text: string): number[] {
    const found: number[] = [];
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (this.#isInString) this.#lookInString(code);
      else if (this.#startsObject(code)) found.push(at);
    }
    return found;
  }

  #lookInString(code: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (code === backslash) this.#isEscaped = true;
    else if (code === quote) this.#isInString = false;
  }

  /** @out  it does, and another one has ended before it */
  #startsObject(code: number): boolean {
    switch (code) {
      case quote:
        this.#isInString = true;
        break;
      case openObject:
      case openArray:
        this.#depth++;
        if (!this.#isBehind) return false;
        this.#isBehind = false;
        return true;
      case closeObject:
      case closeArray:
        this.#isBehind = this.#depth === 1;
        this.#depth = Math.max(0, this.#depth - 1);
        return false;
      case tab:
      case lineFeed:
      case carriageReturn:
      case space:
        return false;
    }
    this.#isBehind = false;
    return false;
  }
}

/** Cuts text into objects that may be written over several lines, and stand behind each other; of an array, into its elements. */
export class ObjectCutter implements Cutter {
  readonly #scanner = new ObjectScanner();
  readonly #object = new OpenRow();
  #line = 1;
  looked = 0;

  get isStuck(): string | undefined {
    return this.#object.length > maxRowCharacters ? `the object in line ${this.#line} does not end` : undefined;
  }

  push(text: string): Cut[] {
    this.looked += text.length;
    const cuts: Cut[] = [];
    let start = 0;
    for (const at of this.#scanner.push(text)) {
      this.#object.add(text.slice(start, at));
      this.#endObject(cuts);
      start = at;
    }
    this.#object.add(text.slice(start));
    return cuts;
  }

  end(): Cut[] {
    const cuts: Cut[] = [];
    this.#endObject(cuts);
    return cuts;
  }

  #endObject(cuts: Cut[]): void {
    const object = this.#object.close();
    const text = object.trim();
    const blank = object.slice(0, object.length - object.trimStart().length);
    if (text !== '') cuts.push(...elementsOf({ text, line: this.#line + newlinesIn(blank) }));
    this.#line += newlinesIn(object);
  }
}
