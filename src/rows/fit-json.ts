import type { Chunk, UnreadableRow } from './chunk.ts';
import type { CsvLayout } from './csv-rows.ts';
import type { FittedRow, RowFitter } from './fit-row.ts';
import { defaultOf, type FitColumn, type FitTable } from './fit-table.ts';
import { chunkOfRows, rowTexts } from './row-parts.ts';

/** A row that fits, as text, and what it holds. */
export type GoodRow = FittedRow & { readonly ok: true };

export interface FittedRows {
  readonly good: readonly GoodRow[];
  /** Of each good row, its place in the message. */
  readonly places: readonly number[];
  /** Those that were bad before, too. */
  readonly bad: readonly UnreadableRow[];
  readonly isAsItCame: boolean;
}

/** Rows that one load can carry, and the columns that it names. */
export interface FittedPart {
  readonly chunk: Chunk;
  /** In table order; undefined: none is named, and StarRocks matches keys by itself. */
  readonly columns: readonly string[] | undefined;
}

/** All headers of a load together may have 8 KB. @source FE http_max_header_size, 8,192 in older releases */
const longestColumns = 6 * 1024;

/** Fits each JSON row of a chunk to its table. */
export function fitRows(chunk: Chunk, fitter: RowFitter, csv: CsvLayout): FittedRows {
  const good: GoodRow[] = [];
  const places: number[] = [];
  const bad: UnreadableRow[] = [...(chunk.badRows ?? [])];
  const nextPlace = placesBeside(bad);
  let isAsItCame = true;
  for (const text of rowTexts(chunk, csv)) {
    const row = nextPlace();
    const fitted = fitter.fit(JSON.parse(text), text);
    isAsItCame &&= fitted.ok && fitted.text === text;
    if (fitted.ok) {
      good.push(fitted);
      places.push(row);
    } else bad.push(unfitRow(row, fitted.reason, text));
  }
  return { good, places, bad, isAsItCame };
}

export const unfitRow = (row: number, reason: string, text: string): UnreadableRow => ({
  ...{ row, text, code: 'VALUE_UNFIT' },
  reason: `Row ${row + 1}: ${reason}.`,
});

/** The places, in the message, of the rows that are not bad already. */
export function placesBeside(bad: readonly UnreadableRow[]): () => number {
  const taken = new Set(bad.map(({ row }) => row));
  let next = 0;
  return () => {
    while (taken.has(next)) next++;
    return next++;
  };
}

/**
 * One load for all rows: an absent key is NULL, or its column's DEFAULT, which StarRocks fills in when no row holds the column,
 * and which is written into the row when others do.
 */
export function partOfAll(
  chunk: Chunk,
  { good, isAsItCame }: Pick<FittedRows, 'good' | 'isAsItCame'>,
  table: FitTable,
  only: ReadonlySet<string> | undefined,
  csv: CsvLayout,
): FittedPart {
  const shapes = new Set(good.map(({ shape }) => shape));
  const held = new Set([...shapes].flatMap((shape) => [...shape.held]));
  const columns = namedColumns(held, table, only);
  const filled = (columns ?? table.columns).filter((column) => column.default !== undefined && !column.autoIncrement);
  const isFull = [...shapes].every((shape) => filled.every((column) => shape.held.has(column)));
  const names = columns?.map(({ name }) => name);
  if (isFull && isAsItCame) return { chunk, columns: names };
  const texts = good.map((row) => (isFull ? row.text : withDefaults(row, filled, table)));
  return { chunk: chunkOfRows(chunk, chunk.id, texts, csv), columns: names };
}

function namedColumns(
  held: ReadonlySet<FitColumn>,
  { columns, rules }: FitTable,
  only: ReadonlySet<string> | undefined,
): readonly FitColumn[] | undefined {
  const isRead = (column: FitColumn) => only === undefined || only.has(column.name) || column.isRequired;
  const named = rules.isPartial
    ? columns.filter((column) => held.has(column))
    : columns.filter(
        (column) => held.has(column) || (column.default === undefined && !column.autoIncrement && isRead(column)),
      );
  if (isShort(named)) return named;
  const heldOnly = columns.filter((column) => held.has(column) || column.isRequired);
  return isShort(heldOnly) || rules.isPartial ? heldOnly : undefined;
}

const isShort = (columns: readonly FitColumn[]) =>
  columns.reduce((bytes, { name }) => bytes + Buffer.byteLength(name) + '``,'.length, 0) <= longestColumns;

function withDefaults({ text, shape }: GoodRow, filled: readonly FitColumn[], { rules }: FitTable): string {
  const members = filled
    .filter((column) => !shape.held.has(column))
    .map((column) => `,${JSON.stringify(column.name)}:${defaultOf(column, rules)}`);
  return members.length === 0 ? text : `${text.slice(0, text.lastIndexOf('}'))}${members.join('')}}`;
}
