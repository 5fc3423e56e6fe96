import type { Chunk } from './chunk.ts';
import { type CsvLayout, splitCsvRows } from './csv-rows.ts';
import { keepDigits } from './json-values.ts';

/** The rows of a chunk, each as text. */
export function rowTexts(chunk: Chunk, csv: CsvLayout): readonly string[] {
  switch (chunk.layout) {
    case 'csv':
      return splitCsvRows(chunk.text, csv);
    case 'lines':
      return chunk.text.split('\n');
    case 'items':
      return (JSON.parse(`[${chunk.text}]`, keepDigits) as object[]).map((row) => JSON.stringify(row));
  }
}

/** A chunk of some of the rows of another. */
export function chunkOfRows(chunk: Chunk, id: string, rows: readonly string[], csv: CsvLayout): Chunk {
  const isCsv = chunk.layout === 'csv';
  const text = isCsv ? rows.map((row) => row + csv.rowDelimiter).join('') : rows.join('\n');
  return { ...chunk, id, layout: isCsv ? 'csv' : 'lines', text, rows: rows.length, bytes: Buffer.byteLength(text) };
}
