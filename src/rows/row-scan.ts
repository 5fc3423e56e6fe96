/**
 * Rows of JSON are looked at many at a time, by a scanner in WebAssembly: what it finds usual need not be parsed (`assembly/scan-rows.ts`).
 * It has a text in its memory piece by piece, so that this never grows, and stays near to the processor.
 */
import { lazily } from '../kit/lazily.ts';
import type { RowForm } from './row-form.ts';
import { scanRowsWasm } from './scan-rows-wasm.ts';

interface Scanner {
  readonly memory: WebAssembly.Memory;
  readonly textAt: WebAssembly.Global;
  readonly stop: WebAssembly.Global;
  readonly isOver: WebAssembly.Global;
  readonly scan: (begin: number, end: number, members: number, isArray: boolean, isLast: boolean) => number;
  readonly unitsBetween: (begin: number, end: number) => number;
}

/** The first piece tells mostly whether a text is ASCII; a character is three bytes at most. */
const pieceCharacters = { first: 4 * 1024, most: 64 * 1024 };
/** Behind the text, so that nothing ends by chance. */
const zeros = 32;

const open = lazily(() => {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(scanRowsWasm, 'base64')));
  const scanner = exports as unknown as Scanner;
  return { scanner, bytes: Buffer.from(scanner.memory.buffer), textAt: scanner.textAt.value };
});

/** What stands in its memory. */
let form: RowForm | undefined;
let holder: RowScan | undefined;

export interface Scanned {
  /** The usual ones, until the first that is not. */
  readonly rows: number;
  /** Where that begins; or the end of the text, or the bracket that closes the array. */
  readonly until: number;
  readonly isOver: boolean;
}

/** Scans the rows of one text, from front to back. */
export class RowScan {
  readonly #text: string;
  readonly #isArray: boolean;
  /** The characters of the piece that is looked at, and the byte behind it. */
  #piece = { from: 0, to: 0, endByte: 0 };
  /** A place in it, and its byte. */
  #at = 0;
  #byte = 0;
  /** All characters before this one are ASCII. */
  #ascii: number;
  /** Some character is not. */
  #holdsOther = false;

  /** @in  shape: rows in lines, or in an array */
  constructor(text: string, shape: 'lines' | 'array') {
    this.#text = text;
    this.#isArray = shape === 'array';
    this.#ascii = this.#isArray ? 1 : 0;
  }

  /** All of the text was looked at, and nothing but ASCII found. */
  get isAscii(): boolean {
    return this.#ascii === this.#text.length;
  }

  /** @in  from: where a row begins, behind all that was scanned before; known: what rows are held against, besides being rows */
  take(from: number, known: RowForm | undefined): Scanned {
    // To write other characters takes as long as to look at them one by one, so that it does not pay for a look at keys and values of any kind.
    if (known === undefined && this.#holdsOther) return { rows: 0, until: from, isOver: false };
    this.#goTo(from);
    for (let rows = 0; ; this.#load(this.#at)) {
      const begin = this.#at;
      rows += this.#scan(known);
      const isOver = open().scanner.isOver.value !== 0;
      const { from: start, to } = this.#piece;
      const isStuck = this.#at === start && begin === start && to - start === pieceCharacters.most;
      const isLeft = known === undefined && this.#holdsOther;
      if (isOver || isStuck || isLeft || this.#isWhole()) return { rows, until: this.#at, isOver };
    }
  }

  #scan(known: RowForm | undefined): number {
    const { scanner, bytes } = open();
    if (known !== undefined && known !== form) {
      bytes.set(known.bytes);
      form = known;
    }
    const { to, endByte } = this.#piece;
    const isLast = to === this.#text.length;
    const rows = scanner.scan(this.#byte, endByte, known?.members ?? 0, this.#isArray, isLast);
    const stop = scanner.stop.value;
    this.#at += this.#isPieceAscii() ? stop - this.#byte : scanner.unitsBetween(this.#byte, stop);
    this.#byte = stop;
    return rows;
  }

  /** The row that was not usual does not go on behind the piece. */
  #isWhole(): boolean {
    const { to } = this.#piece;
    if (to === this.#text.length) return true;
    if (this.#isArray) return false;
    const end = this.#text.indexOf('\n', this.#at);
    return end >= 0 && end < to;
  }

  #goTo(at: number): void {
    if (holder !== this || at >= this.#piece.to) {
      this.#load(at);
      return;
    }
    this.#byte += this.#isPieceAscii() ? at - this.#at : Buffer.byteLength(this.#text.slice(this.#at, at));
    this.#at = at;
  }

  #load(at: number): void {
    const { bytes, textAt } = open();
    const most = this.#piece.to === 0 ? pieceCharacters.first : pieceCharacters.most;
    const piece = this.#text.slice(at, at + most);
    const endByte = textAt + bytes.write(piece, textAt);
    bytes.fill(0, endByte, endByte + zeros);
    holder = this;
    this.#piece = { from: at, to: at + piece.length, endByte };
    [this.#at, this.#byte] = [at, textAt];
    if (!this.#isPieceAscii()) this.#holdsOther = true;
    else if (at <= this.#ascii) this.#ascii = this.#piece.to;
  }

  #isPieceAscii(): boolean {
    const { from, to, endByte } = this.#piece;
    return endByte - open().textAt === to - from;
  }
}
