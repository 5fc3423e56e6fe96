import type { Column } from '../model.ts';

/** Lines of the error log: StarRocks writes down the first of many. */
export interface RowLog {
  readonly filtered: number;
  readonly lines: readonly string[];
  /** Counts a filtered row. @in row: bytes, one per character. */
  refuse(complaint: string, row: string): void;
  /** Counts filtered rows whose first ones are given as lines. */
  refuseMany(rows: number, lines: readonly string[]): void;
}

export const maxErrorLines = 50;
const maxShown = 64 * 1024;

export function createRowLog(): RowLog {
  let filtered = 0;
  const lines: string[] = [];
  return {
    get filtered() {
      return filtered;
    },
    lines,
    refuse(complaint, row) {
      filtered += 1;
      if (lines.length < maxErrorLines) lines.push(errorLine(text(complaint), text(row.slice(0, maxShown))));
    },
    refuseMany(rows, more) {
      filtered += rows;
      lines.push(...more.slice(0, maxErrorLines - lines.length));
    },
  };
}

function text(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

export function errorLine(complaint: string, row: string): string {
  return `Error: ${complaint}. Row: ${row}`;
}

/** A row as the backend prints one: `[1, 'a', NULL, 0]`. */
export function shownRow(columns: readonly Column[], row: Readonly<Record<string, unknown>>): string {
  return `[${columns.map(({ name, type }) => shownValue(row[name], type.base)).join(', ')}]`;
}

function shownValue(value: unknown, base: string): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (Buffer.isBuffer(value)) return `'${value.toString('hex').toUpperCase()}'`;
  if (base === 'VARCHAR' || base === 'CHAR') return `'${value}'`;
  return typeof value === 'object'
    ? JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each))
    : String(value);
}
