/** Rows are looked at once, when their message is read: for whoever will fit them, too. */
import { utf8Bytes } from '../kit/utf8-bytes.ts';
import type { Chunk } from './chunk.ts';
import type { RowFitter } from './fit-row.ts';
import type { Shape } from './fit-shape.ts';
import { bytesOfUnit, mostBytesOfUnit } from './look-at-row.ts';
import { type Expected, FlatRows, isAscii, type RowPattern } from './row-pattern.ts';

/** Looks at the rows of one message, while all of them surely fit as they stand. */
export class RowWatch {
  readonly #fitter: RowFitter;
  readonly #shapes = new Map<Shape, number>();
  #last: Shape | undefined;
  #lastRows = 0;
  #isSure = true;
  #text: string | undefined;
  readonly #whole: string;
  /** UTF-8 bytes of the text, once somebody asks. */
  #bytes: number | undefined;
  /** For when not all of them fit. */
  readonly #rows = new FlatRows();

  /** @in  text: in which the rows stand */
  constructor(fitter: RowFitter, text: string) {
    this.#fitter = fitter;
    this.#whole = text;
  }

  get #unitBytes(): number {
    this.#bytes ??= utf8Bytes(this.#whole);
    return bytesOfUnit(this.#whole, this.#bytes);
  }

  /** @out  the UTF-8 bytes of the text, where all of it is what the rows stand in: counting them once is enough */
  bytesOf(text: string): { readonly bytes?: number } {
    return text === this.#whole && this.#bytes !== undefined ? { bytes: this.#bytes } : {};
  }

  /** @out  true: it is a row, and need not be parsed to be looked at */
  knows(text: string): boolean {
    if (!this.#isSure) return this.#rows.knows(text);
    const shape = this.#fitter.known(text, this.#unitBytes);
    if (shape !== undefined) this.#count(shape);
    return shape !== undefined;
  }

  /** @in  row: what JSON.parse makes of the text, an object */
  see(row: object, text: string): void {
    if (this.#isSure) this.#count(this.#fitter.look(row as Readonly<Record<string, unknown>>, text, this.#unitBytes));
    else this.#rows.see(row);
  }

  /** @out  what many rows at once are held against; undefined: they have to be looked at one by one */
  expected(): Expected | undefined {
    if (!this.#isSure) return this.#rows.expected();
    const form = this.#fitter.lastShape?.form();
    return form && { form };
  }

  /** @in  rows: so many were as it was expected */
  passed(rows: number): void {
    if (this.#isSure && rows > 0) this.#count(this.#fitter.lastShape, rows);
  }

  #count(shape: Shape | undefined, rows = 1): void {
    if (shape !== undefined && shape === this.#last) this.#lastRows += rows;
    else this.#turn(shape, rows);
  }

  #turn(shape: Shape | undefined, rows: number): void {
    if (this.#last) this.#shapes.set(this.#last, (this.#shapes.get(this.#last) ?? 0) + this.#lastRows);
    [this.#last, this.#lastRows] = [shape, rows];
    this.#isSure = shape !== undefined;
  }

  /** To be asked when all rows are seen. @in  text: of all of them. @out  true: each fits as it stands */
  saw(text: string): boolean {
    if (!this.#isSure || this.#last === undefined) return false;
    this.#turn(this.#last, 0);
    this.#text = text;
    return true;
  }

  /** @out  how many rows of each shape a text has; undefined: it was not this one, or not this fitter that looked */
  shapesOf(text: string, fitter: RowFitter): ReadonlyMap<Shape, number> | undefined {
    return fitter === this.#fitter && text === this.#text ? this.#shapes : undefined;
  }
}

/** One row of which the keys are known, and that surely fits as it stands: all that is told of it is told of each like it. */
export class SeenRow {
  readonly #fitter: RowFitter;
  readonly #pattern: RowPattern;
  readonly #shapes: ReadonlyMap<Shape, number>;
  readonly #hasAsciiKeys: boolean;

  private constructor(fitter: RowFitter, shape: Shape, pattern: RowPattern) {
    this.#fitter = fitter;
    this.#pattern = pattern;
    this.#hasAsciiKeys = shape.keys.every(isAscii);
    this.#shapes = new Map([[shape, 1]]);
  }

  /** @out  undefined: no text tells that such a row fits */
  static of(keys: readonly string[], fitter: RowFitter): SeenRow | undefined {
    const shape = fitter.shapeOf(keys);
    return shape.pattern && new SeenRow(fitter, shape, shape.pattern);
  }

  /** @out  the UTF-8 bytes of a text that is such a row; undefined: it is none, or holds half a surrogate pair */
  bytesOf(text: string): number | undefined {
    if (this.#hasAsciiKeys && this.#pattern.tells(text, 1)) return text.length;
    const bytes = utf8Bytes(text);
    const mayBe = bytes > text.length && text.isWellFormed();
    return mayBe && this.#pattern.tells(text, mostBytesOfUnit) ? bytes : undefined;
  }

  /** As of a `RowWatch`. */
  shapesOf(text: string, fitter: RowFitter): ReadonlyMap<Shape, number> | undefined {
    return fitter === this.#fitter && this.bytesOf(text) !== undefined ? this.#shapes : undefined;
  }
}

/** How many rows of each shape a chunk has; undefined: somebody has to look at them for this fitter. */
export const shapesSeen = ({ seen, text }: Pick<Chunk, 'seen' | 'text'>, fitter: RowFitter) =>
  seen instanceof RowWatch || seen instanceof SeenRow ? seen.shapesOf(text, fitter) : undefined;

type Named = Pick<Chunk, 'database' | 'table' | 'columns'>;

const kindsKept = 10_000;

/** Who fitted the rows of messages will mostly fit those of the next ones that name the same. */
export class ExpectedFitters {
  readonly #fitters = new Map<string, RowFitter>();

  learn(named: Named, fitter: RowFitter): void {
    if (this.#fitters.size >= kindsKept) this.#fitters.clear();
    this.#fitters.set(keyOf(named), fitter);
  }

  fitterFor(named: Named): RowFitter | undefined {
    return this.#fitters.get(keyOf(named));
  }

  /** @in  text: in which the rows stand that are to be looked at */
  watchFor(named: Named, text: string): RowWatch | undefined {
    const fitter = this.fitterFor(named);
    return fitter && new RowWatch(fitter, text);
  }
}

const keyOf = ({ database = '', table = '', columns }: Named) => `${database}\0${table}\0${columns?.join() ?? ''}`;
