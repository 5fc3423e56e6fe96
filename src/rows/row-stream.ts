import { SinkError } from '../kit/errors.ts';
import type { RowFormat } from './chunk.ts';
import type { CsvLayout } from './csv-rows.ts';
import { ArrayCutter } from './cut-arrays.ts';
import { CsvCutter } from './cut-csv.ts';
import type { Cut, Cutter } from './cutter.ts';
import { foreignFormatOf, headBytes } from './foreign-format.ts';
import type { FindRows } from './json-root.ts';
import { jsonShapeOf, newJsonCutter } from './json-shape.ts';

/** Rows as they stand in a body, and how many. */
export interface RowBytes {
  readonly bytes: Uint8Array;
  readonly rows: number;
}

/** What becomes of rows on the way. */
export interface RowForms {
  readonly find?: FindRows | undefined;
  readonly change?: ((row: string) => string) | undefined;
}

/**
 * Reads rows from a stream and gives them as a body has them: JSON rows separated by commas, CSV rows each with its
 * delimiter. Only the rows of one piece are in memory at a time.
 *
 * @in      UTF-8 text: JSON objects behind each other, mostly one a line, or one array of them; or CSV; passes: says of each JSON row, in order, whether it
 *          is one of those that are given; find: takes JSON rows out of what stands there; change: what becomes of each row
 * @throws  SinkError ROW_NOT_JSON: an array that is none; MESSAGE_NOT_TEXT, MESSAGE_SHAPE_UNKNOWN: CSV that ends inside a row; what the stream throws
 */
export async function* streamRows(
  source: AsyncIterable<Uint8Array>,
  format: RowFormat,
  csv: CsvLayout,
  passes: (cut: Cut) => boolean,
  { find, change = (row) => row }: RowForms = {},
): AsyncGenerator<RowBytes> {
  let cutter: Cutter | undefined;
  let isFirst = true;
  let head = '';
  const write = (found: readonly Cut[]): RowBytes | undefined => {
    if (cutter?.isStuck)
      throw new SinkError(format === 'csv' ? 'MESSAGE_SHAPE_UNKNOWN' : 'ROW_NOT_JSON', `${cutter.isStuck}.`);
    const cuts = format === 'csv' ? found : (find ? found.flatMap(find) : found).filter(passes);
    if (cuts.length === 0) return undefined;
    const text =
      format === 'csv'
        ? cuts.map((cut) => change(cut.text) + csv.rowDelimiter).join('')
        : (isFirst ? '' : ',') + cuts.map((cut) => change(cut.text)).join(',');
    isFirst = false;
    return { bytes: Buffer.from(text), rows: cuts.length };
  };
  for await (const text of decodeUtf8(source)) {
    head += text;
    cutter ??= cutterFor(head, format, csv, false);
    if (cutter === undefined) continue;
    const written = write(cutter.push(head));
    head = '';
    if (written) yield written;
  }
  cutter ??= cutterFor(head, format, csv, true);
  const rest = cutter && write([...cutter.push(head), ...cutter.end()]);
  if (rest) yield rest;
}

/**
 * The rows of a body as texts, a piece at a time.
 *
 * @in      source: JSON rows separated by commas, or CSV rows each with its delimiter
 * @throws  SinkError SEGMENT_UNREADABLE: it ends inside a row; MESSAGE_NOT_TEXT; what the stream throws
 */
export async function* streamTexts(
  source: AsyncIterable<Uint8Array>,
  format: RowFormat,
  csv: CsvLayout,
): AsyncGenerator<readonly string[]> {
  const cutter = format === 'csv' ? new CsvCutter(csv, 'as they stand') : new ArrayCutter();
  const texts = (cuts: readonly Cut[]) => {
    if (cutter.isStuck) throw new SinkError('SEGMENT_UNREADABLE', `${cutter.isStuck}.`);
    return cuts.map(({ text }) => text);
  };
  if (format === 'json') cutter.push('[');
  for await (const text of decodeUtf8(source)) yield texts(cutter.push(text));
  if (format === 'json') yield texts(cutter.push(']'));
  yield texts(cutter.end());
}

/** @out  undefined: what has come does not tell yet */
function cutterFor(text: string, format: RowFormat, csv: CsvLayout, isAll: boolean): Cutter | undefined {
  if (format === 'csv') return new CsvCutter(csv);
  const shape = jsonShapeOf(text, isAll);
  return shape && newJsonCutter[shape]();
}

/**
 * Text piece by piece; a character may be split between two.
 *
 * @throws  SinkError MESSAGE_NOT_TEXT; FORMAT_NOT_READ: it begins as a format does that is known, and not read
 */
export async function* decodeUtf8(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let head: Uint8Array = Buffer.alloc(0);
  const decode = (bytes?: Uint8Array) => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
    } catch {
      throw new SinkError('MESSAGE_NOT_TEXT', 'The payload is not UTF-8.');
    }
  };
  for await (const bytes of source) {
    if (head.byteLength < headBytes) {
      head = Buffer.concat([head, bytes.subarray(0, headBytes)]);
      refuseForeign(head);
    }
    yield decode(bytes);
  }
  yield decode();
}

function refuseForeign(head: Uint8Array): void {
  const format = foreignFormatOf(head);
  if (format !== undefined) throw new SinkError('FORMAT_NOT_READ', `It is ${format}.`);
}
