import type { Chunk } from './chunk.ts';
import { splitCsvFields } from './csv-fields.ts';
import { type CsvLayout, CsvScanner } from './csv-rows.ts';

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
): { readonly chunk: Chunk; readonly names: readonly string[] } | undefined {
  if (header === 'no' || chunk.layout !== 'csv' || chunk.source || chunk.rows === 0) return undefined;
  const end = new CsvScanner(csv).next(chunk.text, chunk.text.length);
  const names = splitCsvFields(chunk.text.slice(0, end), csv).map((field) => (field ?? '').trim());
  if (header === 'auto' && !areColumns(names, known)) return undefined;
  const text = chunk.text.slice(end + csv.rowDelimiter.length);
  return { chunk: { ...chunk, text, rows: chunk.rows - 1, bytes: Buffer.byteLength(text) }, names };
}

function areColumns(names: readonly string[], known: readonly string[] = []): boolean {
  const columns = new Set([...known.map((name) => name.toLowerCase()), '__op']);
  const found = new Set(names.map((name) => name.toLowerCase()));
  return names.length > 1 && found.size === names.length && [...found].every((name) => columns.has(name));
}
