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

const FLUSH_BYTES = 1 << 20;

/** @in columns: how many values a row has */
export function createRowFile(path: string, columns: number): RowFile {
  const file = openSync(path, 'w');
  let rows = 0;
  let longest = 0;
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
      line += '\n';
      rows += 1;
      longest = Math.max(longest, line.length);
      pending.push(line);
      pendingBytes += line.length;
      if (pendingBytes >= FLUSH_BYTES) flush();
    },
    finish() {
      flush();
      closeSync(file);
    },
    relation() {
      const maxLine = Math.max(longest + 1, 2 << 20);
      const names = Array.from({ length: columns }, (_, index) => `'#${index}': 'VARCHAR'`);
      // parallel=false: a line break inside quotes cannot be taken for the end of a row.
      return `read_csv(${literal(path)}, auto_detect=false, header=false, delim=',', quote='"', escape='"', nullstr='', allow_quoted_nulls=false, new_line='\\n', parallel=false, strict_mode=true, max_line_size=${maxLine}, buffer_size=${16 << 20 > 2 * maxLine ? 16 << 20 : 2 * maxLine}, columns={${["'#o': 'BIGINT'", ...names].join(', ')}})`;
    },
  };
}
