import { SinkError } from '../kit/errors.ts';
import type { Chunk, Rejection, RowFormat } from './chunk.ts';
import { formatOf } from './chunk.ts';
import { createCsvEncoder } from './csv-encode.ts';
import { splitCsvFields } from './csv-fields.ts';
import { type CsvLayout, splitCsvRows } from './csv-rows.ts';
import { keepDigits, textOf } from './json-values.ts';
import { rowTexts } from './row-parts.ts';

export type Converted =
  | { readonly ok: true; readonly chunk: Chunk }
  | { readonly ok: false; readonly rejection: Rejection };

/**
 * Rewrites the rows of a chunk in the format that `sink.properties.format` asks for. Numbers keep the digits they came
 * with; nested JSON values become JSON text in CSV.
 *
 * @in   columns in the order of the load; needed for either direction
 * @out  a chunk of the same identity and row count, or why it cannot be converted
 */
export function convertChunk(
  chunk: Chunk,
  format: RowFormat,
  columns: readonly string[] | undefined,
  csv: CsvLayout,
): Converted {
  if (formatOf(chunk) === format) return { ok: true, chunk };
  if (chunk.source)
    return refuse('MESSAGE_TOO_LARGE', `A payload of ${chunk.bytes} bytes is not converted to ${format}.`);
  if (columns === undefined) {
    return refuse('COLUMNS_UNKNOWN', `Rows are ${formatOf(chunk)}, sink.properties.format is ${format}.`);
  }
  try {
    const text = format === 'csv' ? toCsv(chunk, columns, csv) : toJson(chunk, columns, csv);
    const layout = format === 'csv' ? 'csv' : 'lines';
    return { ok: true, chunk: { ...chunk, layout, text, bytes: Buffer.byteLength(text) } };
  } catch (error) {
    if (error instanceof SinkError) return refuse(error.code, error.detail);
    // What JSON.parse reads without a reviver, it may not read with one: that goes down the call stack.
    if (error instanceof RangeError) return refuse('VALUE_NOT_ENCODABLE', 'A row is nested too deeply.');
    throw error;
  }
}

function toCsv(chunk: Chunk, columns: readonly string[], csv: CsvLayout): string {
  const encode = createCsvEncoder({ ...csv, columns });
  return rowTexts(chunk, csv)
    .map((text) => JSON.parse(text, keepDigits) as Record<string, unknown>)
    .map((row) => encode(columns.map((name) => textOf(valueOf(row, name) ?? absent(name)))) + csv.rowDelimiter)
    .join('');
}

const valueOf = (row: Record<string, unknown>, name: string) => (Object.hasOwn(row, name) ? row[name] : undefined);

/** A row that names no operation is an upsert; any other absent key is NULL, as Stream Load has it for JSON. */
const absent = (name: string) => (name === '__op' ? 0 : null);

function toJson(chunk: Chunk, columns: readonly string[], csv: CsvLayout): string {
  const rows = splitCsvRows(chunk.text, csv).map((row, index) => {
    const fields = splitCsvFields(row, csv);
    if (fields.length !== columns.length) {
      throw new SinkError(
        'COLUMNS_UNKNOWN',
        `Row ${index + 1} has ${fields.length} fields, ${columns.length} columns are known.`,
      );
    }
    return JSON.stringify(Object.fromEntries(fields.map((field, at) => [columns[at], field])));
  });
  return rows.join('\n');
}

const refuse = (code: Rejection['code'], detail: string): Converted => ({ ok: false, rejection: { code, detail } });
