import type { Bytes } from './bytes.ts';

/** Bytes of so many digits that fill no group of nine. */
const bytesOfDigits = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4] as const;

/**
 * A DECIMAL in all its digits, as MySQL prints it.
 *
 * @source  MySQL, strings/decimal.cc, decimal2bin: groups of nine digits in four bytes, big-endian, first bit turned, negatives inverted
 */
export function readDecimal(bytes: Bytes, precision: number, scale: number): string {
  const wholeDigits = precision - scale;
  const sizes = [
    ...(wholeDigits % 9 ? [wholeDigits % 9] : []),
    ...Array<number>(Math.floor(wholeDigits / 9)).fill(9),
    ...Array<number>(Math.floor(scale / 9)).fill(9),
    ...(scale % 9 ? [scale % 9] : []),
  ];
  const isNegative = ((bytes.buffer[bytes.at] ?? 0) & 0x80) === 0;
  let isFirst = true;
  let digits = '';
  for (const size of sizes) {
    const count = bytesOfDigits[size] ?? 4;
    let group = bytes.uintBig(count);
    const all = 2 ** (8 * count);
    if (isFirst) group = (group + all / 2) % all;
    if (isNegative) group = all - 1 - group;
    isFirst = false;
    digits += String(group).padStart(size, '0');
  }
  const whole = digits.slice(0, wholeDigits).replace(/^0+(?=\d)/, '') || '0';
  return `${isNegative ? '-' : ''}${whole}${scale === 0 ? '' : `.${digits.slice(wholeDigits)}`}`;
}
