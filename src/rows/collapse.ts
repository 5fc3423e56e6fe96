import type { Destination } from '../ports.ts';
import type { Chunk } from './chunk.ts';
import { splitCsvFields } from './csv-fields.ts';
import type { CsvLayout } from './csv-rows.ts';
import { columnsInHeader } from './destination.ts';
import { keepDigits, textOf } from './json-values.ts';
import { keyText } from './key-text.ts';
import { chunkOfRows, rowTexts } from './row-parts.ts';

/**
 * Keeps only the last row of each key, in the order in which these last rows stand; where `merge_condition` names a column of whole
 * numbers, the last of those that have the greatest.
 *
 * StarRocks takes the last operation of a key itself, except that in shared-data mode an upsert behind a delete of the same
 * key in one load was lost, and that inside of one load a merge condition may be ignored, so the sink does not leave it the choice.
 *
 * @in      chunks of one destination of a primary-key table, in arrival order
 * @out     one chunk with what is left of all of them; the chunks as they are where the rows do not show their keys, where
 *          `merge_condition` compares what is no whole number, or rows delete, or where one is nested too deeply to be read, which
 *          StarRocks refuses
 * @source  StarRocks issue 75014; pull request 67432: ignore_merge_condition_inside_same_transaction
 */
export function lastOfEachKey(chunks: readonly Chunk[], destination: Destination, csv: CsvLayout): readonly Chunk[] {
  const rows = lastRows(chunks, destination, csv);
  return rows === undefined ? chunks : joinLastRows(chunks, rows, csv);
}

/** A row that is kept, and where it stood. */
export interface LastRow {
  readonly chunk: Chunk;
  /** Its number among those of the chunk. */
  readonly row: number;
  readonly text: string;
}

export function joinLastRows([first]: readonly Chunk[], rows: readonly LastRow[], csv: CsvLayout): readonly Chunk[] {
  if (first === undefined) return [];
  const texts = rows.map(({ text }) => text);
  const layout = first.layout === 'csv' ? first.layout : 'items';
  return [chunkOfRows({ ...first, layout }, first.id, texts, csv)];
}

/** @out  undefined: the chunks stay as they are */
export function lastRows(
  chunks: readonly Chunk[],
  destination: Destination,
  csv: CsvLayout,
): readonly LastRow[] | undefined {
  if (chunks.length === 0 || destination.primaryKey === undefined || !showsKey(destination)) return undefined;
  const isConditional = destination.headers['merge_condition'] !== undefined;
  const last = new Map<Key, Row>();
  try {
    for (const chunk of chunks) {
      for (const row of keyedRows(chunk, destination, csv)) {
        if (isConditional && row.version === undefined) return undefined;
        const before = last.get(row.key);
        if (before?.version !== undefined && row.version !== undefined && before.version > row.version) continue;
        last.delete(row.key);
        last.set(row.key, row);
      }
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return [...last.values()];
}

/** A row without a key of its own is nobody's twin. */
type Key = string | symbol;

interface Row extends LastRow {
  readonly key: Key;
  /** What `merge_condition` compares; undefined: nothing does, or it is no whole number, or the row deletes, which knows no condition. */
  readonly version: bigint | undefined;
}

/** False when keys are made from other columns, or read from other places than their names say. */
function showsKey({ headers, primaryKey = [] }: Destination): boolean {
  if (['jsonpaths', 'json_root'].some((name) => headers[name] !== undefined)) return false;
  const { columns } = headers;
  return columns === undefined ? headers['format'] !== 'csv' : positionsOf(primaryKey, columns).every((at) => at >= 0);
}

/** @source StarRocks matches the names in the header `columns` whatever their case is */
function positionsOf(names: readonly string[], columns: string): readonly number[] {
  const all = columnsInHeader(columns).map((name) => name.toLowerCase());
  return names.map((name) => all.indexOf(name.toLowerCase()));
}

function keyedRows(chunk: Chunk, destination: Destination, csv: CsvLayout): Row[] {
  const { primaryKey = [], headers, keyKinds } = destination;
  const names = [...primaryKey, '__op', ...(headers['merge_condition'] ? [headers['merge_condition']] : [])];
  const read = (values: readonly unknown[], text: string, row: number): Row => {
    const [operation, version] = values.slice(primaryKey.length);
    const deletes = operation !== undefined && textOf(operation) !== '0';
    return {
      key: keyOf(values.slice(0, primaryKey.length), keyKinds),
      ...{ chunk, row, text },
      version: deletes ? undefined : wholeOf(version),
    };
  };
  const rows = rowTexts(chunk, csv);
  if (chunk.layout !== 'csv')
    return rows.map((text, row) => read(valuesOf(JSON.parse(text, keepDigits), names), text, row));
  const positions = positionsOf(names, headers['columns'] ?? '');
  return rows.map((text, row) => {
    const fields = splitCsvFields(text, csv);
    return read(
      positions.map((at) => fields[at]),
      text,
      row,
    );
  });
}

const valuesOf = (row: object, names: readonly string[]): unknown[] =>
  names.map((name) => (Object.hasOwn(row, name) ? (row as Record<string, unknown>)[name] : undefined));

function wholeOf(value: unknown): bigint | undefined {
  const text = textOf(value);
  return text !== null && /^-?\d{1,39}$/.test(text) ? BigInt(text) : undefined;
}

const keyOf = (values: readonly unknown[], kinds: Destination['keyKinds']): Key =>
  values.includes(undefined)
    ? Symbol('no key')
    : JSON.stringify(values.map((value, at) => keyText(value, kinds?.[at])));
