import { type Cut, type Cutter, MAX_ROW_CHARACTERS, newlinesIn } from './cutter.ts';

/** Cuts text into lines; blank ones are left out. */
export class LineCutter implements Cutter {
  #rest = '';
  #line = 1;

  get isStuck(): string | undefined {
    return this.#rest.length > MAX_ROW_CHARACTERS ? `line ${this.#line} does not end` : undefined;
  }

  push(text: string): Cut[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    return this.#cut(lines);
  }

  end(): Cut[] {
    return this.#cut([this.#rest]);
  }

  #cut(lines: readonly string[]): Cut[] {
    return lines.map((text) => ({ text, line: this.#line++ })).filter(({ text }) => text.trim() !== '');
  }
}

const SPECIAL = /["[\]{},]/g;
const SPECIAL_IN_STRING = /["\\]/g;

/**
 * Cuts the text of one JSON array into its elements, which stay the text they are.
 *
 * Only brackets, strings and commas are looked at; whether an element is valid JSON, the producer checks. An element is
 * whatever stands between two commas of the array.
 */
export class ArrayCutter implements Cutter {
  #text = '';
  /** Where the element begins that is not complete. */
  #start = 0;
  /** All before was looked at; behind the end when the character that a backslash escapes has not come yet. */
  #at = 0;
  #line = 1;
  /** Brackets that are open, that of the array included. */
  #depth = 0;
  #isInString = false;
  #hasElements = false;
  #isOver = false;
  #cuts: Cut[] = [];
  #stuck: string | undefined;

  get isStuck(): string | undefined {
    return this.#stuck;
  }

  push(text: string): Cut[] {
    this.#text = this.#text.slice(this.#start) + text;
    this.#at -= this.#start;
    this.#start = 0;
    while (!this.#isOver && this.#lookAtNext());
    const rest = this.#text.length - this.#start;
    if (this.#isOver && this.#text.slice(this.#start).trim() !== '')
      this.#stuck = `text follows the array in line ${this.#line}`;
    else if (rest > MAX_ROW_CHARACTERS) this.#stuck = `the element in line ${this.#line} does not end`;
    const cuts = this.#cuts;
    this.#cuts = [];
    return cuts;
  }

  end(): Cut[] {
    if (!this.#isOver) this.#stuck ??= `the array does not end; its last element begins in line ${this.#line}`;
    return [];
  }

  /** @out  false when the text is used up */
  #lookAtNext(): boolean {
    const special = this.#isInString ? SPECIAL_IN_STRING : SPECIAL;
    special.lastIndex = this.#at;
    const found = special.exec(this.#text)?.index;
    this.#at = found ?? Math.max(this.#at, this.#text.length);
    if (found === undefined) return false;
    const char = this.#text[found];
    this.#at++;
    if (this.#isInString) this.#lookInString(char);
    else this.#lookOutside(char);
    return true;
  }

  #lookInString(char: string | undefined): void {
    if (char === '"') this.#isInString = false;
    else this.#at++;
  }

  #lookOutside(char: string | undefined): void {
    if (char === '"') this.#isInString = true;
    else if (char === ',') {
      if (this.#depth === 1) this.#endElement(false);
    } else if (char === '[' || char === '{') {
      this.#depth++;
      if (this.#depth === 1) this.#startElement();
    } else {
      this.#depth--;
      if (this.#depth === 0) {
        this.#endElement(true);
        if (char !== ']') this.#stuck = `the array ends with ${char} in line ${this.#line}`;
      }
    }
  }

  /** Takes what stands before the comma, or before the bracket that ends the array. */
  #endElement(isLast: boolean): void {
    const element = this.#text.slice(this.#start, this.#at - 1);
    const text = element.trim();
    const blank = element.slice(0, element.length - element.trimStart().length);
    const isEmptyArray = isLast && !this.#hasElements && text === '';
    if (!isEmptyArray) this.#cuts.push({ text, line: this.#line + newlinesIn(blank) });
    this.#hasElements = true;
    this.#isOver = isLast;
    this.#startElement();
  }

  #startElement(): void {
    this.#line += newlinesIn(this.#text.slice(this.#start, this.#at));
    this.#start = this.#at;
  }
}
