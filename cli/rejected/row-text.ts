/** Rejected rows on their way to a person and back: each a line of JSON, an object as it came, or a text that is none. */
import type { RejectedLine } from '../../src/delivery/rejected.ts';
import { fieldsOf } from '../../src/rows/json-fields.ts';
import type { StoredRows } from './stored.ts';

/** A row as one line of JSON: itself, with all its digits, where it is a JSON object; else a string of its text. */
export const lineOf = ({ text, csv }: Pick<RejectedLine, 'text' | 'csv'>): string =>
  csv === undefined && isObject(text) ? text.trim().replace(/[\r\n]+/g, ' ') : JSON.stringify(text);

/** The text of a row that a line of JSON stands for. @out  undefined: it is neither an object nor a string */
export function textOfLine(line: string): string | undefined {
  const value = parsed(line);
  if (typeof value === 'string') return value;
  return isObject(line) ? line : undefined;
}

export function isObject(text: string): boolean {
  const value = parsed(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A row with all that is known of it. `value` is the row, as `lineOf` writes it; what changes it corrects the row. */
export function lineWithReasons({ name, tableName }: StoredRows, row: RejectedLine): string {
  const { time, code, reason, column, id, messageId, source, row: place } = row;
  const known = { rejected: name, row: place, table: tableName, time, code, reason, column, id, messageId, source };
  return `${JSON.stringify(known).slice(0, -1)},"value":${lineOf(row)}}`;
}

/** What `lineWithReasons` wrote, and somebody may have changed. @out  undefined: it is a row itself */
export function readLineWithReasons(line: string): { readonly name: string; readonly value: string } | undefined {
  if (!isObject(line)) return undefined;
  const fields = new Map(fieldsOf(line));
  const [name, row, value] = ['rejected', 'row', 'value'].map((key) => fields.get(key));
  if (name === undefined || row === undefined || value === undefined) return undefined;
  const text = parsed(name);
  return typeof text === 'string' && /-(read|load)$/.test(text) ? { name: text, value } : undefined;
}
