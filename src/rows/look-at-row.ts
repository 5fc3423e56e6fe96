import { isPlainMoment, type QuickCheck, ways } from './fit-quickly.ts';
import type { Shape } from './fit-shape.ts';
import { exactDigits } from './long-digits.ts';

const { any: anyWay, text: textWay, integer: integerWay, moment: momentWay } = ways;

/** What was found: the row is right; or it could be but for the digits of a number; or some value is not surely right. */
const sure = 0;
export const longNumbers = 1;
export const unsure = 2;
export const otherKeys = 3;

/**
 * Looks at a row once, each value as soon as its key.
 *
 * Numbers are told by what is left of the text when keys and texts are taken away: if that is so little that not one of them can have more
 * digits than a number keeps, nobody need look for these.
 *
 * @in   row: what JSON.parse makes of the text
 */
export function lookAt(row: Readonly<Record<string, unknown>>, shape: Shape, text: string): number {
  const { keys, checks } = shape;
  let left = text.length - shape.frameLength;
  // Arrays and objects may hold some.
  let numbers = 0;
  let at = 0;
  // The engine reads the members of objects of one kind fast in this way only; what JSON.parse makes inherits nothing to be listed.
  for (const key in row) {
    if (key !== keys[at]) return otherKeys;
    const value = row[key];
    if (!isRight(value, checks[at] as QuickCheck)) return unsure;
    if (typeof value === 'string') left -= value.length + 2;
    else if (typeof value !== 'boolean' && value !== null) numbers++;
    at++;
  }
  if (at !== keys.length) return otherKeys;
  return numbers === 0 || left - numbers < exactDigits ? sure : longNumbers;
}

function isRight(value: unknown, check: QuickCheck): boolean {
  if (value === null) return check.isNullable;
  switch (check.way) {
    case anyWay:
      return true;
    case textWay:
      return typeof value === 'string' && (value.length <= check.most || check.fits(value));
    case integerWay:
      return Number.isSafeInteger(value) && (value as number) >= check.least && (value as number) <= check.most;
    case momentWay:
      return typeof value === 'string' && isPlainMoment(value);
    default:
      return check.fits(value);
  }
}
