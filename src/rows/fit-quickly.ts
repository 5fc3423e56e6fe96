import type { ColumnType } from './column-type.ts';

/** Says of a parsed value, not null, that it surely fits as it is; what it does not know is looked at closer. */
export type FitsSurely = (value: unknown) => boolean;

/** How a value is looked at. Records of one form, and a number to branch by, are what the engine reads fastest. */
export interface QuickCheck {
  readonly way: number;
  /** Of numbers; of texts, `most` is of the UTF-16 units that surely are few enough bytes. */
  readonly least: number;
  readonly most: number;
  readonly isNullable: boolean;
  /** For what no other way fits. */
  readonly fits: FitsSurely;
}

export const ways = { any: 0, text: 1, integer: 2, moment: 3, closely: 4 } as const;

const always = () => true;
const never = () => false;

/** Nearly all values of nearly all rows end here. */
export function quickCheck(type: ColumnType, isNullable: boolean): QuickCheck {
  const check = (way: number, parts: Partial<QuickCheck> = {}): QuickCheck => ({
    ...{ way, least: 0, most: 0, isNullable, fits: always },
    ...parts,
  });
  switch (type.kind) {
    case 'integer': {
      const [least, most] = [Number(type.min), Number(type.max)];
      const fits: FitsSurely = (value) =>
        Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
      return check(ways.integer, { least, most, fits });
    }
    case 'text': {
      const bytes = type.maxBytes ?? Number.POSITIVE_INFINITY;
      // Three bytes are the most that one unit of UTF-16 becomes.
      const fits: FitsSurely = (value) => typeof value === 'string' && Buffer.byteLength(value) <= bytes;
      return check(ways.text, { most: bytes / 3, fits });
    }
    case 'datetime':
      return check(ways.moment, { fits: (value) => typeof value === 'string' && isPlainMoment(value) });
    case 'other':
      return check(ways.any);
    default:
      return check(ways.closely, { fits: closely(type) });
  }
}

/** Of a value that is no column's, and of the operation of a row that upserts. */
export const [uncheckedKey, upserts]: readonly [QuickCheck, QuickCheck] = [
  { way: ways.any, least: 0, most: 0, isNullable: true, fits: always },
  { way: ways.integer, least: 0, most: 0, isNullable: false, fits: always },
];

function closely(type: ColumnType): FitsSurely {
  switch (type.kind) {
    case 'boolean':
      return (value) => typeof value === 'boolean' || value === 0 || value === 1;
    case 'float':
      return (value) => typeof value === 'number' && Math.abs(value) <= type.max;
    case 'decimal':
      return quickDecimal(type.precision, type.scale);
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

function quickDecimal(precision: number, scale: number): FitsSurely {
  const limit = 10 ** Math.min(precision - scale, exactDigits);
  const factor = 10 ** Math.min(scale, exactDigits);
  return (value) => {
    if (typeof value !== 'number' || !(Math.abs(value) < limit)) return false;
    const scaled = value * factor;
    return Math.abs(scaled - Math.round(scaled)) <= Math.abs(scaled) * tolerance;
  };
}

const [zero, nine, hyphen, colon, space, letterT, dot] = [0x30, 0x39, 0x2d, 0x3a, 0x20, 0x54, 0x2e];

/** The number of two digits; NaN: there are none. */
function two(text: string, at: number): number {
  const a = text.charCodeAt(at);
  const b = text.charCodeAt(at + 1);
  return a >= zero && a <= nine && b >= zero && b <= nine ? (a - zero) * 10 + b - zero : Number.NaN;
}

/** `2024-03-05`, of a day that every month has. */
function beginsWithDay(text: string): boolean {
  if (text.charCodeAt(4) !== hyphen || text.charCodeAt(7) !== hyphen) return false;
  const month = two(text, 5);
  const day = two(text, 8);
  return two(text, 0) + two(text, 2) >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= 28;
}

export function isPlainMoment(text: string): boolean {
  if (!beginsWithDay(text)) return false;
  if (text.length === 10) return true;
  const between = text.charCodeAt(10);
  if (between !== space && between !== letterT) return false;
  if (text.charCodeAt(13) !== colon || text.charCodeAt(16) !== colon) return false;
  if (!(two(text, 11) <= 23 && two(text, 14) <= 59 && two(text, 17) <= 59)) return false;
  return text.length === 19 || isFraction(text);
}

/** Behind the second: a point, and one to six digits. */
function isFraction(text: string): boolean {
  if (text.charCodeAt(19) !== dot || text.length < 21 || text.length > 26) return false;
  for (let at = 20; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < zero || code > nine) return false;
  }
  return true;
}
