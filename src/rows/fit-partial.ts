import { type Chunk, partId, type UnreadableRow } from './chunk.ts';
import type { CsvLayout } from './csv-rows.ts';
import { fingerprintOf } from './fingerprint.ts';
import { type FittedPart, type GoodRow, type Planner, partOfAll } from './fit-json.ts';
import type { RowFitter } from './fit-row.ts';
import type { FitTable } from './fit-table.ts';
import { type FormedRows, unfitRow } from './form-rows.ts';
import { fieldsOf, writeFields } from './json-fields.ts';
import { chunkOfRows } from './row-parts.ts';

/**
 * Partial updates: what a load names it overwrites, so that rows that hold other columns are loads of their own.
 *
 * Loads of one message have no order among them. Rows of one key that hold different columns therefore become one row, in which
 * the last value of each column counts; what follows a delete of its key in the same message cannot, and is bad.
 *
 * @out  a part for each set of columns, of an identity of its own; the rows that are bad then, with those that were before
 */
export function partialParts(
  chunk: Chunk,
  rows: FormedRows<GoodRow>,
  table: FitTable,
  fitter: RowFitter,
  plan: Planner,
  csv: CsvLayout,
): { readonly parts: readonly FittedPart[]; readonly bad: readonly UnreadableRow[] } {
  const groups = new Set(rows.good.map(({ shape }) => shape.signature));
  if (groups.size <= 1) {
    return { parts: [partOfAll(chunk, rows, plan, csv)], bad: rows.bad };
  }
  const { merged, refused } = mergeRows(rows.good, table, fitter);
  const parts = [...Map.groupBy(merged, ({ shape }) => shape.signature)].map(([signature, good]) => {
    const texts = good.map(({ text }) => text);
    const own = chunkOfRows({ ...chunk, ...fingerprintOfPart(chunk, texts) }, partId(chunk.id, signature), texts, csv);
    return partOfAll(own, { good, isAsItCame: true }, plan, csv);
  });
  const bad = refused.map((at) => unfitRow(rows.places[at] ?? 0, afterDelete, rows.good[at]?.text ?? ''));
  return { parts, bad: [...rows.bad, ...bad] };
}

const afterDelete = {
  ok: false,
  reason: 'it changes some columns of a key that the message deletes before; send both in messages of their own',
} as const;

const fingerprintOfPart = ({ fingerprint }: Chunk, texts: readonly string[]) =>
  fingerprint === undefined ? {} : { fingerprint: fingerprintOf(texts.length, texts.join('\n')) };

/** @out  refused: indices of rows that follow a delete of their key */
function mergeRows(rows: readonly GoodRow[], { primaryKey = [], columns }: FitTable, fitter: RowFitter) {
  // A row of all columns leaves nothing of the one that was deleted.
  const isWhole = ({ shape }: GoodRow) => columns.every((column) => column.autoIncrement || shape.held.has(column));
  const last = new Map<string, GoodRow>();
  const refused: number[] = [];
  for (const [at, row] of rows.entries()) {
    const key = keyOf(row, primaryKey);
    const before = last.get(key);
    if (before === undefined || row.deletes || isWhole(row)) last.set(key, row);
    else if (before.deletes) refused.push(at);
    else last.set(key, mergeTwo(before, row, fitter));
  }
  return { merged: [...last.values()], refused };
}

/** 1 and "1" are the same key in StarRocks. */
export function keyOf({ text }: GoodRow, primaryKey: readonly string[]): string {
  const fields = new Map(fieldsOf(text));
  return JSON.stringify(primaryKey.map((name) => fields.get(name)?.replace(/^"(.*)"$/, '$1')));
}

function mergeTwo(before: GoodRow, row: GoodRow, fitter: RowFitter): GoodRow {
  const text = writeFields(new Map([...fieldsOf(before.text), ...fieldsOf(row.text)]));
  const merged = fitter.fit(JSON.parse(text), text);
  // Both fitted; so do their columns together.
  return merged.ok ? merged : row;
}
