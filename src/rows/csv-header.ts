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

/** @out  isRow: the names are from elsewhere, and what stands first is a row */
function namesIn(
  first: string,
  { mode, firstLine, takesNew = false }: HeaderRule,
  known: readonly string[] | undefined,
  csv: CsvLayout,
): { readonly names: readonly string[]; readonly isRow: boolean } | undefined {
  const fields = splitCsvFields(first, csv).map((field) => (field ?? '').trim());
  const names = firstLine ?? fields;
  if (mode === 'auto' && !areColumns(names, known) && !(takesNew && haveAllColumns(names, known))) return undefined;
  return { names, isRow: firstLine !== undefined && JSON.stringify(firstLine) !== JSON.stringify(fields) };
}

const lowerCased = (names: readonly string[]) => names.map((name) => name.toLowerCase());

function areColumns(names: readonly string[], known: readonly string[] = []): boolean {
  const columns = new Set([...lowerCased(known), '__op']);
  return areApart(names) && lowerCased(names).every((name) => columns.has(name));
}

/** Values of a row are hardly the names of all columns. */
function haveAllColumns(names: readonly string[], known: readonly string[] = []): boolean {
  const found = new Set(lowerCased(names));
  return areApart(names) && known.length > 0 && lowerCased(known).every((name) => found.has(name));
}

const areApart = (names: readonly string[]) => names.length > 1 && new Set(lowerCased(names)).size === names.length;
