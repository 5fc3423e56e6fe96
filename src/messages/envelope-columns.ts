import { type Chunk, formatOf, type Rejection, type RowFormat } from '../rows/chunk.ts';
import { createCsvEncoder } from '../rows/csv-encode.ts';
import type { CsvLayout } from '../rows/csv-rows.ts';
import { chunkOfRows, rowTexts } from '../rows/row-parts.ts';
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

export interface Widened {
  readonly columns: readonly string[] | undefined;
  readonly widen: (row: string) => string;
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
): Widened | Rejection | undefined {
  const named = Object.entries(envelopeColumns);
  if (fields === undefined || named.length === 0) return undefined;
  const known = new Set(columns?.map((name) => name.toLowerCase()));
  const added = named
    .map(([field, column]) => ({ column, text: fields[field as keyof Fields] ?? null }))
    .filter(({ column }) => !known.has(column.toLowerCase()));
  const all = columns && [...columns, ...added.map(({ column }) => column)];
  if (format === 'json') return { columns: all, widen: (row) => widenJson(row, added) };
  if (columns === undefined)
    return {
      code: 'MESSAGE_ATTRIBUTE_INVALID',
      detail: 'The attribute columns is expected to name the columns of CSV, since sink.envelope.columns adds others.',
    };
  // The first field is empty, so that the others begin with a separator.
  const tail = createCsvEncoder(csv)(['', ...added.map(({ text }) => text)]);
  return { columns: all, widen: (row) => row + tail };
}

type Added = readonly { readonly column: string; readonly text: string | null }[];

/** @in  row: a JSON object, as text */
function widenJson(row: string, added: Added): string {
  const own = new Set(Object.keys(JSON.parse(row) as object).map((name) => name.toLowerCase()));
  if (own.size === 0) return row;
  const members = added
    .filter(({ column, text }) => text !== null && !own.has(column.toLowerCase()))
    .map(({ column, text }) => `${JSON.stringify(column)}:${JSON.stringify(text)},`);
  const start = row.indexOf('{') + 1;
  return row.slice(0, start) + members.join('') + row.slice(start);
}

/** The rows of a chunk with the columns of their envelope. */
export function widened(chunk: Chunk, rules: EnvelopeColumns & { readonly csv: CsvLayout }): Chunk | Rejection {
  if (rules.fields === undefined || chunk.rows === 0) return chunk;
  const csv = chunk.csv ?? rules.csv;
  const wide = widening(chunk.columns, formatOf(chunk), csv, rules);
  if (wide === undefined || 'code' in wide) return wide ?? chunk;
  const rows = rowTexts(chunk, csv).map(wide.widen);
  return { ...chunkOfRows(chunk, chunk.id, rows, csv), columns: wide.columns };
}
