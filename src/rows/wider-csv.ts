import type { AddedColumn } from './chunk.ts';
import { createCsvEncoder } from './csv-encode.ts';
import type { CsvLayout } from './csv-rows.ts';

/** How rows of CSV get columns behind theirs. One that they have themselves stays what it is. */
export function widerCsv(columns: readonly string[], all: readonly AddedColumn[], csv: CsvLayout) {
  const known = new Set(columns.map((name) => name.toLowerCase()));
  const added = all.filter(({ column }) => !known.has(column.toLowerCase()));
  // The first field is empty, so that the others begin with a separator.
  const tail = added.length === 0 ? '' : createCsvEncoder(csv)(['', ...added.map(({ text }) => text)]);
  return { columns: [...columns, ...added.map(({ column }) => column)], widen: (row: string) => row + tail };
}
