import { SinkError } from '../kit/errors.ts';
import { createCsvEncoder } from './csv-encode.ts';
import { splitCsvFields } from './csv-fields.ts';
import { unnamed } from './csv-header.ts';
import { type CsvLayout, isSameNotation } from './csv-rows.ts';
import { fitField, readOperation } from './fit-row.ts';
import { operationKey, type Shape, shapeOf } from './fit-shape.ts';
import { columnOf, type FitColumn, type FitTable, fillerOf } from './fit-table.ts';
import type { BadForm, Form } from './form-rows.ts';
import { givenOf } from './given.ts';
import { fieldsOf, writeFields } from './json-fields.ts';

type Fields = readonly (string | null)[];

/** A row whose text is all that is known of it. */
export interface PlainRow {
  readonly ok: true;
  readonly text: string;
}

/** How rows of CSV are read: what each field is, and the table that they are to fit. */
export interface CsvReading {
  readonly layout: CsvLayout;
  /** Of the fields, from left to right; one that is no column is not looked at. */
  readonly names: readonly string[] | undefined;
  readonly table: FitTable | undefined;
}

/**
 * Makes a function that fits CSV rows, which stay CSV, to their table, and writes them as the load has them. An empty field of a type
 * that has no empty text is NULL.
 *
 * @in      to: the notation of the load
 * @out     undefined: rows are right as they stand, whatever they are
 * @throws  SinkError OPTIONS_INVALID: a notation that cannot be read back
 */
export function csvForm({ layout, names, table }: CsvReading, to: CsvLayout): Form<PlainRow> | undefined {
  const isSame = isSameNotation(layout, to);
  const isFitted = table !== undefined && names !== undefined;
  if (isSame && !isFitted && layout.nulls === undefined) return undefined;
  const shape = isFitted ? shapeOf(names, table, undefined) : undefined;
  const encode = createCsvEncoder({ ...to, columns: names });
  return (text) => {
    const fields = splitCsvFields(text, layout);
    const fitted = shape && table ? fitFields(fields, shape, table, layout) : fields;
    if ('reason' in fitted) return fitted;
    // What a text of its own says is NULL, StarRocks would take for data.
    if (isSame && fitted === fields && (layout.nulls === undefined || !fields.includes(null)))
      return { ok: true, text };
    return encoded(() => encode(fitted));
  };
}

/** Makes a function that writes CSV rows as JSON rows: every value a text, or null. */
export function jsonForm({ layout, names, table }: CsvReading & { readonly names: readonly string[] }): Form<PlainRow> {
  const columns = names.map((name) => table && columnNamed(name, table));
  return (text) => {
    const fields = splitCsvFields(text, layout);
    if (fields.length !== names.length) return wrongCount(fields, names, layout);
    const values = fields.map((field, at) => [names[at], isNull(field, columns[at]) ? null : field]);
    return { ok: true, text: JSON.stringify(Object.fromEntries(values.filter(([name]) => name !== unnamed))) };
  };
}

/** Of JSON rows that were CSV before: an empty text is no value where a column has no text. */
export const emptyAsNull =
  (table: FitTable): Form<PlainRow> =>
  (text) => {
    if (!text.includes('""')) return { ok: true, text };
    const fields = fieldsOf(text).map(
      ([key, written]) => [key, written === '""' && isNull('', columnNamed(key, table)) ? 'null' : written] as const,
    );
    return { ok: true, text: writeFields(fields) };
  };

const columnNamed = (name: string, table: FitTable) => (name === operationKey ? undefined : columnOf(table, name));

/** A whole row in one field is written in another notation. */
function wrongCount({ length }: Fields, expected: readonly unknown[], { columnSeparator }: CsvLayout): BadForm {
  const found = `${length} ${length === 1 ? 'field' : 'fields'}, expected ${expected.length}`;
  if (length > 1) return bad(found);
  const separator = JSON.stringify(columnSeparator);
  return bad(
    `${found}: no ${separator} stands in it; sink.csv.column-separator says what parts fields, or the attribute csv`,
  );
}

function encoded(encode: () => string): PlainRow | BadForm {
  try {
    return { ok: true, text: encode() };
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    return { ok: false, code: error.code, reason: error.detail.replace(/\.$/, '') };
  }
}

type Fit = Fields | (BadForm & { readonly includes?: never });

/** @out  the same array when every field fits as it is; or why one does not */
function fitFields(fields: Fields, shape: Shape, table: FitTable, layout: CsvLayout): Fit {
  const { checksRows } = table.rules;
  if (fields.length !== shape.keys.length) return checksRows ? wrongCount(fields, shape.keys, layout) : fields;
  const { deletes, problem } = operationOf(fields, shape, table);
  if (problem !== undefined) return bad(problem);
  let changed: (string | null)[] | undefined;
  for (const [at, field] of fields.entries()) {
    const column = shape.columns[at];
    const fitted = column ? fitOne(field, column, deletes, table) : { text: field };
    if ('reason' in fitted) return bad(fitted.reason);
    const text = at === shape.operation ? (deletes ? '1' : '0') : fitted.text;
    if (text === field) continue;
    changed ??= [...fields];
    changed[at] = text;
  }
  return changed ?? fields;
}

/** What a row does, and why it cannot, whatever its other fields are. */
function operationOf(fields: Fields, { problem, lacks, operation }: Shape, table: FitTable) {
  if (problem !== undefined || operation < 0) return { deletes: false, problem: problem ?? lacks };
  const found = readOperation(fields[operation], table);
  if (typeof found === 'string') return { deletes: false, problem: found };
  return { deletes: found.deletes, problem: found.deletes ? undefined : lacks };
}

const bad = (reason: string): BadForm => ({ ok: false, reason });

/** Of a row that deletes only the key counts; StarRocks looks at the others all the same. */
function fitOne(
  field: string | null,
  column: FitColumn,
  deletes: boolean,
  table: FitTable,
): { readonly text: string | null } | { readonly reason: string } {
  const isKey = table.primaryKey?.includes(column.name) ?? false;
  const given = isNull(field, column) ? null : field;
  const fitted = fitField(column, given === null ? null : { kind: 'string', text: given }, table);
  if (fitted.as === 'unfit') {
    if (deletes && !isKey) return { text: givenOf(fillerOf(column))?.text ?? null };
    if (table.rules.checksRows) return { reason: `column '${column.name}': ${fitted.unfit}` };
  }
  return { text: fitted.as === 'other' ? (fitted.value?.text ?? null) : given };
}

/** An empty field is a text; of other types it is no value. */
const isNull = (field: string | null, column: FitColumn | undefined) =>
  field === null || (field === '' && column !== undefined && !mayBeEmpty.has(column.type.kind));

const mayBeEmpty: ReadonlySet<string> = new Set(['text', 'binary', 'other']);
