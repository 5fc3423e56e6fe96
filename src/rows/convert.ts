import { SinkError } from '../kit/errors.ts';
import { utf8Bytes } from '../kit/utf8-bytes.ts';
import type { Chunk, Rejection, RowFormat } from './chunk.ts';
import { formatOf } from './chunk.ts';
import { createCsvEncoder } from './csv-encode.ts';
import { type CsvLayout, splitCsvRows } from './csv-rows.ts';
import { jsonForm, type PlainRow } from './fit-csv.ts';
import type { Form } from './form-rows.ts';
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
    return { ok: true, chunk: { ...chunk, layout, text, bytes: utf8Bytes(text) } };
  } catch (error) {
    if (error instanceof SinkError) return refuse(error.code, error.detail);
    // What JSON.parse reads without a reviver, it may not read with one: that goes down the call stack.
    if (error instanceof RangeError) return refuse('VALUE_NOT_ENCODABLE', `A row is ${tooDeep}.`);
    throw error;
  }
}

function toCsv(chunk: Chunk, columns: readonly string[], csv: CsvLayout): string {
  const write = writeCsv(columns, csv);
  return rowTexts(chunk, csv)
    .map((text) => write(text) + csv.rowDelimiter)
    .join('');
}

/** Writes one JSON row as CSV. @throws SinkError VALUE_NOT_ENCODABLE; RangeError: it is nested too deeply */
function writeCsv(columns: readonly string[], csv: CsvLayout): (text: string) => string {
  const encode = createCsvEncoder({ ...csv, columns });
  return (text) => {
    const row = JSON.parse(text, keepDigits) as Record<string, unknown>;
    return encode(columns.map((name) => textOf(valueOf(row, name) ?? absent(name))));
  };
}

/** The same, of rows that are looked at one by one. */
export function csvRowOf(columns: readonly string[], csv: CsvLayout): Form<PlainRow> {
  const write = writeCsv(columns, csv);
  return (text) => {
    try {
      return { ok: true, text: write(text) };
    } catch (error) {
      if (error instanceof RangeError) return { ok: false, code: 'VALUE_NOT_ENCODABLE', reason: tooDeep };
      if (!(error instanceof SinkError)) throw error;
      return { ok: false, code: error.code, reason: error.detail.replace(/\.$/, '') };
    }
  };
}

const tooDeep = 'nested too deeply';

const valueOf = (row: Record<string, unknown>, name: string) => (Object.hasOwn(row, name) ? row[name] : undefined);

/** A row that names no operation is an upsert; any other absent key is NULL, as Stream Load has it for JSON. */
const absent = (name: string) => (name === '__op' ? 0 : null);

function toJson(chunk: Chunk, columns: readonly string[], csv: CsvLayout): string {
  const form = jsonForm({ layout: csv, names: columns, table: undefined });
  const rows = splitCsvRows(chunk.text, csv).map((row, index) => {
    const formed = form(row);
    if (formed.ok) return formed.text;
    throw new SinkError('COLUMNS_UNKNOWN', `Row ${index + 1}: ${formed.reason}.`);
  });
  return rows.join('\n');
}

const refuse = (code: Rejection['code'], detail: string): Converted => ({ ok: false, rejection: { code, detail } });
