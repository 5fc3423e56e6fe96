import { SinkError } from '../kit/errors.ts';
import { createCsvEncoder } from '../rows/csv-encode.ts';
import { splitCsvFields } from '../rows/csv-fields.ts';
import type { CsvLayout } from '../rows/csv-rows.ts';
import { countCsvRows } from '../rows/csv-rows.ts';
import { exactValue, isExactJson, isPlain, refusal } from './exact-value.ts';

/** A row: an object by column name, or text that already is one JSON object, or one CSV row. */
export type Row = object | string;

export type Operation = 'upsert' | 'delete';

/** Writes one row as one line of a message, or throws SinkError VALUE_NOT_ENCODABLE or ROW_NOT_JSON. */
export type RowWriter = (row: Row, operation: Operation | undefined) => string;

/** StarRocks' column for the operation of a row of a primary-key table: 0 upsert, 1 delete. */
const opColumn = '__op';
const opValue = { upsert: 0, delete: 1 } as const;

/**
 * Writes a row as one JSON object on one line. Text is checked and passed through, so its numbers keep their digits.
 *
 * @throws SinkError ROW_NOT_JSON: text that is not one JSON object; VALUE_NOT_ENCODABLE: see `exactValue`, and lone surrogates
 */
export function writeJsonRow(row: Row, operation: Operation | undefined): string {
  if (typeof row === 'string') return writeJsonText(row, operation);
  const exact = isPlain(row) && isExactJson(row) ? row : exactValue(row, '');
  if (typeof exact !== 'object' || exact === null || Array.isArray(exact)) {
    throw new SinkError('ROW_NOT_JSON', 'The row is no object of columns.');
  }
  const text = JSON.stringify(operation === undefined ? exact : { ...exact, [opColumn]: opValue[operation] });
  // JSON.stringify writes a lone surrogate as an escape. Most rows hold none of these six-character escapes.
  if (text.includes('\\ud')) refuseLoneSurrogates(JSON.parse(text), '');
  return text;
}

function writeJsonText(text: string, operation: Operation | undefined): string {
  const trimmed = text.trim();
  const row = parseObject(trimmed);
  if (!trimmed.isWellFormed() || /\\u[dD][89a-fA-F]/.test(trimmed)) refuseLoneSurrogates(row, '');
  // Line breaks in valid JSON are white space between tokens; a message has one row per line.
  const line = /[\r\n]/.test(trimmed) ? trimmed.replace(/[\r\n]+/g, ' ') : trimmed;
  if (operation === undefined) return line;
  if (Object.hasOwn(row, opColumn)) {
    if ((row as Record<string, unknown>)[opColumn] === opValue[operation]) return line;
    throw refusal(opColumn, `contradicts the operation ${operation} of the call`);
  }
  const comma = Object.keys(row).length > 0 ? ',' : '';
  return `${line.slice(0, -1)}${comma}"${opColumn}":${opValue[operation]}}`;
}

function parseObject(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the row.
    throw new SinkError('ROW_NOT_JSON', `The text of ${text.length} characters does not parse as JSON.`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  const kind = Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`;
  throw new SinkError('ROW_NOT_JSON', `The text is ${kind}.`);
}

function refuseLoneSurrogates(value: unknown, column: string): void {
  if (typeof value === 'string') refuseIllFormed(value, column);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    const path = column === '' ? key : `${column}.${key}`;
    refuseIllFormed(key, column);
    refuseLoneSurrogates(item, path);
  }
}

function refuseIllFormed(text: string, column: string): void {
  if (!text.isWellFormed()) throw refusal(column, 'holds a lone surrogate, which UTF-8 cannot carry');
}

export interface CsvWriterOptions extends CsvLayout {
  /** Order of the fields. Needed for rows that are objects; text is checked against its length when given. */
  readonly columns: readonly string[] | undefined;
}

/**
 * Makes a function that writes a row as one CSV row, without the row delimiter.
 *
 * Booleans are 1 and 0, nested values JSON, undefined and null `\N`; the rest as `exactValue` says. Text is one CSV row
 * already: it is checked and passed through.
 *
 * @throws SinkError OPTIONS_INVALID here: see `createCsvEncoder`; VALUE_NOT_ENCODABLE from the function: a value or row
 *         that would not be read back as it is, or has a column that is not in `columns`
 */
export function createCsvRowWriter(options: CsvWriterOptions): RowWriter {
  const encode = createCsvEncoder(options);
  const { columns } = options;
  const known = new Set(columns);

  return (row, operation) => {
    if (typeof row === 'string') return checkCsvText(row, operation, options);
    if (columns === undefined) throw refusal('', 'is an object, and CSV needs the option columns to order its fields');
    if (Array.isArray(row)) throw refusal('', 'is an array; give an object by column name');
    const values = { ...row } as Record<string, unknown>;
    if (operation !== undefined) values[opColumn] = opValue[operation];
    else if (known.has(opColumn)) values[opColumn] ??= opValue.upsert;
    refuseUnknownColumns(values, known);
    const line = encode(
      columns.map((column) => (Object.hasOwn(values, column) ? fieldText(values[column], column) : null)),
    );
    refuseIllFormed(line, '');
    return line;
  };
}

function refuseUnknownColumns(row: Record<string, unknown>, known: ReadonlySet<string>): void {
  for (const column of Object.keys(row)) {
    if (known.has(column) || row[column] === undefined) continue;
    // Upsert is what a CSV row without the column means.
    if (column === opColumn && row[column] === opValue.upsert) continue;
    throw refusal(column, 'is not in the option columns, so CSV would lose it');
  }
}

function fieldText(value: unknown, column: string): string | null {
  const exact = typeof value === 'string' ? value : exactValue(value, column);
  if (exact === undefined || exact === null) return null;
  if (typeof exact === 'string') return exact;
  if (typeof exact === 'boolean') return exact ? '1' : '0';
  return JSON.stringify(exact);
}

function checkCsvText(text: string, operation: Operation | undefined, options: CsvWriterOptions): string {
  const { columns, columnSeparator, rowDelimiter } = options;
  if (operation !== undefined) throw refusal('', 'is CSV text: give its operation in a column __op, not in the call');
  const line = text.endsWith(rowDelimiter) ? text.slice(0, -rowDelimiter.length) : text;
  refuseIllFormed(line, '');
  if (line === '') throw refusal('', 'is a blank line, and StarRocks skips those');
  // Most rows hold no such character, and are read faster without looking for it.
  const isMarked = [options.enclose, options.escape].some((mark) => mark !== undefined && line.includes(mark));
  const layout = isMarked ? options : { columnSeparator, rowDelimiter };
  // A delimiter written behind the row is seen as one only when the row leaves no enclosed text open.
  if (countCsvRows(`${line}${rowDelimiter}x`, layout) !== 2) throw refusal('', 'is not one CSV row');
  const fields = columns === undefined ? undefined : splitCsvFields(line, layout).length;
  if (fields !== columns?.length) throw refusal('', `has ${fields} fields, and there are ${columns?.length} columns`);
  return line;
}
