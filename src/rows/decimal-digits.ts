/** A number by its digits: ± digits × 10^-scale, without zeros that say nothing. */
export interface Digits {
  readonly isNegative: boolean;
  /** No leading zeros, and no trailing ones; empty: zero. */
  readonly digits: string;
  /** Digits behind the point; negative: zeros that follow. */
  readonly scale: number;
}

const pattern = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,5}))?\s*$/;

/** Reads a number, exactly. @out undefined: it is none */
export function digitsOf(text: string): Digits | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const all = (whole + fraction).replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  const scale = digits === '' ? 0 : fraction.length - Number(exponent) - (all.length - digits.length);
  return { isNegative: sign === '-' && digits !== '', digits, scale };
}

/** Digits before the point. */
export const wholeDigits = ({ digits, scale }: Digits): number => Math.max(0, digits.length - scale);

/** More digits are no number of any type. */
const mostDigits = 400;

/** The whole number, as text. @out undefined: it has a fraction, or is far too large */
export function wholeNumber(number: Digits): string | undefined {
  const { isNegative, digits, scale } = number;
  if (scale > 0 || digits.length - scale > mostDigits) return undefined;
  return `${isNegative ? '-' : ''}${digits === '' ? '0' : digits + '0'.repeat(-scale)}`;
}
