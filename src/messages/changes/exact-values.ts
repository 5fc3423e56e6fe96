/** Values of events, with all the digits that they came with. */
import { keepDigits } from '../../rows/json-values.ts';
import { digitsOf, type Image, type Json } from './change.ts';

/**
 * Numbers that do not come back from a double as they were written: of more digits than it holds, with zeros at their end, with an
 * exponent, which may be beyond it, or so small that they get one. Found in texts too, which does no harm.
 */
const mayBeChanged = /[:[,]\s*-?(?:\d[\d.]{16}|9\d{15}|0\.0{6}|\d+\.\d*0[\s,}\]]|\d[\d.]*[eE])/;

/**
 * Parses JSON. Where a number may not come back as it was written, all numbers keep their text.
 *
 * @in      looked: the part of the text whose numbers count
 * @throws  SyntaxError
 */
export const parseExactly = (text: string, looked: string = text): unknown =>
  mayBeChanged.test(looked) ? JSON.parse(text, keepDigits) : JSON.parse(text);

/**
 * A value as the JSON that StarRocks reads right: numbers that its parser would round are text, which it reads digit by digit.
 *
 * @source  simdjson gives StarRocks integers of 64 bits, and doubles for all else
 */
export function jsonTextOf(value: unknown): string {
  if (typeof value === 'number') return String(value);
  const digits = typeof value === 'object' && value !== null ? digitsOf(value) : undefined;
  if (digits === undefined) return JSON.stringify(value);
  return isExact(digits) ? digits : `"${digits}"`;
}

function isExact(digits: string): boolean {
  if (/^-?\d{1,18}$/.test(digits)) return true;
  if (/^-?\d+$/.test(digits)) {
    const integer = BigInt(digits);
    return integer >= -(2n ** 63n) && integer < 2n ** 64n;
  }
  const significant = digits
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '');
  return significant.length <= mostDoubleDigits;
}

/** As many digits every double has. */
const mostDoubleDigits = 15;

/** Gives a value as StarRocks reads it; undefined: it is what it seems to be. */
export type ReadValue = (value: unknown) => unknown;

const asItIs: ReadValue = () => undefined;

/**
 * A row as it came, each of its values read in its own way.
 *
 * @in  readerOf: the way of a column; undefined: its values stay
 */
export function imageOf(row: Json, readerOf?: (name: string) => ReadValue | undefined): Image {
  const names = Object.keys(row);
  const texts: string[] = [];
  for (const name of names) {
    const value = row[name];
    const read = value === null ? asItIs : (readerOf?.(name) ?? asItIs);
    texts.push(jsonTextOf(read(value) ?? value));
  }
  return { names, texts };
}

/** A row that came as it is to be written, and is parsed only for whom that does not do. */
export class ImageAsItCame implements Image {
  readonly json: string;
  #parsed: Image | undefined;

  /** @in  json: a flat object, without arrays */
  constructor(json: string) {
    this.json = json;
  }

  get names(): readonly string[] {
    return this.#image().names;
  }

  get texts(): readonly string[] {
    return this.#image().texts;
  }

  #image(): Image {
    this.#parsed ??= imageOf(parseExactly(this.json) as Json);
    return this.#parsed;
  }
}

/** The image with only the columns that are wanted. */
export function imageWhere(image: Image, isWanted: (text: string, name: string) => boolean): Image {
  const { names, texts } = image;
  const isKept = (name: string, at: number) => isWanted(texts[at] as string, name);
  if (names.every(isKept)) return image;
  const kept = names.map(isKept);
  return { names: names.filter((_, at) => kept[at]), texts: texts.filter((_, at) => kept[at]) };
}

/** The first image, with what the second holds in its place. */
export function overlaid(image: Image, other: Image): Image {
  const fields = new Map(image.names.map((name, at) => [name, image.texts[at] as string]));
  for (const [at, name] of other.names.entries()) fields.set(name, other.texts[at] as string);
  return { names: [...fields.keys()], texts: [...fields.values()] };
}
