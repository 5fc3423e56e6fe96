import { utf8Bytes } from '../kit/utf8-bytes.ts';
import type { Chunk } from './chunk.ts';
import { type CsvLayout, splitCsvRows } from './csv-rows.ts';
import { ArrayCutter } from './cut-arrays.ts';

/** The rows of a chunk, each as text. */
export function rowTexts(chunk: Chunk, csv: CsvLayout): readonly string[] {
  switch (chunk.layout) {
    case 'csv':
      return splitCsvRows(chunk.text, csv);
    case 'lines':
      return chunk.text === '' ? [] : chunk.text.split('\n');
    case 'items':
      // Not parsed: 32 MiB of numbers would take 847 MiB.
      return chunk.text === '' ? [] : cutItems(chunk.text);
  }
}

function cutItems(text: string): readonly string[] {
  const cutter = new ArrayCutter();
  return [...cutter.push('['), ...cutter.push(text), ...cutter.push(']')].map((cut) => cut.text);
}

/** A chunk of some of the rows of another. */
export function chunkOfRows(chunk: Chunk, id: string, rows: readonly string[], csv: CsvLayout): Chunk {
  const text = joinTexts(chunk, rows, csv);
  return { ...chunk, id, text, rows: rows.length, bytes: utf8Bytes(text) };
}

function joinTexts({ layout }: Chunk, rows: readonly string[], csv: CsvLayout): string {
  switch (layout) {
    case 'csv':
      return rows.map((row) => row + csv.rowDelimiter).join('');
    case 'lines':
      return rows.join('\n');
    case 'items':
      // An item may be written over several lines.
      return rows.join(',');
  }
}
