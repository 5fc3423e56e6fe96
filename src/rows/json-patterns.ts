/**
 * Patterns of JSON as text. No part can begin where the one before it can go on, so that a miss costs no more than a hit; none stands for
 * an escape by number, behind which half a surrogate pair could be.
 */

/** Characters of what is held against such a pattern: for each member the engine keeps where it was, and has an end. */
export const mostMatched = 64 * 1024;

/** One character of a text. */
export const character = '[^"\\\\\\x00-\\x1f]';
export const shortEscape = '\\\\["\\\\/bfnrt]';
const textOf = (one: string) => `"${one}*(?:${shortEscape}${one}*)*"`;
export const anyText = textOf(character);
const anyNumber = '-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?';
/** Neither an object nor an array, nor NULL. */
const scalarOf = (text: string) => `${text}|${anyNumber}|true|false`;
export const anyScalar = scalarOf(anyText);
export const anyValue = `${anyScalar}|null`;
/** The same, of ASCII: a text of nothing else has as many bytes as characters, and no surrogates. */
export const asciiValue = `${scalarOf(textOf('[ !#-\\[\\]-\\x7f]'))}|null`;

/** Whole numbers of so many digits at most. */
export const wholeOf = (digits: number) => (digits < 1 ? '0' : `(?:0|[1-9]\\d{0,${digits - 1}})`);
