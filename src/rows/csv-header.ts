import { utf8Bytes } from '../kit/utf8-bytes.ts';
import type { Chunk } from './chunk.ts';
import { splitCsvFields } from './csv-fields.ts';
import { type CsvLayout, CsvScanner, type HeaderRule } from './csv-rows.ts';
import { textsOf } from './form-rows.ts';

/**
 * Takes the line off that names the columns.
 *
 * @in   known: columns of the table, if they are known
 * @out  undefined: there is none
 */
export function takeHeader(
  chunk: Chunk,
  header: HeaderRule,
  known: readonly string[] | undefined,
  csv: CsvLayout,
): Headed | undefined {
  if (header.mode === 'no' || chunk.layout !== 'csv' || chunk.source || chunk.rows === 0) return undefined;
  const first = chunk.text.slice(0, new CsvScanner(csv).next(chunk.text, chunk.text.length));
  const found = namesIn(first, header, known, csv);
  if (found === undefined) return undefined;
  const { names, isRow } = found;
  if (isRow) return { chunk, names };
  const text = chunk.text.slice(first.length + csv.rowDelimiter.length);
  return { chunk: { ...chunk, text, rows: chunk.rows - 1, bytes: utf8Bytes(text) }, names };
}

interface Headed {
  readonly chunk: Chunk;
  readonly names: readonly string[];
}

/** The same of rows that are not held in memory. @in  open: for the look at the first row. @throws what the source throws */
export async function takeStreamedHeader(
  chunk: Chunk,
  open: () => AsyncIterable<Uint8Array>,
  header: HeaderRule,
  known: readonly string[] | undefined,
  csv: CsvLayout,
): Promise<Headed | undefined> {
  const { source } = chunk;
  if (header.mode === 'no' || chunk.layout !== 'csv' || source === undefined) return undefined;
  const first = await firstRow(textsOf(chunk, open(), csv));
  const found = first === undefined ? undefined : namesIn(first, header, known, csv);
  if (found === undefined) return undefined;
  const { names, isRow } = found;
  if (isRow) return { chunk, names };
  // What is streamed was cut before: it begins with its first row.
  const bytes = Buffer.byteLength(first + csv.rowDelimiter);
  const rest = { rows: chunk.rows - 1, bytes: chunk.bytes - bytes, source: () => behind(bytes, source()) };
  return { chunk: { ...chunk, ...rest }, names };
}

async function firstRow(rows: AsyncIterable<readonly string[]>): Promise<string | undefined> {
  for await (const [first] of rows) if (first !== undefined) return first;
  return undefined;
}

async function* behind(bytes: number, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let left = bytes;
  for await (const piece of source) {
    if (left < piece.byteLength) yield piece.subarray(left);
    left = Math.max(0, left - piece.byteLength);
  }
}

/** A field that has no name is left out. No key of JSON, and no name of a column, is this. */
export const unnamed = '\0';

/** @out  isRow: the names are from elsewhere, and what stands first is a row */
function namesIn(
  first: string,
  rule: HeaderRule,
  known: readonly string[] | undefined,
  csv: CsvLayout,
): { readonly names: readonly string[]; readonly isRow: boolean } | undefined {
  const { mode, firstLine, given } = rule;
  const fields = splitCsvFields(first, csv).map((field) => (field ?? '').trim());
  if (given) return mode === 'yes' || areSame(fields, given) ? { names: given, isRow: false } : undefined;
  const names = firstLine ?? fields;
  if (mode === 'auto' && !areNames(names, rule, known)) return undefined;
  const isRow = firstLine !== undefined && JSON.stringify(firstLine) !== JSON.stringify(fields);
  return { names: names.map((name) => name || unnamed), isRow };
}

const lowerCased = (names: readonly string[]) => names.map((name) => name.toLowerCase());

const areSame = (a: readonly string[], b: readonly string[]) =>
  a.length > 1 && JSON.stringify(lowerCased(a)) === JSON.stringify(lowerCased(b));

/** Whether a line names columns. Where some of what it holds are none, it must be one that could not be loaded as a row. */
function areNames(
  all: readonly string[],
  { takesNew = false, isRow = () => true }: HeaderRule,
  known: readonly string[] = [],
): boolean {
  const columns = new Set([...lowerCased(known), '__op']);
  const names = new Set(lowerCased(all.filter((name) => name !== '')));
  const found = [...names].filter((name) => columns.has(name));
  if (names.size < all.filter((name) => name !== '').length || found.length === 0) return false;
  const areAll = found.length === all.length;
  if (areAll && all.length > 1) return true;
  // Values of a row are hardly the names of all columns.
  if (takesNew && all.length > 1 && lowerCased(known).every((name) => names.has(name))) return true;
  return (areAll || found.length > 1) && !isRow(all);
}
