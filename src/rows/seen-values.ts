/** Which StarRocks type holds values that were seen, by the rules of docs/routes.md: for columns and tables that are made for rows. */
import { digitsOfNumber, rawJson } from './json-values.ts';

/** What was seen of the values of one key. */
export interface Seen {
  readonly kinds: ReadonlySet<Kind>;
  /** Digits behind the point, of numbers. */
  readonly scale: number;
  /** Digits before the point, of numbers. */
  readonly whole: number;
}

type Kind = 'boolean' | 'bigint' | 'largeint' | 'exact' | 'double' | 'date' | 'datetime' | 'text' | 'nested';

const nothing: Seen = { kinds: new Set(), scale: 0, whole: 0 };

/** Longest text that StarRocks holds. @source StarRocks docs, VARCHAR */
const longestText = 'VARCHAR(1048576)';

/** @in  value: as JSON has it, numbers with their digits; null tells nothing */
export function see(before: Seen | undefined, value: unknown): Seen {
  const { kinds, scale, whole } = before ?? nothing;
  const kind = kindOf(value);
  if (kind === undefined) return before ?? nothing;
  const [, front = '', behind = ''] = /^-?(\d*)\.?(\d*)/.exec(digitsOfNumber(value) ?? '') ?? [];
  const isKnown = kinds.has(kind) && behind.length <= scale && front.length <= whole;
  if (isKnown && before) return before;
  return {
    kinds: new Set([...kinds, kind]),
    scale: Math.max(scale, behind.length),
    whole: Math.max(whole, front.length),
  };
}

function kindOf(value: unknown): Kind | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') return kindOfText(value);
  const digits = digitsOfNumber(value);
  return digits === undefined ? 'nested' : kindOfNumber(digits);
}

/** What JSON has as a number; more zeros before it, as in a postcode, are text. */
const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** What a field of CSV is a text of; nothing tells of an empty one what it is. */
export function valueOfField(field: string | null): unknown {
  if (field === null || field === '') return null;
  if (/^(?:true|false)$/i.test(field)) return field.length === 'true'.length;
  return number.test(field) ? rawJson(field) : field;
}

const date = /^\d{4}-\d{2}-\d{2}$/;
const datetime = /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})?$/;

function kindOfText(text: string): Kind {
  if (date.test(text)) return 'date';
  return datetime.test(text) ? 'datetime' : 'text';
}

/** As many digits every double has. */
const digitsOfDouble = 15;

function kindOfNumber(digits: string): Kind {
  if (/^-?\d+$/.test(digits)) {
    const number = BigInt(digits);
    if (BigInt.asIntN(64, number) === number) return 'bigint';
    return BigInt.asIntN(128, number) === number ? 'largeint' : 'text';
  }
  return /e/i.test(digits) || digits.replace(/\D/g, '').length <= digitsOfDouble ? 'double' : 'exact';
}

const numbers: ReadonlySet<Kind> = new Set(['bigint', 'largeint', 'exact', 'double']);

/** @out  undefined: nothing but NULL was seen, which tells no type */
export function typeOfSeen({ kinds, scale, whole }: Seen): string | undefined {
  if (kinds.size === 0) return undefined;
  const all = [...kinds];
  if (kinds.has('nested')) return 'JSON';
  if (all.every((kind) => kind === 'boolean')) return 'BOOLEAN';
  if (all.every((kind) => kind === 'date')) return 'DATE';
  if (all.every((kind) => kind === 'date' || kind === 'datetime')) return 'DATETIME';
  if (!all.every((kind) => numbers.has(kind))) return longestText;
  if (all.every((kind) => kind === 'bigint')) return 'BIGINT';
  if (all.every((kind) => kind === 'bigint' || kind === 'largeint')) return 'LARGEINT';
  if (!kinds.has('exact') && !kinds.has('largeint')) return 'DOUBLE';
  return scale + whole <= 38 ? `DECIMAL(38,${scale})` : longestText;
}
