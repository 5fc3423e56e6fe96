import { ArrayCutter } from './cut-arrays.ts';
import { LineCutter } from './cut-json.ts';
import { ObjectCutter, ObjectScanner } from './cut-objects.ts';
import type { Cutter } from './cutter.ts';
import { jsonRowProblem, notJson } from './json-row.ts';

/** How JSON rows stand in a text: one array of them, one or more in a line, or objects that are written over several lines. */
export type JsonShape = 'array' | 'lines' | 'objects';

export const newJsonCutter: Readonly<Record<JsonShape, () => Cutter>> = {
  array: () => new ArrayCutter(),
  lines: () => new LineCutter(),
  objects: () => new ObjectCutter(),
};

/** A first object that is longer is not looked for. */
const mostHeadCharacters = 1024 * 1024;

/**
 * Says how rows stand in a text, by what it begins with. Lines are taken for what they are unless the first one is none and an
 * object that goes on behind it is one: a line that is cut off costs one row, and not all that come behind it.
 *
 * @in   isAll: nothing follows
 * @out  undefined: more of the text must be seen
 */
export function jsonShapeOf(head: string, isAll: boolean): JsonShape | undefined {
  const text = head.trimStart();
  const isEnough = isAll || text.length > mostHeadCharacters;
  if (text === '') return isAll ? 'lines' : undefined;
  if (text.startsWith('[')) return 'array';
  const lineFeed = text.indexOf('\n');
  if (lineFeed < 0) return isEnough ? 'lines' : undefined;
  const line = text.slice(0, lineFeed);
  if (jsonRowProblem(line) !== notJson) return 'lines';
  const scanner = new ObjectScanner();
  if (scanner.push(line).length > 0 || !scanner.isInObject) return 'lines';
  const [end] = scanner.push(text.slice(lineFeed, mostHeadCharacters));
  if (end === undefined && !isEnough) return undefined;
  const first = end === undefined ? text : text.slice(0, lineFeed + end);
  return jsonRowProblem(first) === notJson ? 'lines' : 'objects';
}
