import type { Readable } from 'node:stream';
import { splitCsvFields } from '../src/rows/csv-fields.ts';
import type { CsvLayout } from '../src/rows/csv-rows.ts';
import { CsvCutter } from '../src/rows/cut-csv.ts';
import { type Cut, type Cutter, chained, UnreadableFile } from '../src/rows/cutter.ts';
import { jsonShapeOf, newJsonCutter } from '../src/rows/json-shape.ts';
import { readText } from './read-text.ts';

export type FileFormat = 'json' | 'csv' | 'auto';

export interface ReadOptions {
  readonly format: FileFormat;
  readonly layout: CsvLayout;
  /** Names of the columns of a CSV file; with `hasHeader` its first row says them. */
  readonly columns: readonly string[] | undefined;
  /** Undefined: nobody says. */
  readonly hasHeader: boolean | undefined;
  readonly onBytes: (bytes: number) => void;
}

/** A row of a file: JSON text or CSV text as it stands there. */
export interface FileRow extends Cut {
  /** Position among the rows of the file, from 1; a header is none. */
  readonly number: number;
}

export interface OpenFile {
  readonly format: 'json' | 'csv';
  readonly columns: readonly string[] | undefined;
  readonly rows: AsyncIterable<readonly FileRow[]>;
  /** The fields of the first line of CSV, where nobody says whether it names the columns; it is the first of the rows, too. */
  readonly firstLine?: readonly string[] | undefined;
}

/**
 * Opens a file of rows: JSON (objects behind each other, mostly one per line, or one array) or CSV. `auto` goes by the first character that is no white
 * space, and by header or columns being asked for.
 *
 * @out    rows in the order of the file, as they are read; no row is held longer than it takes to hand it over
 * @throws UnreadableFile, here or while rows are read; what reading the file throws
 */
export async function openFile(path: string, stdin: Readable, options: ReadOptions): Promise<OpenFile> {
  const texts = readText(path, stdin, options.onBytes);
  const head = await readUntil(texts, (text) => text.trim() !== '');
  const format = options.format === 'auto' ? formatOf(head, path, options) : options.format;
  if (format === 'json') {
    const known = head + (await readUntil(texts, (more) => jsonShapeOf(head + more, false) !== undefined));
    const cutter = newJsonCutter[jsonShapeOf(known, true) ?? 'lines']();
    return { format, columns: undefined, rows: numbered(cut(cutter, known, texts)) };
  }
  const cuts = cut(new CsvCutter(options.layout), head, texts);
  const { columns: given, hasHeader } = options;
  if (hasHeader === false || (hasHeader === undefined && given))
    return { format, columns: given, rows: numbered(cuts) };
  const first = await cuts.next();
  const [header, ...others] = first.done === true ? [] : first.value;
  if (hasHeader === undefined) return { format, columns: given, ...undecided(header, others, cuts, options.layout) };
  const columns =
    options.columns ?? (header && splitCsvFields(header.text, options.layout).map((name) => (name ?? '').trim()));
  const twice = columns?.find((name, at) => name !== '' && columns.indexOf(name) < at);
  if (twice !== undefined) throw new UnreadableFile(`its first line names ${JSON.stringify(twice.slice(0, 64))} twice`);
  return { format, columns, rows: numbered(chained(others, cuts)) };
}

/** A longer line would not leave enough of a message for rows. */
const longestFirstLine = 4096;

/** The sink knows whether the fields of the first line are columns of the table; each message tells it. */
function undecided(header: Cut | undefined, others: Cut[], cuts: AsyncIterable<Cut[]>, layout: CsvLayout) {
  if (header === undefined) return { rows: numbered(cuts) };
  if (header.text.length > longestFirstLine)
    throw new UnreadableFile('its first line is long; say --header when it names the columns, or --no-header');
  const firstLine = splitCsvFields(header.text, layout).map((field) => (field ?? '').trim());
  return { rows: numbered(chained([header, ...others], cuts)), firstLine };
}

function formatOf(head: string, path: string, { hasHeader, columns }: ReadOptions): 'json' | 'csv' {
  if (hasHeader || /\.[ct]sv(\.(gz|zst))?$/i.test(path)) return 'csv';
  if (/^\s*[[{]/.test(head)) return 'json';
  if (columns !== undefined || head.trim() === '') return 'csv';
  throw new UnreadableFile('it begins neither with { nor with [; say --format json or --format csv');
}

/** Reads until it is enough, or all. */
async function readUntil(texts: AsyncGenerator<string, void>, isEnough: (text: string) => boolean): Promise<string> {
  let text = '';
  while (!isEnough(text)) {
    const next = await texts.next();
    if (next.done === true) break;
    text += next.value;
  }
  return text;
}

/** Every yield holds at least one row. */
async function* cut(cutter: Cutter, head: string, texts: AsyncIterable<string>): AsyncGenerator<Cut[], void> {
  for await (const text of chained(head, texts)) {
    const cuts = cutter.push(text);
    if (cuts.length > 0) yield cuts;
    if (cutter.isStuck !== undefined) throw new UnreadableFile(cutter.isStuck);
  }
  const last = cutter.end();
  if (last.length > 0) yield last;
  if (cutter.isStuck !== undefined) throw new UnreadableFile(cutter.isStuck);
}

async function* numbered(cuts: AsyncIterable<Cut[]>): AsyncGenerator<FileRow[], void> {
  let number = 0;
  for await (const some of cuts) yield some.map((each) => ({ ...each, number: ++number }));
}
