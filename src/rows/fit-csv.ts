import type { Chunk, UnreadableRow } from './chunk.ts';
import { createCsvEncoder } from './csv-encode.ts';
import { splitCsvFields } from './csv-fields.ts';
import type { CsvLayout } from './csv-rows.ts';
import { placesBeside, unfitRow } from './fit-json.ts';
import { fitField } from './fit-row.ts';
import { operationKey } from './fit-shape.ts';
import { columnOf, type FitColumn, type FitTable } from './fit-table.ts';
import { chunkOfRows, rowTexts } from './row-parts.ts';

type Fields = readonly (string | null)[];

/**
 * Fits CSV rows, which stay CSV, to their table. An empty field of a type that has no empty text is NULL.
 *
 * @in   names: what the fields are, from left to right; one that is no column is not looked at
 * @out  the good rows, those that fit as they came; and the bad ones, with those that were bad before
 */
export function fitCsvChunk(chunk: Chunk, names: readonly string[], table: FitTable, csv: CsvLayout): Chunk {
  const columns = names.map((name) => (name === operationKey ? undefined : columnOf(table, name)));
  const encode = createCsvEncoder({ ...csv, columns: names });
  const bad: UnreadableRow[] = [...(chunk.badRows ?? [])];
  const nextPlace = placesBeside(bad);
  const texts = rowTexts(chunk, csv);
  const good: string[] = [];
  for (const text of texts) {
    const place = nextPlace();
    const fields = splitCsvFields(text, csv);
    const fitted = fitFields(fields, columns, table);
    if (typeof fitted === 'string') bad.push(unfitRow(place, fitted, text));
    else good.push(fitted === fields ? text : encode(fitted));
  }
  const isAsItCame = good.length === texts.length && good.every((text, at) => text === texts[at]);
  const kept = isAsItCame ? chunk : chunkOfRows(chunk, chunk.id, good, csv);
  return bad.length > 0 ? { ...kept, badRows: bad.toSorted((a, b) => a.row - b.row) } : kept;
}

/** @out  the same array when every field fits as it is; a text: why one does not */
function fitFields(fields: Fields, columns: readonly (FitColumn | undefined)[], table: FitTable): Fields | string {
  const { checksRows } = table.rules;
  if (fields.length !== columns.length)
    return checksRows ? `${fields.length} fields, expected ${columns.length}` : fields;
  let changed: (string | null)[] | undefined;
  for (const [at, field] of fields.entries()) {
    const column = columns[at];
    if (column === undefined) continue;
    const given = isNull(field, column) ? null : field;
    const fitted = fitField(column, given === null ? null : { kind: 'string', text: given }, table);
    if (fitted.as === 'unfit' && checksRows) return `column '${column.name}': ${fitted.unfit}`;
    const isOther = fitted.as === 'other' && fitted.value?.kind !== 'nested';
    const value = isOther ? (fitted.value?.text ?? null) : given;
    if (value === field) continue;
    changed ??= [...fields];
    changed[at] = value;
  }
  return changed ?? fields;
}

const isNull = (field: string | null, { type }: FitColumn) =>
  field === '' && type.kind !== 'text' && type.kind !== 'other';
