import type { ColumnType } from './column-type.ts';
import { digitsOf, wholeDigits, wholeNumber } from './decimal-digits.ts';
import { fitNested, isJson } from './fit-nested.ts';
import type { Fitted, Given } from './given.ts';
import { dayOf, type EpochUnit, epochInZone, inZone, readMoment } from './moment.ts';

/** What the types alone do not tell. */
export interface ValueRules {
  /** Of the load. */
  readonly timeZone: string;
  /** What epoch numbers count; undefined: numbers are no epochs. */
  readonly epochUnit: EpochUnit | undefined;
  /** Numbers come from change events without a schema: days in a DATE, and never digits of a date that stand together. */
  readonly isUntyped?: true;
  readonly hasHexBytes?: true;
}

const asItIs: Fitted = { as: 'it is' };
const other = (value: Given | null): Fitted => ({ as: 'other', value });
const unfit = (reason: string): Fitted => ({ as: 'unfit', unfit: reason });
const numberOf = (text: string): Given => ({ kind: 'number', text });

/**
 * Says what a value becomes in a column of a type: what StarRocks would store as NULL, cut, or move by hours without a word is
 * written so that it is right, or is unfit.
 *
 * @source  Stream Load reference §7.4; be/src/runtime/time_types.cpp: zones in texts are left out
 */
export function fitValue(value: Given, type: ColumnType, rules: ValueRules): Fitted {
  const fitted = fitByType(value, type, rules);
  return fitted.as === 'unfit' && rules.isUntyped ? unfit(`${fitted.unfit}; ${untold}`) : fitted;
}

const untold =
  'the event came without its schema, which would tell what it is: value.converter.schemas.enable=true, or time.precision.mode=isostring and decimal.handling.mode=string';

function fitByType(value: Given, type: ColumnType, rules: ValueRules): Fitted {
  switch (type.kind) {
    case 'boolean':
      return fitBoolean(value);
    case 'integer':
      return fitInteger(value, type);
    case 'float':
      return fitFloat(value, type.max);
    case 'decimal':
      return fitDecimal(value, type);
    case 'date':
    case 'datetime':
      return fitMoment(value, type.kind, rules);
    case 'text':
      return fitText(value, type.maxBytes);
    case 'json':
      return value.kind === 'string' && /^\s*[{[]/.test(value.text) && isJson(value.text)
        ? other({ kind: 'nested', text: value.text })
        : asItIs;
    case 'binary':
      return fitBinary(value, type.maxBytes, rules.hasHexBytes);
    case 'union':
      return fitUnited(value, type.of);
    case 'array':
    case 'map':
    case 'struct':
      return fitNested(value, type, (inner, of) => fitByType(inner, of, rules));
    case 'other':
      return asItIs;
  }
}

/** What functions take that make them of one value. @source  StarRocks docs: to_bitmap, hll_hash, percentile_hash */
function fitUnited(value: Given, of: 'bitmap' | 'hll' | 'percentile'): Fitted {
  if (of === 'bitmap') return fitInteger(value, { kind: 'integer', min: 0n, max: 2n ** 64n - 1n });
  if (of === 'percentile') return fitFloat(value, Number.MAX_VALUE);
  return value.kind === 'nested' ? other({ kind: 'string', text: value.text }) : asItIs;
}

function fitBoolean({ kind, text }: Given): Fitted {
  if (kind === 'boolean') return asItIs;
  if (kind === 'nested') return unfit('an object or array, expected true or false');
  if (/^\s*(?:true|false)\s*$/i.test(text)) return asItIs;
  const digits = digitsOf(text);
  if (digits === undefined) return unfit(`a ${kind}, expected true, false or a number`);
  return kind === 'number' || /^[01]$/.test(text) ? asItIs : other(numberOf(digits.digits === '' ? '0' : '1'));
}

function fitInteger(value: Given, { min, max }: ColumnType & { kind: 'integer' }): Fitted {
  const { kind, text } = value;
  if (kind === 'boolean') return other(numberOf(text === 'true' ? '1' : '0'));
  const digits = kind === 'nested' ? undefined : digitsOf(kind === 'string' ? wordOf(text) : text);
  if (digits === undefined) return unfit(`${found(value)}, expected a whole number`);
  const whole = wholeNumber(digits);
  if (whole === undefined) return unfit(digits.scale > 0 ? 'a fraction, expected a whole number' : 'out of range');
  const number = BigInt(whole);
  if (number < min || number > max) return unfit(`out of range, expected ${min} to ${max}`);
  return /^-?\d+$/.test(text) ? asItIs : other(numberOf(whole));
}

/** MySQL and CSV write booleans as words. */
const wordOf = (text: string) => (/^\s*true\s*$/i.test(text) ? '1' : /^\s*false\s*$/i.test(text) ? '0' : text);

function fitFloat(value: Given, max: number): Fitted {
  const { kind, text } = value;
  if (kind === 'boolean') return other(numberOf(text === 'true' ? '1' : '0'));
  if (kind === 'nested' || digitsOf(text) === undefined) return unfit(`${found(value)}, expected a number`);
  return Math.abs(Number(text)) <= max ? asItIs : unfit('out of range');
}

function fitDecimal(value: Given, { precision, scale }: ColumnType & { kind: 'decimal' }): Fitted {
  const { kind, text } = value;
  if (kind === 'boolean') return other(numberOf(text === 'true' ? '1' : '0'));
  const digits = kind === 'nested' ? undefined : digitsOf(text);
  if (digits === undefined) return unfit(`${found(value)}, expected a number`);
  const before = wholeDigits(digits);
  if (before > precision - scale)
    return unfit(`${before} digits before the point, expected at most ${precision - scale}`);
  if (digits.scale > scale) return unfit(`${digits.scale} digits behind the point, expected at most ${scale}`);
  return asItIs;
}

/** What StarRocks understands of itself, to the end of the text. */
const plainDate = /^\d{4}-\d{2}-\d{2}$/;
const plainMoment = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)?$/;
const isDigits = /^-?\d+$/;
const compactMoment = /^\d{8}(?:\d{6})?$/;

function fitMoment(value: Given, kind: 'date' | 'datetime', rules: ValueRules): Fitted {
  const { text } = value;
  if (value.kind === 'boolean' || value.kind === 'nested') return unfit(`${found(value)}, expected a ${kind}`);
  try {
    if (value.kind === 'number' || isDigits.test(text)) return fitNumberAsMoment(value, kind, rules);
    const moment = readMoment(text);
    if (moment === undefined) return unfit(`no ${kind} that is understood`);
    if ((kind === 'date' ? plainDate : plainMoment).test(text)) return asItIs;
    return other({ kind: 'string', text: cutTo(kind, inZone(moment, rules.timeZone)) });
  } catch (error) {
    if (error instanceof RangeError) return unfit(`a ${kind} beyond the years of StarRocks`);
    throw error;
  }
}

function fitNumberAsMoment(value: Given, kind: 'date' | 'datetime', rules: ValueRules): Fitted {
  const { text } = value;
  const { epochUnit, timeZone, isUntyped } = rules;
  const digits = digitsOf(text);
  const whole = digits && wholeNumber(digits);
  if (isUntyped && kind === 'date' && whole !== undefined)
    return whole.length > 8 ? unfit('days out of range') : other({ kind: 'string', text: dayOf(whole) });
  if (epochUnit !== undefined && whole !== undefined) {
    if (whole.length > 20) return unfit('an epoch number out of range');
    return other({ kind: 'string', text: cutTo(kind, epochInZone(whole, epochUnit, timeZone)) });
  }
  if (!isUntyped && compactMoment.test(text) && readMoment(text) !== undefined) return asItIs;
  return unfit(`a number, expected a ${kind}; sink.epoch-unit says what numbers count`);
}

const cutTo = (kind: 'date' | 'datetime', moment: string) => (kind === 'date' ? moment.slice(0, 10) : moment);

function fitText({ kind, text }: Given, maxBytes: number | undefined): Fitted {
  // A boolean is stored as 1 or 0.
  if (maxBytes === undefined || kind === 'boolean' || text.length * 3 <= maxBytes) return asItIs;
  const bytes = Buffer.byteLength(kind === 'nested' ? JSON.stringify(JSON.parse(text)) : text);
  return bytes <= maxBytes ? asItIs : unfit(`${bytes} bytes, expected at most ${maxBytes}`);
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Bytes travel as base64; the other alphabet, and what is not padded, is written as StarRocks reads it. */
const hexBytes = /^0x(?:[0-9a-f]{2})*$/i;

function fitBinary(value: Given, maxBytes = Number.POSITIVE_INFINITY, hasHexBytes = false): Fitted {
  if (value.kind !== 'string') return unfit(`${found(value)}, expected bytes in base64`);
  if (hasHexBytes && hexBytes.test(value.text)) {
    const inBase64 = { kind: 'string', text: Buffer.from(value.text.slice(2), 'hex').toString('base64') } as const;
    const fitted = fitBinary(inBase64, maxBytes);
    return fitted.as === 'it is' ? other(inBase64) : fitted;
  }
  const bare = value.text.replaceAll(/[\s=]/g, '').replaceAll('-', '+').replaceAll('_', '/');
  const text = base64.test(value.text) ? value.text : bare.padEnd(Math.ceil(bare.length / 4) * 4, '=');
  if (!base64.test(text)) return unfit('no base64, in which bytes are expected');
  const bytes = Buffer.byteLength(text, 'base64');
  if (bytes > maxBytes) return unfit(`${bytes} bytes, expected at most ${maxBytes}`);
  return text === value.text ? asItIs : other({ kind: 'string', text });
}

const found = ({ kind }: Given) =>
  kind === 'nested' ? 'an object or array' : kind === 'string' ? 'a text' : `a ${kind}`;
