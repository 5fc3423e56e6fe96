import { type AddedColumn, type Chunk, formatOf, type RowFormat } from '../rows/chunk.ts';
import type { CsvLayout } from '../rows/csv-rows.ts';
import { chunkOfRows, rowTexts } from '../rows/row-parts.ts';
import { widerCsv } from '../rows/wider-csv.ts';
import type { Fields } from './envelopes/envelope.ts';

/** What of their envelope is to be a column of rows. */
export interface EnvelopeColumns {
  /** Names of columns by fields of envelopes. */
  readonly envelopeColumns?: Readonly<Record<string, string>>;
  /** What the envelopes around the text that is read say; undefined: it has none. */
  readonly fields?: Fields;
}

/** The rules by which what an envelope carries is read. */
export const within = <R extends EnvelopeColumns>(rules: R, fields: Fields | undefined): R =>
  fields === undefined ? rules : { ...rules, fields: { ...rules.fields, ...fields } };

/** `widens`: rows of CSV wait until it is known what their columns are called. */
export interface Widened {
  readonly columns: readonly string[] | undefined;
  readonly widen?: (row: string) => string;
  readonly widens?: readonly AddedColumn[];
}

/**
 * How rows get the columns of their envelope. A column that a row has itself stays what it is; a row without any stays without.
 *
 * @in   columns: those that the message names
 * @out  undefined: rows stay what they are
 */
export function widening(
  columns: readonly string[] | undefined,
  format: RowFormat,
  csv: CsvLayout,
  { envelopeColumns = {}, fields }: EnvelopeColumns,
): Widened | undefined {
  const named = Object.entries(envelopeColumns);
  if (fields === undefined || named.length === 0) return undefined;
  const all = named.map(([field, column]) => ({ column, text: fields[field as keyof Fields] ?? null }));
  if (format === 'csv') return columns ? widerCsv(columns, all, csv) : { columns, widens: all };
  const known = new Set(columns?.map((name) => name.toLowerCase()));
  const added = all.filter(({ column }) => !known.has(column.toLowerCase()));
  return {
    columns: columns && [...columns, ...added.map(({ column }) => column)],
    widen: (row) => widenJson(row, added),
  };
}

/** @in  row: a JSON object, as text */
function widenJson(row: string, added: readonly AddedColumn[]): string {
  const own = new Set(Object.keys(JSON.parse(row) as object).map((name) => name.toLowerCase()));
  if (own.size === 0) return row;
  const members = added
    .filter(({ column, text }) => text !== null && !own.has(column.toLowerCase()))
    .map(({ column, text }) => `${JSON.stringify(column)}:${JSON.stringify(text)},`);
  const start = row.indexOf('{') + 1;
  return row.slice(0, start) + members.join('') + row.slice(start);
}

/** The rows of a chunk with the columns of their envelope. */
export function widened(chunk: Chunk, rules: EnvelopeColumns & { readonly csv: CsvLayout }): Chunk {
  if (rules.fields === undefined || chunk.rows === 0) return chunk;
  const csv = chunk.csv ?? rules.csv;
  const wide = widening(chunk.columns, formatOf(chunk), csv, rules);
  if (wide?.widens) return { ...chunk, widens: wide.widens };
  if (wide?.widen === undefined) return chunk;
  const rows = rowTexts(chunk, csv).map(wide.widen);
  return { ...chunkOfRows(chunk, chunk.id, rows, csv), columns: wide.columns };
}
