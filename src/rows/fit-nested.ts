import type { ColumnType, NestedType } from './column-type.ts';
import { ArrayCutter } from './cut-arrays.ts';
import { type Fitted, type Given, givenOf, writtenOf } from './given.ts';
import { fieldsOf, writeFields } from './json-fields.ts';

/** Says what a value inside of another becomes. */
type FitInner = (value: Given, type: ColumnType) => Fitted;

const asItIs: Fitted = { as: 'it is' };
const unfit = (reason: string): Fitted => ({ as: 'unfit', unfit: reason });

/**
 * Says what an array, a map or a struct becomes, with all that is in it; text of JSON becomes the value that it says.
 *
 * @in   fitInner: of values, and of the keys of maps
 */
export function fitNested({ kind, text }: Given, type: NestedType, fitInner: FitInner): Fitted {
  const isArray = type.kind === 'array';
  const expected = isArray ? 'an array' : 'an object';
  if (kind === 'number' || kind === 'boolean') return unfit(`a ${kind}, expected ${expected}`);
  const inner = text.trim();
  if (!inner.startsWith(isArray ? '[' : '{') || (kind === 'string' && !isJson(inner)))
    return unfit(`${kind === 'string' ? 'a text' : 'another shape'}, expected ${expected}`);
  const fitted = isArray ? fitArray(inner, type.element, fitInner) : fitMembers(inner, type, fitInner);
  if (fitted.as !== 'it is' || kind === 'nested') return fitted;
  return { as: 'other', value: { kind: 'nested', text } };
}

function fitArray(text: string, element: ColumnType, fitInner: FitInner): Fitted {
  const cutter = new ArrayCutter();
  const elements = [...cutter.push(text), ...cutter.end()].map((cut) => cut.text);
  return fitEach(
    elements,
    (written, at) => fitWritten(written, element, `element ${at + 1}`, fitInner),
    (all) => `[${all.join(',')}]`,
  );
}

function fitMembers(text: string, type: Exclude<NestedType, { kind: 'array' }>, fitInner: FitInner): Fitted {
  const fields = fieldsOf(text);
  const keys: string[] = [];
  const written = fields.map(([, value]) => value);
  const fitMember = (value: string, at: number): string | Fitted => {
    const key = fields[at]?.[0] ?? '';
    keys[at] = key;
    if (type.kind === 'struct') {
      const field = type.fields.get(key) ?? type.fields.get(key.toLowerCase());
      return field === undefined ? value : fitWritten(value, field, `field '${key}'`, fitInner);
    }
    const fittedKey = fitInner({ kind: 'string', text: key }, type.key);
    if (fittedKey.as === 'unfit') return unfit(`a key: ${fittedKey.unfit}`);
    if (fittedKey.as === 'other') keys[at] = fittedKey.value?.text ?? key;
    return fitWritten(value, type.value, `value ${at + 1}`, fitInner);
  };
  const isSame = () => fields.every(([key], at) => key === keys[at]);
  return fitEach(written, fitMember, (all) => writeFields(all.map((value, at) => [keys[at] ?? '', value])), isSame);
}

/** @out  what is written for the value; or why nothing can be */
function fitWritten(written: string, type: ColumnType, place: string, fitInner: FitInner): string | Fitted {
  const given = givenOf(written);
  if (given === null) return written;
  const fitted = fitInner(given, type);
  if (fitted.as === 'unfit') return unfit(`${place}: ${fitted.unfit}`);
  return fitted.as === 'other' ? writtenOf(fitted.value) : written;
}

function fitEach(
  all: readonly string[],
  fitOne: (written: string, at: number) => string | Fitted,
  write: (all: readonly string[]) => string,
  isSame: () => boolean = () => true,
): Fitted {
  const texts: string[] = [];
  for (const [at, written] of all.entries()) {
    const fitted = fitOne(written, at);
    if (typeof fitted !== 'string') return fitted;
    texts.push(fitted);
  }
  const isAsItCame = isSame() && texts.every((text, at) => text === all[at]);
  return isAsItCame ? asItIs : { as: 'other', value: { kind: 'nested', text: write(texts) } };
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
