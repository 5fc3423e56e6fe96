import type { JsonPath } from '../kit/json-path.ts';
import { ArrayCutter } from './cut-arrays.ts';
import type { Cut } from './cutter.ts';
import { fieldsOf } from './json-fields.ts';
import { jsonRowProblem } from './json-row.ts';

/** Finds the rows in documents that hold them under a key. */
export type FindRows = (document: Cut) => readonly Cut[];

/**
 * Makes a function that takes the rows out of a document: the elements of the array that the path leads to, or the object.
 *
 * StarRocks does the same by its header json_root; here rows are counted, checked and parted, so the sink must see them.
 *
 * @out  rows as they are written; a document that has none there is one that is bad, and one that is no JSON stays what it is
 */
export const rowsUnder =
  (path: JsonPath): FindRows =>
  (document) => {
    if (jsonRowProblem(document.text) !== undefined) return [document];
    const found = path.reduce<string | undefined>(valueAt, document.text);
    if (found?.startsWith('{')) return [{ ...document, text: found }];
    if (!found?.startsWith('[')) return [{ ...document, problem: 'there are no rows under json_root' }];
    return elementsOf(found).map((text) => ({ ...document, text }));
  };

function valueAt(text: string | undefined, step: string | number): string | undefined {
  if (text === undefined) return undefined;
  if (typeof step === 'number') return text.startsWith('[') ? elementsOf(text)[step] : undefined;
  return text.startsWith('{') ? fieldsOf(text).find(([key]) => key === step)?.[1] : undefined;
}

/** Of a JSON array, as they are written. */
function elementsOf(text: string): readonly string[] {
  const cutter = new ArrayCutter();
  return [...cutter.push(text), ...cutter.end()].map((cut) => cut.text);
}
