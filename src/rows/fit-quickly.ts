import type { ColumnType } from './column-type.ts';

/** Says of a parsed value, not null, that it surely fits as it is; what it does not know is looked at closer. */
export type FitsSurely = (value: unknown) => boolean;

/** How a value is looked at. Records of one form, and a number to branch by, are what the engine reads fastest. */
export interface QuickCheck {
  readonly way: number;
  /** Of numbers; of texts, `most` is of UTF-8 bytes. */
  readonly least: number;
  readonly most: number;
  /** What makes a decimal of few enough digits behind the point a whole number. */
  readonly factor: number;
  readonly isNullable: boolean;
  /** Says the same of a value of any kind, and is asked where the way alone does not tell. */
  readonly fits: FitsSurely;
}

export const ways = { any: 0, text: 1, integer: 2, moment: 3, decimal: 4, closely: 5 } as const;

const always = () => true;
const never = () => false;

/** Nearly all values of nearly all rows end here. */
export function quickCheck(type: ColumnType, isNullable: boolean): QuickCheck {
  const check = (way: number, parts: Partial<QuickCheck> = {}): QuickCheck => ({
    ...{ way, least: 0, most: 0, factor: 1, isNullable, fits: always },
    ...parts,
  });
  switch (type.kind) {
    case 'integer': {
      const [least, most] = [Number(type.min), Number(type.max)];
      return check(ways.integer, { least, most, fits: (value) => isWhole(value, least, most) });
    }
    case 'text': {
      const most = type.maxBytes ?? Number.POSITIVE_INFINITY;
      return check(ways.text, { most, fits: (value) => typeof value === 'string' && Buffer.byteLength(value) <= most });
    }
    case 'datetime':
      return check(ways.moment, { fits: (value) => typeof value === 'string' && isPlainMoment(value) });
    case 'decimal': {
      const most = 10 ** Math.min(type.precision - type.scale, exactDigits);
      const factor = 10 ** Math.min(type.scale, exactDigits);
      return check(ways.decimal, { most, factor, fits: (value) => isDecimal(value, most, factor) });
    }
    case 'other':
      return check(ways.any);
    default:
      return check(ways.closely, { fits: closely(type) });
  }
}

/** Of a value that is no column's, and of the operation of a row that upserts. */
export const [uncheckedKey, upserts]: readonly [QuickCheck, QuickCheck] = [
  { way: ways.any, least: 0, most: 0, factor: 1, isNullable: true, fits: always },
  { way: ways.integer, least: 0, most: 0, factor: 1, isNullable: false, fits: (value) => value === 0 },
];

function closely(type: ColumnType): FitsSurely {
  switch (type.kind) {
    case 'boolean':
      return (value) => typeof value === 'boolean' || value === 0 || value === 1;
    case 'float':
      return (value) => typeof value === 'number' && Math.abs(value) <= type.max;
    case 'date':
      return (value) => typeof value === 'string' && value.length === 10 && beginsWithDay(value);
    case 'json':
      return (value) => typeof value !== 'string';
    case 'array': {
      const { fits } = quickCheck(type.element, true);
      return (value) => Array.isArray(value) && value.every((element) => element === null || fits(element));
    }
    // Bytes, the keys of maps, and fields by name are looked at closer.
    default:
      return never;
  }
}

/** A number of at most fifteen digits, which is all that is looked at here, is the one that was written. */
const exactDigits = 15;
/** Of that, what a double may differ from it; fifteen digits differ by more than twice as much in the last of them. */
const tolerance = 3e-16;

/** @in  most: of the number, itself not included; factor: that makes it whole */
export function isDecimal(value: unknown, most: number, factor: number): boolean {
  if (typeof value !== 'number' || !(Math.abs(value) < most)) return false;
  const scaled = value * factor;
  return Math.abs(scaled - Math.round(scaled)) <= Math.abs(scaled) * tolerance;
}

export const isWhole = (value: unknown, least: number, most: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;

const [zero, hyphen, colon, space, letterT, dot] = [0x30, 0x2d, 0x3a, 0x20, 0x54, 0x2e];
const noDigits = 100;

/** The number of two digits, or `noDigits`: whole in any case, and without a branch for each, which is what costs here. */
function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) ^ zero;
  const ones = text.charCodeAt(at + 1) ^ zero;
  // Of 0 to 9 alone neither the number nor six more has more than four bits.
  return (tens | (tens + 6) | ones | (ones + 6)) > 15 ? noDigits : tens * 10 + ones;
}

/** `2024-03-05`, of a day that every month has. */
function beginsWithDay(text: string): boolean {
  if (text.charCodeAt(4) !== hyphen || text.charCodeAt(7) !== hyphen) return false;
  if (two(text, 0) === noDigits || two(text, 2) === noDigits) return false;
  const month = two(text, 5);
  const day = two(text, 8);
  return month >= 1 && month <= 12 && day >= 1 && day <= 28;
}

export function isPlainMoment(text: string): boolean {
  // A place behind the end would be read the slow way, here and from then on.
  if (text.length !== 19 && text.length !== 10 && (text.length < 21 || text.length > 26)) return false;
  if (!beginsWithDay(text)) return false;
  if (text.length === 10) return true;
  const between = text.charCodeAt(10);
  if (between !== space && between !== letterT) return false;
  if (text.charCodeAt(13) !== colon || text.charCodeAt(16) !== colon) return false;
  if (two(text, 11) > 23 || two(text, 14) > 59 || two(text, 17) > 59) return false;
  return text.length === 19 || isFraction(text);
}

/** Behind the second: a point, and one to six digits. */
function isFraction(text: string): boolean {
  if (text.charCodeAt(19) !== dot) return false;
  let digits = 0;
  for (let at = 20; at < text.length; at++) {
    const digit = text.charCodeAt(at) ^ zero;
    digits |= digit | (digit + 6);
  }
  return digits <= 15;
}
