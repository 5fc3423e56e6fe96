import type { RejectedLine } from '../../src/delivery/rejected.ts';
import { fieldsOf } from '../../src/rows/json-fields.ts';
import { isObject, lineOf, lineWithReasons } from './row-text.ts';
import type { StoredObject, StoredRows } from './stored.ts';

export interface ExportAsked {
  readonly as: 'ndjson' | 'csv';
  readonly withReasons: boolean;
}

/** Rejected rows as a file. Whole messages are no rows, and are left out. */
export function exported(all: readonly StoredObject[], { as, withReasons }: ExportAsked): string {
  const rows = all.filter((each) => each.kind === 'rows');
  const pairs = rows.flatMap((stored) => stored.rows.map((row) => [stored, row] as const));
  if (as === 'csv') return csvOf(pairs, withReasons);
  return pairs.map(([stored, row]) => `${withReasons ? lineWithReasons(stored, row) : lineOf(row)}\n`).join('');
}

/** The same for programs: each row as `--with-reasons` writes it. */
export const exportedRows = (all: readonly StoredObject[]): readonly unknown[] =>
  exported(all, { as: 'ndjson', withReasons: true })
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

type Pair = readonly [stored: StoredRows, row: RejectedLine];

const reasonColumns = ['_table', '_time', '_code', '_reason', '_column', '_row', '_message', '_source'];
/** Of rows that have no columns. */
const textColumn = '_text';

/** CSV with a line of names, as spreadsheets read it. @source RFC 4180 */
function csvOf(pairs: readonly Pair[], withReasons: boolean): string {
  const values = pairs.map(([, row]) => valuesOf(row));
  const columns = [...new Set(values.flatMap((each) => [...each.keys()]))];
  const lines = pairs.map(([stored, row], at) => [
    ...(withReasons ? reasonsOf(stored, row) : []),
    ...columns.map((column) => values[at]?.get(column) ?? ''),
  ]);
  const all = [[...(withReasons ? reasonColumns : []), ...columns], ...lines];
  return all.map((fields) => `${fields.map(fieldOf).join(',')}\n`).join('');
}

const reasonsOf = ({ tableName }: StoredRows, row: RejectedLine): readonly string[] => {
  const { time, code, reason, column = '', row: place, messageId = '', source = '' } = row;
  return [tableName, time, code, reason, column, String(place), messageId, source];
};

const fieldOf = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Numbers keep their digits; what is nested stays JSON. */
function valuesOf({ text, csv }: RejectedLine): ReadonlyMap<string, string> {
  if (csv !== undefined || !isObject(text)) return new Map([[textColumn, text]]);
  return new Map(fieldsOf(text).map(([name, written]) => [name, valueText(written)]));
}

const valueText = (written: string): string => {
  if (written === 'null') return '';
  return written.startsWith('"') ? (JSON.parse(written) as string) : written;
};
