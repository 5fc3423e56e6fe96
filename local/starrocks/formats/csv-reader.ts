/**
 * Records of CSV text: bytes, one per character. Without enclose and escape a line is cut at every separator, and quotes
 * are data. Source: csv_reader.cpp (next_record, split_record and their second version).
 */
import { isUtf8 } from 'node:buffer';
import { type CsvFormat, UnreadableBody } from '../storage/load-plan.ts';
import { type TextWindow, textWindow } from './text-window.ts';

export interface CsvRecord {
  readonly fields: readonly string[];
  /** As it came, without the row delimiter. */
  readonly raw: string;
  /** Ended by the end of the body, not by a row delimiter. */
  readonly unfinished: boolean;
}

const maxLineBytes = 0x1fff0000;

/** @throws UnreadableBody for a line that is too long */
export async function readCsv(
  chunks: AsyncIterable<Buffer>,
  format: CsvFormat,
  onRecord: (record: CsvRecord) => void,
): Promise<void> {
  let toSkip = format.skipHeader;
  const deliver = (record: CsvRecord): void => {
    if (toSkip > 0) toSkip -= 1;
    else if (record.raw !== '') onRecord(record);
  };
  if (format.enclose === undefined && format.escape === undefined) await readLines(chunks, format, deliver);
  else await readEnclosed(chunks, format, deliver);
}

export function isValidText(bytes: string): boolean {
  return !/[\x80-\xff]/.test(bytes) || isUtf8(Buffer.from(bytes, 'latin1'));
}

async function readLines(
  chunks: AsyncIterable<Buffer>,
  format: CsvFormat,
  deliver: (record: CsvRecord) => void,
): Promise<void> {
  const { rowDelimiter, columnSeparator, trimSpace } = format;
  const split = (raw: string, unfinished: boolean): CsvRecord => {
    const fields = raw.split(columnSeparator);
    return { raw, unfinished, fields: trimSpace ? fields.map(trimmed) : fields };
  };
  let parts: string[] = [];
  let bytes = 0;
  let overlap = '';
  for await (const chunk of chunks) {
    const text = chunk.toString('latin1');
    parts.push(text);
    bytes += text.length;
    if (bytes > maxLineBytes) throw new UnreadableBody(`CSV line length exceed limit ${maxLineBytes}`);
    const hasDelimiter = (overlap + text).includes(rowDelimiter);
    overlap = rowDelimiter.length === 1 ? '' : (overlap + text).slice(1 - rowDelimiter.length);
    if (!hasDelimiter) continue;
    const lines = parts.join('').split(rowDelimiter);
    const rest = lines.pop() ?? '';
    parts = [rest];
    bytes = rest.length;
    for (const line of lines) deliver(split(line, false));
  }
  const last = parts.join('');
  if (last !== '') deliver(split(last, true));
}

function trimmed(field: string): string {
  return field.replace(/^ +/, '').replace(/ +$/, '');
}

async function readEnclosed(
  chunks: AsyncIterable<Buffer>,
  format: CsvFormat,
  deliver: (record: CsvRecord) => void,
): Promise<void> {
  const window = textWindow(chunks);
  for (;;) {
    const record = window.at < window.text.length ? parseRecord(window, format) : undefined;
    if (record === undefined) {
      if (window.ended) return;
      if (window.text.length - window.at > maxLineBytes) {
        throw new UnreadableBody(`CSV line length exceed limit ${maxLineBytes}`);
      }
      await window.more();
    } else {
      window.at = record.next;
      deliver(record);
    }
  }
}

/** The record at the window's place; undefined when its row delimiter is not in sight yet, so that nothing in it was cut. */
function parseRecord(window: TextWindow, format: CsvFormat): (CsvRecord & { readonly next: number }) | undefined {
  const fields: string[] = [];
  const start = window.at;
  let at = start;
  for (;;) {
    const field = parseField(window, at, format);
    if (field === undefined) return undefined;
    fields.push(field.text);
    at = field.next;
    if (!field.last) continue;
    const unfinished = field.end === window.text.length;
    return { fields, raw: window.text.slice(start, field.end), unfinished, next: at };
  }
}

interface ParsedField {
  readonly text: string;
  /** Where the field ends, and where what follows its separator begins. */
  readonly end: number;
  readonly next: number;
  readonly last: boolean;
}

function parseField(window: TextWindow, from: number, format: CsvFormat): ParsedField | undefined {
  const { text } = window;
  const { columnSeparator, rowDelimiter, trimSpace } = format;
  const start = trimSpace ? skipBlanks(text, from) : from;
  let { value, at } = enclosedText(text, start, format);
  const field = (delimiter: string, last: boolean): ParsedField => {
    return { text: trimSpace ? value.replace(/ +$/, '') : value, end: at, next: at + delimiter.length, last };
  };
  while (at < text.length) {
    if (text.startsWith(rowDelimiter, at)) return field(rowDelimiter, true);
    if (text.startsWith(columnSeparator, at)) return field(columnSeparator, false);
    const escaped = text.charAt(at) === format.escape;
    const taken = escaped ? escapedText(text, at + 1, format) : text.charAt(at);
    value += taken;
    at += taken.length + (escaped ? 1 : 0);
  }
  return window.ended ? field('', true) : undefined;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text.charAt(at) === ' ') at += 1;
  return at;
}

/** What is between an enclose at `start` and the one that closes it, and the place behind; nothing when there is no enclose. */
function enclosedText(text: string, start: number, format: CsvFormat): { readonly value: string; readonly at: number } {
  const { enclose, escape } = format;
  if (enclose === undefined || text.charAt(start) !== enclose) return { value: '', at: start };
  let value = '';
  let at = start + 1;
  while (at < text.length) {
    const char = text.charAt(at);
    if (char === enclose) {
      if (text.charAt(at + 1) !== enclose) return { value, at: at + 1 };
      value += char;
      at += 2;
    } else if (char === escape) {
      const taken = escapedText(text, at + 1, format);
      value += taken;
      at += 1 + taken.length;
    } else {
      value += char;
      at += 1;
    }
  }
  return { value, at };
}

/** What an escape at `at - 1` keeps: a whole delimiter, or one byte. */
function escapedText(text: string, at: number, { columnSeparator, rowDelimiter }: CsvFormat): string {
  if (text.startsWith(rowDelimiter, at)) return rowDelimiter;
  if (text.startsWith(columnSeparator, at)) return columnSeparator;
  return text.charAt(at);
}
