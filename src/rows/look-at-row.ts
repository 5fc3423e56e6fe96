import { isDecimal, isPlainMoment, isWhole, type QuickCheck, ways } from './fit-quickly.ts';
import type { Shape } from './fit-shape.ts';
import { exactDigits } from './long-digits.ts';

// Constants of their own, which the engine puts in place.
const { any: anyWay, text: textWay, integer: integerWay, moment: momentWay, decimal: decimalWay } = ways;

/** What was found: the row is right; or it could be but for the digits of a number; or some value is not surely right. */
const sure = 0;
export const longNumbers = 1;
export const unsure = 2;
export const otherKeys = 3;

/** @in  bytes: of the text, in UTF-8. @out  how many of these a UTF-16 unit has at most: one where nothing else stands in it */
export const bytesOfUnit = (text: string, bytes: number): number => (bytes === text.length ? 1 : mostBytesOfUnit);

export const mostBytesOfUnit = 3;

/**
 * Looks at a row once, each value as soon as its key.
 *
 * Numbers are told by what is left of the text when keys and texts are taken away: if that is so little that not one of them can have more
 * digits than a number keeps, nobody need look for these.
 *
 * @in   row: what JSON.parse makes of the text; unitBytes: UTF-8 bytes that a UTF-16 unit of its values has at most
 */
export function lookAt(row: Readonly<Record<string, unknown>>, shape: Shape, text: string, unitBytes: number): number {
  const { keys, checks } = shape;
  let left = text.length - shape.frameLength;
  // Arrays and objects may hold some.
  let numbers = 0;
  let at = 0;
  // The engine reads the members of objects of one kind fast in this way only; what JSON.parse makes inherits nothing to be listed.
  for (const key in row) {
    if (key !== keys[at]) return otherKeys;
    const value = row[key];
    if (!isRight(value, checks[at] as QuickCheck, unitBytes)) return unsure;
    if (typeof value === 'string') left -= value.length + 2;
    else if (typeof value !== 'boolean' && value !== null) numbers++;
    at++;
  }
  if (at !== keys.length) return otherKeys;
  return numbers === 0 || left - numbers < exactDigits ? sure : longNumbers;
}

function isRight(value: unknown, check: QuickCheck, unitBytes: number): boolean {
  if (typeof value === 'string') return isRightText(value, check, unitBytes);
  if (typeof value === 'number') return isRightNumber(value, check);
  return value === null ? check.isNullable : check.fits(value);
}

function isRightText(value: string, check: QuickCheck, unitBytes: number): boolean {
  switch (check.way) {
    case textWay:
      return value.length * unitBytes <= check.most || check.fits(value);
    case momentWay:
      return isPlainMoment(value);
    case anyWay:
      return true;
    default:
      return check.fits(value);
  }
}

function isRightNumber(value: number, check: QuickCheck): boolean {
  switch (check.way) {
    case integerWay:
      return isWhole(value, check.least, check.most);
    case decimalWay:
      return isDecimal(value, check.most, check.factor);
    case anyWay:
      return true;
    default:
      return check.fits(value);
  }
}
