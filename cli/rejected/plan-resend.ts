/** What sending a rejected object again means: one message, or why there can be none. */
import { resentChunkId } from '../../src/delivery/rejected.ts';
import { SinkError } from '../../src/kit/errors.ts';
import { readCsvAttribute } from '../../src/messages/csv-attribute.ts';
import type { MessageFormat, RowPack } from '../../src/producer/message.ts';
import { createCsvRowWriter, type RowWriter, writeJsonRow } from '../../src/producer/row-text.ts';
import { groupOf } from '../../src/producer/table-name.ts';
import type { CsvLayout } from '../../src/rows/csv-rows.ts';
import { jsonForm } from '../../src/rows/fit-csv.ts';
import { isObject } from './row-text.ts';
import type { StoredRows } from './stored.ts';

export interface RowsPlan {
  readonly pack: RowPack;
  readonly format: MessageFormat;
  readonly group: string;
  /** Rows of the object that are not sent. */
  readonly leftOut: number;
}

/**
 * @in     corrected: the rows that are sent instead
 * @throws SinkError: a row that cannot be sent as it is; OPTIONS_INVALID: nothing, or nowhere to send it
 */
export function planRows(stored: StoredRows, corrected: readonly string[] | undefined): RowsPlan {
  const { rows, table, part } = stored;
  const [first] = rows;
  if (table === undefined)
    throw new SinkError('OPTIONS_INVALID', 'The name of its table is too long for its key to hold.');
  const texts = corrected ?? rows.map(({ text }) => text);
  if (first === undefined || texts.length === 0) throw new SinkError('OPTIONS_INVALID', 'No row is left to send.');
  const { format, write } = writingOf(stored, texts);
  const written = texts.map((text, at) => checked(write, text, at));
  const bytes = written.reduce((sum, text) => sum + Buffer.byteLength(text) + format.rowDelimiter.length, 0);
  return {
    pack: { chunkId: resentChunkId({ id: first.id, part }), table, rows: written, bytes },
    ...{ format, group: groupOf(table), leftOut: Math.max(0, rows.length - texts.length) },
  };
}

const json: MessageFormat = { format: 'json', columns: undefined, rowDelimiter: '\n', compression: undefined };

function checked(write: RowWriter, text: string, at: number): string {
  try {
    return write(text, undefined);
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    throw new SinkError(error.code, `Row ${at + 1}: ${error.detail} Correct it by --edit or --rows.`);
  }
}

interface Writing {
  readonly format: MessageFormat;
  readonly write: RowWriter;
}

/** How rows travel: as JSON, unless all of them are CSV. What became JSON before it was rejected may lie beside CSV. */
function writingOf({ rows }: StoredRows, texts: readonly string[]): Writing {
  const { csv, columns } = rows.find((row) => row.csv !== undefined) ?? {};
  if (csv === undefined || texts.every(isObject)) return { format: json, write: writeJsonRow };
  const said = JSON.stringify({ ...csv, header: 'no' });
  const { columnSeparator = '\t', rowDelimiter = '\n', enclose, escape, nulls, trims } = readCsvAttribute(said) ?? {};
  const layout: CsvLayout = { columnSeparator, rowDelimiter, enclose, escape };
  if (columns === undefined || !texts.some(isObject)) {
    const format = { ...json, format: 'csv', columns, rowDelimiter, csv: said } as const;
    return { format, write: createCsvRowWriter({ ...layout, columns }) };
  }
  const toJson = jsonForm({ layout: { ...layout, nulls, trims }, names: columns, table: undefined });
  return {
    // Empty texts of numbers are NULL still.
    format: { ...json, csv: said },
    write(row, operation) {
      const text = String(row);
      const formed = isObject(text) ? { ok: true as const, text } : toJson(text);
      if (!formed.ok) throw new SinkError('VALUE_UNFIT', `It has ${formed.reason}.`);
      return writeJsonRow(formed.text, operation);
    },
  };
}
