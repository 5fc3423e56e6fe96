import type { Destination } from '../ports.ts';
import type { Chunk } from './chunk.ts';
import { splitCsvFields } from './csv-fields.ts';
import { type CsvLayout, splitCsvRows } from './csv-rows.ts';
import { keepDigits, textOf } from './json-values.ts';
import { columnsInHeader } from './route.ts';

/**
 * Keeps only the last row of each key, in the order in which these last rows stand.
 *
 * StarRocks takes the last operation of a key itself, except that in shared-data mode an upsert behind a delete of the same
 * key in one load was lost, so the sink does not leave it the choice.
 *
 * @in      chunks of one destination of a primary-key table, in arrival order
 * @out     one chunk with what is left of all of them
 * @source  StarRocks issue 75014
 */
export function lastOfEachKey(chunks: readonly Chunk[], destination: Destination, csv: CsvLayout): Chunk {
  const [first] = chunks;
  const { primaryKey } = destination;
  if (first === undefined || primaryKey === undefined) throw new TypeError('A batch with deletes has a primary key.');
  const last = new Map<string, string>();
  for (const chunk of chunks) {
    for (const [key, row] of keyedRows(chunk, primaryKey, destination, csv)) {
      last.delete(key);
      last.set(key, row);
    }
  }
  const rows = [...last.values()];
  const isCsv = first.layout === 'csv';
  const text = isCsv ? rows.map((row) => row + csv.rowDelimiter).join('') : rows.join('\n');
  return { ...first, layout: isCsv ? 'csv' : 'lines', text, rows: rows.length, bytes: Buffer.byteLength(text) };
}

type Keyed = [key: string, row: string];

function keyedRows(chunk: Chunk, primaryKey: readonly string[], { headers }: Destination, csv: CsvLayout): Keyed[] {
  switch (chunk.layout) {
    case 'csv': {
      const columns = columnsInHeader(headers['columns'] ?? '');
      const positions = primaryKey.map((name) => columns.indexOf(name));
      return splitCsvRows(chunk.text, csv).map((row) => {
        const fields = splitCsvFields(row, csv);
        return [JSON.stringify(positions.map((at) => fields[at])), row];
      });
    }
    case 'lines':
      return chunk.text.split('\n').map((row) => [keyOf(JSON.parse(row, keepDigits), primaryKey), row]);
    case 'items': {
      const rows = JSON.parse(`[${chunk.text}]`, keepDigits) as object[];
      return rows.map((row) => [keyOf(row, primaryKey), JSON.stringify(row)]);
    }
  }
}

/** 1 and "1" are the same key in StarRocks. */
const keyOf = (row: object, primaryKey: readonly string[]) =>
  JSON.stringify(primaryKey.map((name) => textOf((row as Record<string, unknown>)[name])));
