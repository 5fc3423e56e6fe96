/** Rows whose columns their schema tells: their values are cut out of the text, and only those that want to be read are parsed. */
import { escaped } from '../../kit/patterns.ts';
import { rawJson } from '../../rows/json-values.ts';
import { mostKeys, rowsBefore } from '../../rows/row-pattern.ts';
import type { Image } from './change.ts';
import { columnsOf, type ValueSchema } from './debezium-values.ts';
import { jsonTextOf, type ReadValue } from './exact-values.ts';

/** Cuts rows of one schema. @out undefined: the row has other columns, or in another order */
type Cut = (json: string) => Image | undefined;

const cuts = new WeakMap<ValueSchema, Cut>();

/**
 * What becomes of a row when it is parsed, in half of the time. The first rows of a schema are not cut.
 *
 * @in   json: a flat object, without arrays, in which no number has more digits than StarRocks reads
 * @out  undefined: it has to be parsed
 */
export function cutImage(json: string, schema: ValueSchema): Image | undefined {
  const known = cuts.get(schema) ?? afterSome(() => cutOf(schema));
  cuts.set(schema, known);
  return known(json);
}

function afterSome(make: () => Cut): Cut {
  let [rows, cut] = [0, undefined as Cut | undefined];
  return (json) => {
    if (cut === undefined && ++rows <= rowsBefore) return undefined;
    cut ??= make();
    return cut(json);
  };
}

/** Of rows that are known to be JSON it suffices to tell where a value ends. */
const value = '("[^"\\\\]*(?:\\\\.[^"\\\\]*)*"|[^",}]+)';

function cutOf(schema: ValueSchema): Cut {
  const columns = columnsOf(schema);
  const names = columns.map(({ name }) => name);
  // Neither is a column there twice, nor does an object give them in another order, as it does with numbers.
  const parsedNames = Object.keys(Object.fromEntries(names.map((name) => [name, 0])));
  const isUsual = names.length <= mostKeys && JSON.stringify(parsedNames) === JSON.stringify(names);
  if (!isUsual || names.length === 0) return () => undefined;
  const members = names.map((name) => `${escaped(JSON.stringify(name))}:${value}`);
  const pattern = new RegExp(`^\\{${members.join()}\\}$`);
  const readers = columns.flatMap(({ read }, at) => (read ? [{ at, read }] : []));
  return (json) => {
    const texts = pattern.exec(json)?.slice(1);
    if (texts === undefined) return undefined;
    for (const { at, read } of readers) texts[at] = textRead(texts[at] as string, read);
    return { names, texts };
  };
}

function textRead(text: string, read: ReadValue): string {
  if (text === 'null') return text;
  const value = valueOf(text);
  const meant = read(value);
  return meant === undefined || meant === value ? text : jsonTextOf(meant);
}

function valueOf(text: string): unknown {
  if (text.startsWith('"')) return text.includes('\\') ? JSON.parse(text) : text.slice(1, -1);
  if (text === 'true' || text === 'false') return text === 'true';
  // What has a point counts nothing, though a double may see a whole number in it.
  const number = text.includes('.') ? Number.NaN : Number(text);
  return Number.isSafeInteger(number) ? number : rawJson(text);
}
