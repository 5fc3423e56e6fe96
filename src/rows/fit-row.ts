import { operationKey, type Shape, shapeKey, shapeOf } from './fit-shape.ts';
import { columnOf, type FitColumn, type FitTable, fillerOf } from './fit-table.ts';
import { fitValue } from './fit-value.ts';
import { type Fitted, type Given, givenOf, writtenOf } from './given.ts';
import { fieldsOf, writeFields } from './json-fields.ts';
import { jsonRowProblem } from './json-row.ts';
import { holdsLongNumber } from './long-digits.ts';
import { longNumbers, lookAt, mostBytesOfUnit, otherKeys, unsure } from './look-at-row.ts';

export type FittedRow =
  | {
      readonly ok: true;
      /** As it came, when it fits as it is. */
      readonly text: string;
      readonly shape: Shape;
      /** Of the row as it came. */
      readonly came: Shape;
      readonly deletes: boolean;
    }
  /** `reason` holds no row data but what `__op` is. */
  | { readonly ok: false; readonly reason: string };

type RowObject = Readonly<Record<string, unknown>>;

const shapesKept = 1000;

const asItIs = (text: string, shape: Shape): FittedRow => ({ ok: true, text, shape, came: shape, deletes: false });

/** Fits JSON rows to one table. Rows that fit are looked at once, and keep their text. */
export class RowFitter {
  readonly #table: FitTable;
  readonly #only: ReadonlySet<string> | undefined;
  readonly #shapes = new Map<string, Shape>();
  #last: Shape | undefined;

  /** @in  only: names of the columns that are read; undefined: all */
  constructor(table: FitTable, only?: ReadonlySet<string>) {
    this.#table = table;
    this.#only = only;
  }

  /**
   * Looks at the text of a row, which need not be parsed then.
   *
   * @in   unitBytes: UTF-8 bytes that a UTF-16 unit of the text has at most
   * @out  its shape, when it is a row that surely fits as it stands; undefined tells nothing
   */
  known(text: string, unitBytes: number): Shape | undefined {
    const shape = this.#last;
    return shape?.pattern?.matches(text, unitBytes) ? shape : undefined;
  }

  /** What rows with these keys, in this order, have in common. */
  shapeOf(keys: readonly string[]): Shape {
    return this.#shapeOf(keys);
  }

  /** Of the row that was looked at last: the next ones are mostly alike. */
  get lastShape(): Shape | undefined {
    return this.#last;
  }

  /** @in  text: of a JSON object */
  fitText(text: string, unitBytes = mostBytesOfUnit): FittedRow {
    const known = this.known(text, unitBytes);
    return known ? asItIs(text, known) : this.fit(JSON.parse(text), text);
  }

  /**
   * Looks at a row once.
   *
   * @in   row: what JSON.parse makes of the text, an object; unitBytes: UTF-8 bytes that a UTF-16 unit of the text has at most
   * @out  its shape, when it surely fits as it stands and deletes nothing
   */
  look(row: RowObject, text: string, unitBytes = mostBytesOfUnit): Shape | undefined {
    // What is escaped by its number can be any character.
    const bytes = text.includes('\\u') ? mostBytesOfUnit : unitBytes;
    let shape = this.#last;
    let found = shape === undefined ? otherKeys : lookAt(row, shape, text, bytes);
    if (found === otherKeys) {
      shape = this.#shapeOf(Object.keys(row));
      found = lookAt(row, shape, text, bytes);
    }
    if (found === unsure || !shape?.isPlain) return undefined;
    return found === longNumbers && shape.holdsNumbers && holdsLongNumber(text) ? undefined : shape;
  }

  /** @in  row: what JSON.parse makes of the text, an object */
  fit(row: RowObject, text: string): FittedRow {
    const plain = this.look(row, text);
    if (plain !== undefined) return asItIs(text, plain);
    const shape = this.#shapeOf(Object.keys(row));
    if (shape.problem !== undefined) return { ok: false, reason: shape.problem };
    const { deletedColumn } = this.#table.rules;
    if (deletedColumn !== undefined && shape.lacks !== undefined && row[deletedColumn] === 1)
      return this.fit({ ...row, ...fillersOf(shape, this.#table) }, withFillers(text, shape, this.#table));
    const operation = shape.operation < 0 ? undefined : readOperation(row[operationKey], this.#table);
    if (typeof operation === 'string') return { ok: false, reason: operation };
    if (!operation?.deletes) return this.#fitClosely(text, shape);
    const isAsItCame = operation.isPlain && this.look({ ...row, [operationKey]: 0 }, text) !== undefined;
    return isAsItCame ? { ok: true, text, shape, came: shape, deletes: true } : this.#fitDelete(text, shape);
  }

  #shapeOf(keys: readonly string[]): Shape {
    // Rows mostly hold what the row before them holds.
    if (this.#last !== undefined && areSame(keys, this.#last.keys)) return this.#last;
    const key = shapeKey(keys);
    const known = this.#shapes.get(key);
    this.#last = known;
    if (known !== undefined) return known;
    const shape = shapeOf(keys, this.#table, this.#only);
    if (this.#shapes.size >= shapesKept) this.#shapes.clear();
    this.#shapes.set(key, shape);
    return shape;
  }

  #fitClosely(text: string, shape: Shape): FittedRow {
    if (shape.lacks !== undefined) return { ok: false, reason: shape.lacks };
    const fields = new Map<string, string>();
    let isChanged = shape.isRenamed;
    for (const [key, written] of fieldsOf(text)) {
      if (key === operationKey) {
        isChanged ||= written !== '0';
        fields.set(key, '0');
      }
      const column = shape.columns[shape.keys.indexOf(key)];
      if (column === undefined) continue;
      const value = this.#fitField(column, written);
      if ('reason' in value) return { ok: false, ...value };
      isChanged ||= value.text !== written;
      if (value.text === undefined) fields.delete(column.source);
      else fields.set(column.source, value.text);
    }
    return isChanged ? this.#rewritten(fields, shape, false) : { ok: true, text, shape, came: shape, deletes: false };
  }

  /** @out  the value as it is to be written; no text: as if it were absent */
  #fitField(column: FitColumn, written: string): { readonly text: string | undefined } | { readonly reason: string } {
    // NULL is no number that StarRocks would give.
    if (column.autoIncrement && written === 'null') return { text: undefined };
    const { checksRows } = this.#table.rules;
    const fitted = fitField(column, givenOf(written), this.#table);
    if (fitted.as === 'unfit' && checksRows) return { reason: `column '${column.name}': ${fitted.unfit}` };
    return { text: fitted.as === 'other' ? writtenOf(fitted.value) : written };
  }

  /** Of a row that deletes only the key counts; StarRocks looks at the others all the same. */
  #fitDelete(text: string, shape: Shape): FittedRow {
    const { primaryKey = [], columns, rules } = this.#table;
    const fields = new Map<string, string>();
    for (const [key, written] of fieldsOf(text)) {
      const column = columnOf(this.#table, key);
      if (column === undefined || !primaryKey.includes(column.name)) continue;
      const value = this.#fitField(column, written);
      if ('reason' in value) return { ok: false, ...value };
      if (value.text !== undefined) fields.set(column.source, value.text);
    }
    const lacking = primaryKey.find((name) => !fields.has(columnOf(this.#table, name)?.source ?? name));
    if (lacking !== undefined) return { ok: false, reason: `column '${lacking}' of the key is absent` };
    if (!rules.isPartial)
      for (const column of columns)
        if (!fields.has(column.source) && !column.nullable && !column.autoIncrement)
          fields.set(column.source, fillerOf(column));
    return this.#rewritten(fields.set(operationKey, '1'), shape, true);
  }

  #rewritten(fields: ReadonlyMap<string, string>, came: Shape, deletes: boolean): FittedRow {
    const text = writeFields(fields);
    const shape = this.#shapeOf([...fields.keys()]);
    // What was text inside of a string is part of the row now.
    const problem = shape.problem ?? jsonRowProblem(text);
    return problem === undefined ? { ok: true, text, shape, came, deletes } : { ok: false, reason: problem };
  }
}

/** What StarRocks asks for in a row that stands for a deleted one, of which its source tells the key, or little more. */
const fillersOf = (shape: Shape, { columns }: FitTable): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    columns
      .filter((column) => column.isRequired && !shape.held.has(column))
      .map((column) => [column.name, JSON.parse(fillerOf(column))]),
  );

const withFillers = (text: string, shape: Shape, table: FitTable): string =>
  writeFields(
    new Map([
      ...fieldsOf(text),
      ...Object.entries(fillersOf(shape, table)).map(([name, value]) => [name, JSON.stringify(value)] as const),
    ]),
  );

const areSame = (keys: readonly string[], others: readonly string[]) =>
  keys.length === others.length && keys.every((key, at) => key === others[at]);

/** What a value becomes in its column, NULL too. */
export function fitField(column: FitColumn, given: Given | null, { rules }: Pick<FitTable, 'rules'>): Fitted {
  if (given !== null) return fitValue(given, column.type, rules);
  if (column.nullable) return { as: 'it is' };
  return { as: 'unfit', unfit: 'NULL, and the column is NOT NULL' };
}

/** @out  what the row does, and whether it says so as StarRocks understands it; or why that cannot be told */
export function readOperation(
  found: unknown,
  { primaryKey }: FitTable,
): { readonly deletes: boolean; readonly isPlain: boolean } | string {
  const word = typeof found === 'string' ? found.trim().toLowerCase() : found;
  const isUpsert = word === null || word === 0 || word === '0' || word === 'upsert' || word === '';
  const isDelete = word === 1 || word === '1' || word === 'delete';
  if (!isUpsert && !isDelete) {
    const shown = JSON.stringify(found)?.slice(0, 64);
    return `__op is ${shown}, expected 0 or "upsert", 1 or "delete"`;
  }
  if (isDelete && primaryKey === undefined) return '__op deletes, and the table is none with a primary key';
  return { deletes: isDelete, isPlain: found === 0 || found === 1 };
}
