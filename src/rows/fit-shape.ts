import { lazily } from '../kit/lazily.ts';
import { unnamed } from './csv-header.ts';
import { type QuickCheck, quickCheck, uncheckedKey, upserts } from './fit-quickly.ts';
import { columnOf, type FitColumn, type FitTable } from './fit-table.ts';
import { formOf, type Member, type RowForm } from './row-form.ts';
import { patternOfRows, type RowPattern } from './row-pattern.ts';

/** The key of the operation of a row. @source Stream Load reference §8 */
export const operationKey = '__op';

/** What rows with the same keys, in the same order, have in common. */
export interface Shape {
  readonly keys: readonly string[];
  /** Of each key, the column that it means. */
  readonly columns: readonly (FitColumn | undefined)[];
  /** Of each key, how it is told that a value surely is right as it stands. */
  readonly checks: readonly QuickCheck[];
  /** Tells from the text of a row that all of them are; undefined: nothing does. */
  readonly pattern: RowPattern | undefined;
  /** The same for the scanner, made when it is asked for first. */
  readonly form: () => RowForm | undefined;
  /** Characters of a row but for its values, when it is written without white space. */
  readonly frameLength: number;
  /** A row is one of the table if its values are right. */
  readonly isPlain: boolean;
  /** Some of its values could be numbers of more digits than a parser keeps. */
  readonly holdsNumbers: boolean;
  /** The columns that are held, in table order, as one text. */
  readonly held: ReadonlySet<FitColumn>;
  readonly signature: string;
  /** Keys that no column has, and that nobody left out on purpose. */
  readonly unknown: readonly string[];
  /** Keys whose case is not that of their column. */
  readonly misspelt: readonly string[];
  /** Some key is not the one by which a load reads its column. */
  readonly isRenamed: boolean;
  /** Where `__op` stands; -1: nowhere. */
  readonly operation: number;
  /** Why no row of this shape is one of the table. */
  readonly problem: string | undefined;
  /** Why none is, unless it deletes. */
  readonly lacks: string | undefined;
}

/** What nobody meant for a column. */
const isNoKey = (key: string) => key === operationKey || key === unnamed;

const separator = '\0';

export const shapeKey = (keys: readonly string[]): string => keys.join(separator);

/** @in  only: the columns that a message says its rows are read for; undefined: all */
export function shapeOf(keys: readonly string[], table: FitTable, only: ReadonlySet<string> | undefined): Shape {
  const columns = keys.map((key) => {
    const column = columnOf(table, key);
    return column && (only === undefined || only.has(column.name)) ? column : undefined;
  });
  const held = new Set(table.columns.filter((column) => columns.includes(column)));
  const named = keys.filter((_, at) => columns[at] !== undefined);
  const unknown = keys.filter((key) => !isNoKey(key) && columnOf(table, key) === undefined);
  const isRenamed = named.some((key) => columnOf(table, key)?.source !== key);
  const problem = problemOf(columns, held, unknown, table);
  const lacks = lackOf(held, table);
  const isPlain = !isRenamed && problem === undefined && lacks === undefined;
  const members = keys.map((key, at) => memberOf(key, columns[at]));
  return {
    ...{ keys, columns, held, unknown },
    checks: keys.map((key, at) => checkOf(key, columns[at])),
    frameLength: keys.reduce((length, key) => length + JSON.stringify(key).length + '":,'.length - 1, 1),
    holdsNumbers: [...held].some(({ type }) => mayHoldDigits.has(type.kind)),
    signature: [...held].map(({ name }) => name).join(separator),
    misspelt: named.filter((key) => ![columnOf(table, key)?.name, columnOf(table, key)?.source].includes(key)),
    isRenamed,
    operation: keys.indexOf(operationKey),
    ...{ problem, lacks, isPlain, pattern: isPlain ? patternOfRows(members) : undefined },
    form: lazily(() => (isPlain ? formOf(members) : undefined)),
  };
}

const mayHoldDigits: ReadonlySet<string> = new Set(['integer', 'decimal', 'array']);

function memberOf(key: string, column: FitColumn | undefined): Member {
  if (key === operationKey) return { key, type: 'upsert', isNullable: false };
  return { key, type: column?.type ?? 'any', isNullable: column?.nullable ?? true };
}

function checkOf(key: string, column: FitColumn | undefined): QuickCheck {
  if (key === operationKey) return upserts;
  return column === undefined ? uncheckedKey : quickCheck(column.type, column.nullable);
}

function problemOf(
  columns: readonly (FitColumn | undefined)[],
  held: ReadonlySet<FitColumn>,
  unknown: readonly string[],
  { rules, primaryKey }: FitTable,
): string | undefined {
  if (held.size === 0) return columns.length === 0 ? 'an object without keys' : 'none of its keys is a column';
  const twice = columns.find((column, at) => column && columns.indexOf(column) !== at);
  if (twice) return `column '${twice.name}' has two keys that differ in their case only`;
  if (unknown.length > 0 && rules.unknownKeys === 'reject')
    return `${unknown.length} keys are no columns, the first is ${JSON.stringify(unknown[0]?.slice(0, 64))}${rules.refusal === undefined ? '' : `, and no column was added: ${rules.refusal}`}`;
  const names = new Set([...held].map(({ name }) => name));
  const lacking = primaryKey?.find((name) => !names.has(name));
  return lacking !== undefined && rules.isPartial ? `column '${lacking}' of the key is absent` : undefined;
}

function lackOf(held: ReadonlySet<FitColumn>, { columns, rules }: FitTable): string | undefined {
  if (rules.isPartial || !rules.checksRows) return undefined;
  const lacking = columns.find((column) => column.isRequired && !held.has(column));
  return lacking && `column '${lacking.name}' is NOT NULL without a DEFAULT, and is absent`;
}
