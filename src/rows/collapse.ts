import type { Destination } from '../ports.ts';
import type { Chunk } from './chunk.ts';
import { splitCsvFields } from './csv-fields.ts';
import type { CsvLayout } from './csv-rows.ts';
import { columnsInHeader } from './destination.ts';
import { keepDigits, textOf } from './json-values.ts';
import { chunkOfRows, rowTexts } from './row-parts.ts';

/**
 * Keeps only the last row of each key, in the order in which these last rows stand.
 *
 * StarRocks takes the last operation of a key itself, except that in shared-data mode an upsert behind a delete of the same
 * key in one load was lost, so the sink does not leave it the choice.
 *
 * @in      chunks of one destination of a primary-key table, in arrival order
 * @out     one chunk with what is left of all of them; the chunks as they are where the rows do not show their keys, where
 *          `merge_condition` chooses, or where one is nested too deeply to be read, which StarRocks refuses
 * @source  StarRocks issue 75014
 */
export function lastOfEachKey(chunks: readonly Chunk[], destination: Destination, csv: CsvLayout): readonly Chunk[] {
  const [first] = chunks;
  const { primaryKey } = destination;
  if (first === undefined || primaryKey === undefined || !showsKey(primaryKey, destination)) return chunks;
  const last = new Map<Key, string>();
  try {
    for (const chunk of chunks) {
      for (const [key, row] of keyedRows(chunk, primaryKey, destination, csv)) {
        last.delete(key);
        last.set(key, row);
      }
    }
  } catch (error) {
    if (error instanceof RangeError) return chunks;
    throw error;
  }
  const rows = [...last.values()];
  if (first.layout === 'csv') return [chunkOfRows(first, first.id, rows, csv)];
  return [chunkOfRows({ ...first, layout: 'items' }, first.id, rows, csv)];
}

/** A row without a key of its own is nobody's twin. */
type Key = string | symbol;
type Keyed = [key: Key, row: string];

/**
 * False when keys are made from other columns, or read from other places than their names say; and where StarRocks is to
 * choose the row by a column of its own (`merge_condition`), so that the last one to arrive need not be the one to keep.
 */
function showsKey(primaryKey: readonly string[], { headers }: Destination): boolean {
  if (['jsonpaths', 'json_root', 'merge_condition'].some((name) => headers[name] !== undefined)) return false;
  const { columns } = headers;
  return columns === undefined ? headers['format'] !== 'csv' : positionsOf(primaryKey, columns).every((at) => at >= 0);
}

/** @source StarRocks matches the names in the header `columns` whatever their case is */
function positionsOf(primaryKey: readonly string[], columns: string): readonly number[] {
  const names = columnsInHeader(columns).map((name) => name.toLowerCase());
  return primaryKey.map((name) => names.indexOf(name.toLowerCase()));
}

function keyedRows(chunk: Chunk, primaryKey: readonly string[], { headers }: Destination, csv: CsvLayout): Keyed[] {
  const rows = rowTexts(chunk, csv);
  if (chunk.layout !== 'csv') {
    return rows.map((row) => [keyOf(valuesOf(JSON.parse(row, keepDigits), primaryKey)), row]);
  }
  const positions = positionsOf(primaryKey, headers['columns'] ?? '');
  return rows.map((row) => {
    const fields = splitCsvFields(row, csv);
    return [keyOf(positions.map((at) => fields[at])), row];
  });
}

const valuesOf = (row: object, names: readonly string[]): unknown[] =>
  names.map((name) => (Object.hasOwn(row, name) ? (row as Record<string, unknown>)[name] : undefined));

/** 1 and "1" are the same key in StarRocks. */
const keyOf = (values: readonly unknown[]): Key =>
  values.includes(undefined) ? Symbol('no key') : JSON.stringify(values.map(textOf));
