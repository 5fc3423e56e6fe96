import { closeSync, openSync, writeSync } from 'node:fs';
import { literal } from './duck-names.ts';

/** Rows of nullable texts on their way to DuckDB: a CSV file that has no ambiguity, read with explicit columns. */
export interface RowFile {
  readonly rows: number;
  /** Texts are bytes, one per character. The array may be used again. */
  append(values: readonly (string | null)[]): void;
  /** Writes what is left. */
  finish(): void;
  /** A DuckDB relation: "#o" counts the rows from 0, "#0", "#1", … are the values. */
  relation(): string;
}

const flushBytes = 1 << 20;

/** @in columns: how many values a row has */
export function createRowFile(path: string, columns: number): RowFile {
  const file = openSync(path, 'w');
  let rows = 0;
  let longest = 0;
  let hasLineBreaks = false;
  let pending: string[] = [];
  let pendingBytes = 0;

  function flush(): void {
    const bytes = Buffer.from(pending.join(''), 'latin1');
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    pending = [];
    pendingBytes = 0;
  }

  return {
    get rows() {
      return rows;
    },
    append(values) {
      let line = String(rows);
      for (const value of values) {
        if (value === null) line += ',';
        else line += value.includes('"') ? `,"${value.replaceAll('"', '""')}"` : `,"${value}"`;
      }
      hasLineBreaks ||= line.includes('\n') || line.includes('\r');
      line += '\n';
      rows += 1;
      longest = Math.max(longest, line.length);
      pending.push(line);
      pendingBytes += line.length;
      if (pendingBytes >= flushBytes) flush();
    },
    finish() {
      flush();
      closeSync(file);
    },
    relation() {
      const maxLine = Math.max(longest + 1, 2 << 20);
      const names = Array.from({ length: columns }, (_, index) => `'#${index}': 'VARCHAR'`);
      // Read in parallel, a line break inside quotes could be taken for the end of a row.
      const options = [
        "auto_detect=false, header=false, strict_mode=true, delim=',', quote='\"', escape='\"', new_line='\\n'",
        "nullstr='', allow_quoted_nulls=false",
        `parallel=${!hasLineBreaks}, max_line_size=${maxLine}, buffer_size=${Math.max(16 << 20, 2 * maxLine)}`,
        `columns={${["'#o': 'BIGINT'", ...names].join(', ')}}`,
      ];
      return `read_csv(${literal(path)}, ${options.join(', ')})`;
    },
  };
}
