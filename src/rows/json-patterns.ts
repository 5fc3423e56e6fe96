/**
 * Patterns of JSON as text. No part can begin where the one before it can go on, so that a miss costs no more than a hit; none stands for
 * an escape by number, behind which half a surrogate pair could be.
 */

/** Characters of what is held against such a pattern: for each member the engine keeps where it was, and has an end. */
export const mostMatched = 64 * 1024;

/** One character of a text. */
export const character = '[^"\\\\\\x00-\\x1f]';
export const shortEscape = '\\\\["\\\\/bfnrt]';
const anyNumber = '-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?';

/** Texts of such characters. `scalar` is neither an object nor an array, nor NULL. */
function valuesOf(one: string) {
  const text = `"${one}*(?:${shortEscape}${one}*)*"`;
  return { character: one, text, scalar: `${text}|${anyNumber}|true|false` };
}

export const ofAny = valuesOf(character);
/** What is nothing but ASCII has as many bytes as characters, and no surrogates. */
export const ofAscii = valuesOf('[ !#-\\[\\]-\\x7f]');

export const anyText = ofAny.text;
export const anyValue = `${ofAny.scalar}|null`;
export const asciiValue = `${ofAscii.scalar}|null`;

/** Whole numbers of so many digits at most. */
export const wholeOf = (digits: number) => (digits < 1 ? '0' : `(?:0|[1-9]\\d{0,${digits - 1}})`);
