/**
 * Rows that are told by a pattern and need not be parsed: objects without others in them, whose texts escape nothing by number. What a
 * pattern matches is a row that StarRocks takes; what it does not match may be one all the same, and is parsed.
 */
import { escaped } from '../kit/patterns.ts';
import { anyText, anyValue, asciiValue, mostMatched, ofAny, ofAscii, shortEscape, wholeOf } from './json-patterns.ts';
import type { Member, RowForm } from './row-form.ts';

/** One space behind colons and commas is how Python writes JSON. */
const objectOf = (members: string) => new RegExp(`^\\{${members}\\}[ \\t\\r]*$`);

const anyMember = `${anyText}: ?(?:${anyValue})`;
const anyFlatObject = objectOf(`${anyMember}(?:, ?${anyMember})*`);

/** Longer texts are parsed faster: a pattern looks at each character, a parser at many together. */
const mostCharactersOfKey = 150;
/** Of a row whose keys are not known. */
const mostCharacters = 400;

/** After so many rows in a row that it did not match, a pattern is not tried for some: they are of another form. */
const patience = { misses: 4, rest: 256 };

/** Whether it still pays to try. */
export class Patience {
  #rest: number;
  #misses = 0;

  /** @in  rest: so many rows are not tried first */
  constructor(rest = 0) {
    this.#rest = rest;
  }

  /** To be asked for each row. */
  isOver(): boolean {
    if (this.#rest === 0) return false;
    this.#rest--;
    return true;
  }

  note(isHit: boolean): void {
    if (isHit) {
      this.#misses = 0;
      return;
    }
    this.#misses++;
    if (this.#misses < patience.misses) return;
    [this.#misses, this.#rest] = [0, patience.rest];
  }
}

type PatternFor = (text: string, unitBytes: number) => RegExp;

/** Asks a pattern for as long as that pays. */
export class RowPattern {
  readonly #patternFor: PatternFor;
  readonly #patience: Patience;
  #mostCharacters: number;

  /** @in  rest: so many rows are not asked first */
  constructor(patternFor: PatternFor, keys: number, rest: number) {
    this.#patternFor = patternFor;
    this.#mostCharacters = Math.min(mostMatched, keys * mostCharactersOfKey);
    this.#patience = new Patience(rest);
  }

  /** @in  unitBytes: UTF-8 bytes that a UTF-16 unit of the text has at most */
  matches(text: string, unitBytes: number): boolean {
    if (text.length > this.#mostCharacters || this.#patience.isOver()) return false;
    const isHit = this.#patternFor(text, unitBytes).test(text);
    this.#patience.note(isHit);
    return isHit;
  }

  /** As `matches`, however many rows it did not match; of one byte: if the keys are ASCII, it tells that the text is, too. */
  tells(text: string, unitBytes: number): boolean {
    return text.length <= this.#mostCharacters && this.#patternFor(text, unitBytes).test(text);
  }

  /** @in  keys: of the row that was parsed last */
  expect(keys: number): void {
    this.#mostCharacters = Math.min(mostMatched, Math.max(mostCharacters, keys * mostCharactersOfKey));
  }
}

/** What the scanner holds rows against: a form, or nothing but that they are rows. */
export interface Expected {
  readonly form: RowForm | undefined;
}

const anyRows: Expected = { form: undefined };

/** Knows rows of one message, whatever their table is. */
export class FlatRows {
  readonly #pattern = new RowPattern(() => anyFlatObject, mostCharacters / mostCharactersOfKey, 0);

  knows(text: string): boolean {
    return this.#pattern.matches(text, 1);
  }

  see(row: object): void {
    this.#pattern.expect(Object.keys(row).length);
  }

  /** @out  what many rows at once are held against */
  expected(): Expected {
    return anyRows;
  }

  passed(): void {}
}

/** A pattern is made of a shape that comes again and again. */
export const rowsBefore = 16;
/** More keys are no usual row, and patterns of more are not compiled. */
export const mostKeys = 300;

/** @out  what matches flat objects of these keys in this order, whatever their values are; undefined: they are no usual keys */
export function patternOfKeys(keys: readonly string[], value = anyValue): RegExp | undefined {
  const written = keys.map((key) => JSON.stringify(key));
  // A key that is written by numbers may hold half a surrogate pair.
  if (keys.length === 0 || keys.length > mostKeys || written.some((key) => key.includes('\\u'))) return undefined;
  return objectOf(written.map((key) => `${escaped(key)}: ?(?:${value})`).join(', ?'));
}

/** @out  as `patternOfKeys`, of objects that are nothing but ASCII */
export const asciiPatternOfKeys = (keys: readonly string[]): RegExp | undefined =>
  keys.every(isAscii) ? patternOfKeys(keys, asciiValue) : undefined;

export const isAscii = (text: string): boolean => Buffer.byteLength(text) === text.length;

/** Characters of a row of so many keys that is worth being matched. */
export const longestOfKeys = (keys: number): number => Math.min(mostMatched, keys * mostCharactersOfKey);

/** @out  undefined: no pattern tells whether such rows fit */
export function patternOfRows(members: readonly Member[]): RowPattern | undefined {
  const keys = members.map(({ key }) => JSON.stringify(key));
  // A key that is written by numbers may hold half a surrogate pair.
  if (keys.length === 0 || keys.length > mostKeys || keys.some((key) => key.includes('\\u'))) return undefined;
  if (members.some(({ type }) => valueOf(type, bytesOf(1, 1)) === undefined)) return undefined;
  const make = (bytes: Bytes) => {
    const values = members.map(({ type, isNullable }) => `${valueOf(type, bytes)}${isNullable ? '|null' : ''}`);
    return objectOf(keys.map((key, at) => `${escaped(key)}: ?(?:${values[at]})`).join(', ?'));
  };
  const made: RegExp[][] = [[], [], [], []];
  const patternFor = (text: string, unitBytes: number) => {
    const bits = 32 - Math.clz32(text.length);
    const patterns = made[unitBytes] as RegExp[];
    patterns[bits] ??= make(bytesOf(unitBytes, 2 ** bits));
    return patterns[bits];
  };
  return new RowPattern(patternFor, keys.length, rowsBefore);
}

/** UTF-8 bytes of the texts that a pattern is for. */
interface Bytes {
  readonly ofUnit: number;
  /** No row has more, so that a text of as many bytes need not be counted, which is slow. */
  readonly mostOfRow: number;
}

const bytesOf = (ofUnit: number, mostUnits: number): Bytes => ({ ofUnit, mostOfRow: ofUnit * mostUnits });

const date = '\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\\d|2[0-8])';
const time = '(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,6})?';

/** What surely is right in a column of the type, as it stands. @out undefined: only a closer look tells */
function valueOf(type: Member['type'], bytes: Bytes): string | undefined {
  const { character, text, scalar } = bytes.ofUnit === 1 ? ofAscii : ofAny;
  if (type === 'any') return scalar;
  if (type === 'upsert') return '0';
  switch (type.kind) {
    case 'boolean':
      return 'true|false|0|1';
    case 'integer':
      // One digit less than the largest has.
      return `-?${wholeOf(String(type.max).length - 1)}`;
    case 'float':
      return `-?${wholeOf(15)}(?:\\.\\d+)?`;
    case 'decimal':
      return `-?${wholeOf(type.precision - type.scale)}${type.scale > 0 ? `(?:\\.\\d{1,${type.scale}})?` : ''}`;
    case 'text':
      return type.maxBytes === undefined || type.maxBytes >= bytes.mostOfRow
        ? text
        : `"(?:${character}|${shortEscape}){0,${Math.floor(type.maxBytes / bytes.ofUnit)}}"`;
    case 'date':
      return `"${date}"`;
    case 'datetime':
      return `"${date}(?:[ T]${time})?"`;
    case 'other':
      return scalar;
    default:
      return undefined;
  }
}
