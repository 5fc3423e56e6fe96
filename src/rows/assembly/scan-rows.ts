/**
 * AssemblyScript, compiled by `npm run build:scanner` into `../scan-rows-wasm.ts`.
 *
 * Counts the usual rows that a text begins with, in one pass over its bytes, sixteen at a time inside of texts. A usual row is a flat object of
 * JSON whose texts escape nothing by its number; of a known form, one with its keys in its order, and values that surely fit. What is not usual
 * may be a row all the same: whoever asks has to parse it.
 *
 * Memory: the form from 0 on, the text from `textAt` on, as UTF-8, and 32 zeros behind it, which nothing looks beyond.
 */

export const textAt: usize = 0x10000;

/** Where the first row begins that is not usual, or is not there as a whole; behind the last one otherwise. */
export let stop: usize = 0;
/** `stop` is the end of the text, or the bracket that closes the array. */
export let isOver: bool = false;

/** Of a member of a form, by their places in its head. Behind the head stands its key, as it is written, with the colon. */
const kind: usize = 0;
const isNullable: usize = 1;
/** Most digits behind the point. */
const decimals: usize = 2;
/** Most digits before the point, or bytes of a text. */
const most: usize = 4;
const keyBytes: usize = 8;
const headBytes: usize = 16;

/** Kinds of values: as `kinds` in `../row-form.ts`. */
const scalar: u8 = 0;
const zeroOnly: u8 = 1;
const boolean: u8 = 2;
const decimal: u8 = 3;
const limitedText: u8 = 4;
const date: u8 = 5;
const datetime: u8 = 6;

const openObject: u8 = 0x7b;
const closeObject: u8 = 0x7d;
const closeArray: u8 = 0x5d;
const quote: u8 = 0x22;
const backslash: u8 = 0x5c;
const comma: u8 = 0x2c;
const colon: u8 = 0x3a;
const space: u8 = 0x20;
const lineFeed: u8 = 0x0a;
const point: u8 = 0x2e;
const plus: u8 = 0x2b;
const minus: u8 = 0x2d;
const zero: u8 = 0x30;
/** The four bytes of a word, as a number. */
const wordNull: u32 = 0x6c6c756e;
const wordTrue: u32 = 0x65757274;
const wordAlse: u32 = 0x65736c61;
/** Escapes in the text that was looked at last: each is a byte of what it holds. */
let escapes: u32 = 0;

/** In place of where something ends: it is not usual. */
const nowhere: usize = 0;

/**
 * @param begin of a row; end: of the text
 * @param members of the form; 0: keys and values are any
 * @param isArray rows are separated by commas, else by line feeds
 * @param isLast nothing follows the text
 * @returns rows
 */
export function scan(begin: usize, end: usize, members: u32, isArray: bool, isLast: bool): u32 {
  const separator = isArray ? comma : lineFeed;
  let rows: u32 = 0;
  stop = begin;
  isOver = false;
  while (stop < end) {
    let at = isArray ? endOfBlanks(stop, true) : stop;
    at = members === 0 ? endOfObject(at) : endOfForm(at, members);
    if (at === nowhere) return rows;
    at = endOfBlanks(at, isArray);
    const next = load<u8>(at);
    isOver = at === end ? isLast && !isArray : isArray && next === closeArray;
    if (!isOver && next !== separator) return rows;
    rows++;
    stop = isOver ? at : at + 1;
    if (isOver) return rows;
  }
  return rows;
}

/** @returns UTF-16 units of what stands between two places, which cut no character */
export function unitsBetween(begin: usize, end: usize): u32 {
  let units: u32 = 0;
  for (let at = begin; at < end; at += 16) {
    const bytes = v128.load(at);
    const here = end - at < 16 ? (1 << u32(end - at)) - 1 : 0xffff;
    // All but the bytes that go on with a character; those of four bytes have two units.
    const begins = ~i8x16.bitmask(i8x16.lt_s(bytes, i8x16.splat(-64)));
    const pairs = i8x16.bitmask(i8x16.ge_u(bytes, i8x16.splat(-16)));
    units += popcnt(begins & here) + popcnt(pairs & here);
  }
  return units;
}

function endOfBlanks(at: usize, withLines: bool): usize {
  while (true) {
    const next = load<u8>(at);
    if (next !== space && next !== 0x09 && next !== 0x0d && !(withLines && next === lineFeed)) return at;
    at++;
  }
}

function endOfSpace(at: usize): usize {
  return load<u8>(at) === space ? at + 1 : at;
}

function endOfObject(at: usize): usize {
  if (load<u8>(at) !== openObject) return nowhere;
  do {
    at = endOfSpace(at + 1);
    if (load<u8>(at) !== quote) return nowhere;
    at = endOfText(at + 1);
    if (at === nowhere || load<u8>(at) !== colon) return nowhere;
    at = endOfScalar(endOfSpace(at + 1), true);
    if (at === nowhere) return nowhere;
  } while (load<u8>(at) === comma);
  return load<u8>(at) === closeObject ? at + 1 : nowhere;
}

function endOfForm(at: usize, members: u32): usize {
  if (load<u8>(at) !== openObject) return nowhere;
  let member: usize = 0;
  while (true) {
    at = endOfSpace(at + 1);
    const key = member + headBytes;
    const bytes = load<u32>(member, keyBytes);
    if (!isSame(at, key, bytes)) return nowhere;
    at = endOfValue(endOfSpace(at + bytes), member);
    if (at === nowhere) return nowhere;
    if (--members === 0) break;
    if (load<u8>(at) !== comma) return nowhere;
    member = key + ((bytes + 15) & ~15);
  }
  return load<u8>(at) === closeObject ? at + 1 : nowhere;
}

/** @param bytes how many are compared; more may stand behind them */
function isSame(one: usize, other: usize, bytes: u32): bool {
  while (true) {
    const same = i8x16.bitmask(i8x16.eq(v128.load(one), v128.load(other)));
    const here = bytes < 16 ? (1 << bytes) - 1 : 0xffff;
    if ((same & here) !== here) return false;
    if (bytes <= 16) return true;
    bytes -= 16;
    one += 16;
    other += 16;
  }
}

function endOfValue(at: usize, member: usize): usize {
  if (load<u32>(at) === wordNull) return load<bool>(member, isNullable) ? at + 4 : nowhere;
  const first = load<u8>(at);
  switch (load<u8>(member, kind)) {
    case scalar:
      return endOfScalar(at, false);
    case zeroOnly:
      return first === zero ? at + 1 : nowhere;
    case boolean:
      return first === zero || first === zero + 1 ? at + 1 : endOfWord(at);
    case decimal:
      return endOfDecimal(at, load<u32>(member, most), load<u8>(member, decimals));
    case limitedText: {
      if (first !== quote) return nowhere;
      const end = endOfText(at + 1);
      return end !== nowhere && u32(end - at - 2) - escapes <= load<u32>(member, most) ? end : nowhere;
    }
    case date:
    case datetime:
      return first === quote ? endOfMoment(at + 1, load<u8>(member, kind) === datetime) : nowhere;
    default:
      return nowhere;
  }
}

function endOfScalar(at: usize, withNull: bool): usize {
  if (load<u8>(at) === quote) return endOfText(at + 1);
  if (withNull && load<u32>(at) === wordNull) return at + 4;
  const end = endOfWord(at);
  return end === nowhere ? endOfNumber(at) : end;
}

function endOfWord(at: usize): usize {
  if (load<u32>(at) === wordTrue) return at + 4;
  return load<u8>(at) === 0x66 && load<u32>(at, 1) === wordAlse ? at + 5 : nowhere;
}

/** @param at behind the opening quote. @returns behind the closing one */
function endOfText(at: usize): usize {
  escapes = 0;
  while (true) {
    const bytes = v128.load(at);
    const isQuote = i8x16.eq(bytes, i8x16.splat(quote));
    const isEscape = i8x16.eq(bytes, i8x16.splat(backslash));
    const isControl = i8x16.lt_u(bytes, i8x16.splat(space));
    const found = i8x16.bitmask(v128.or(isQuote, v128.or(isEscape, isControl)));
    if (found === 0) {
      at += 16;
      continue;
    }
    at += ctz(found);
    if (load<u8>(at) === quote) return at + 1;
    if (load<u8>(at) !== backslash || !isShortEscape(load<u8>(at, 1))) return nowhere;
    at += 2;
    escapes++;
  }
}

/** What may stand behind a backslash, but for `u`: " \ / b f n r t */
function isShortEscape(next: u8): bool {
  return (
    next === quote ||
    next === backslash ||
    next === 0x2f ||
    next === 0x62 ||
    next === 0x66 ||
    next === 0x6e ||
    next === 0x72 ||
    next === 0x74
  );
}

function isDigit(byte: u8): bool {
  return u8(byte - zero) <= 9;
}

function endOfDigits(at: usize): usize {
  while (isDigit(load<u8>(at))) at++;
  return at;
}

/** @returns behind digits of which the first is zero only if it is alone */
function endOfWhole(at: usize): usize {
  if (load<u8>(at) === zero) return at + 1;
  const end = endOfDigits(at);
  return end === at ? nowhere : end;
}

function endOfDecimal(at: usize, mostWhole: u32, mostDecimals: u32): usize {
  if (load<u8>(at) === minus) at++;
  const isZero = load<u8>(at) === zero;
  const end = endOfWhole(at);
  if (end === nowhere || (!isZero && end - at > mostWhole)) return nowhere;
  if (load<u8>(end) !== point) return end;
  const last = endOfDigits(end + 1);
  const digits = last - end - 1;
  return digits > 0 && digits <= mostDecimals ? last : nowhere;
}

function endOfNumber(at: usize): usize {
  if (load<u8>(at) === minus) at++;
  at = endOfWhole(at);
  if (at === nowhere) return nowhere;
  if (load<u8>(at) === point) {
    const end = endOfDigits(at + 1);
    if (end === at + 1) return nowhere;
    at = end;
  }
  if ((load<u8>(at) | 0x20) !== 0x65) return at;
  at++;
  if (load<u8>(at) === plus || load<u8>(at) === minus) at++;
  const end = endOfDigits(at);
  return end === at ? nowhere : end;
}

/** @returns the number of two digits; 100: they are none */
function two(at: usize): u32 {
  const tens: u32 = u8(load<u8>(at) - zero);
  const ones: u32 = u8(load<u8>(at, 1) - zero);
  return tens <= 9 && ones <= 9 ? tens * 10 + ones : 100;
}

/** A day that every month has, and a time of it: `2024-03-05 10:00:00.25`. @param at behind the opening quote */
function endOfMoment(at: usize, withTime: bool): usize {
  if (two(at) > 99 || two(at + 2) > 99 || load<u8>(at, 4) !== minus || load<u8>(at, 7) !== minus) return nowhere;
  const month = two(at + 5);
  const day = two(at + 8);
  if (month - 1 > 11 || day - 1 > 27) return nowhere;
  at += 10;
  if (load<u8>(at) === quote) return at + 1;
  if (!withTime || (load<u8>(at) !== space && load<u8>(at) !== 0x54)) return nowhere;
  if (two(at + 1) > 23 || two(at + 4) > 59 || two(at + 7) > 59) return nowhere;
  if (load<u8>(at, 3) !== 0x3a || load<u8>(at, 6) !== 0x3a) return nowhere;
  at += 9;
  if (load<u8>(at) === point) {
    const end = endOfDigits(at + 1);
    if (end === at + 1 || end > at + 7) return nowhere;
    at = end;
  }
  return load<u8>(at) === quote ? at + 1 : nowhere;
}
