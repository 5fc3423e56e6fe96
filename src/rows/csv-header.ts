import type { Chunk } from './chunk.ts';
import { splitCsvFields } from './csv-fields.ts';
import { type CsvLayout, CsvScanner } from './csv-rows.ts';
import { textsOf } from './form-rows.ts';

/** Whether the first line of CSV names its columns: `auto`: when all of its fields, and more than one, are columns of the table. */
export type CsvHeader = 'auto' | 'yes' | 'no';

/**
 * Takes the line off that names the columns.
 *
 * @in   known: columns of the table, if they are known
 * @out  undefined: there is none
 */
export function takeHeader(
  chunk: Chunk,
  header: CsvHeader,
  known: readonly string[] | undefined,
  csv: CsvLayout,
): Headed | undefined {
  if (header === 'no' || chunk.layout !== 'csv' || chunk.source || chunk.rows === 0) return undefined;
  const first = chunk.text.slice(0, new CsvScanner(csv).next(chunk.text, chunk.text.length));
  const names = namesIn(first, header, known, csv);
  if (names === undefined) return undefined;
  const text = chunk.text.slice(first.length + csv.rowDelimiter.length);
  return { chunk: { ...chunk, text, rows: chunk.rows - 1, bytes: Buffer.byteLength(text) }, names };
}

interface Headed {
  readonly chunk: Chunk;
  readonly names: readonly string[];
}

/** The same of rows that are not held in memory. @in  open: for the look at the first row. @throws what the source throws */
export async function takeStreamedHeader(
  chunk: Chunk,
  open: () => AsyncIterable<Uint8Array>,
  header: CsvHeader,
  known: readonly string[] | undefined,
  csv: CsvLayout,
): Promise<Headed | undefined> {
  const { source } = chunk;
  if (header === 'no' || chunk.layout !== 'csv' || source === undefined) return undefined;
  const first = await firstRow(textsOf(chunk, open(), csv));
  const names = first === undefined ? undefined : namesIn(first, header, known, csv);
  if (names === undefined) return undefined;
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

function namesIn(
  first: string,
  header: CsvHeader,
  known: readonly string[] | undefined,
  csv: CsvLayout,
): readonly string[] | undefined {
  const names = splitCsvFields(first, csv).map((field) => (field ?? '').trim());
  return header === 'auto' && !areColumns(names, known) ? undefined : names;
}

function areColumns(names: readonly string[], known: readonly string[] = []): boolean {
  const columns = new Set([...known.map((name) => name.toLowerCase()), '__op']);
  const found = new Set(names.map((name) => name.toLowerCase()));
  return names.length > 1 && found.size === names.length && [...found].every((name) => columns.has(name));
}
