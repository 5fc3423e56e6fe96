import type { KeyKind } from '../ports.ts';
import { digitsOf, wholeNumber } from './decimal-digits.ts';
import { textOf } from './json-values.ts';
import { inZone, readMoment } from './moment.ts';

/**
 * A value of a key, so that those have one text which are one key for StarRocks: 1, "1" and "01" in a column of integers, a date with
 * and without midnight, true and 1.
 *
 * @in   kind: undefined: the type is not known, and only 1 and "1" are the same
 */
export function keyText(value: unknown, kind: KeyKind | undefined): string | null {
  const text = textOf(value);
  if (text === null) return null;
  switch (kind) {
    case 'integer':
      return wholeText(text) ?? text;
    case 'boolean':
      return /^\s*(?:true|0*[1-9]\d*)\s*$/i.test(text) ? '1' : /^\s*(?:false|0+)\s*$/i.test(text) ? '0' : text;
    case 'date':
      return momentText(text)?.slice(0, 10) ?? text;
    case 'datetime':
      return momentText(text) ?? text;
    default:
      return text;
  }
}

function wholeText(text: string): string | undefined {
  const digits = digitsOf(text);
  const whole = digits && wholeNumber(digits);
  return whole === undefined ? undefined : String(BigInt(whole));
}

/** Fractions that are zero are not there. */
function momentText(text: string): string | undefined {
  const moment = readMoment(text);
  return (
    moment &&
    inZone({ ...moment, offset: undefined }, 'UTC')
      .replace(/(\.\d*?)0+$/, '$1')
      .replace(/\.$/, '')
  );
}
