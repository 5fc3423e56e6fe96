import { DuckDBTypeId } from '@duckdb/node-api';
import type { Column, ColumnType } from '../model.ts';
import { resultColumn, typeOfDuck } from '../mysql/mysql-columns.ts';
import type { Answer } from '../mysql/mysql-replies.ts';
import { duckType } from '../storage/duck-names.ts';
import type { QueryResult } from '../storage/engine.ts';
import type { Relation } from './dialect.ts';
import { type SelectItem, selectItems } from './select-items.ts';
import { type Token, tokenize } from './sql-tokens.ts';

/** A type, and how it is written when a table declares it. */
export type Typed = Pick<ColumnType, 'base' | 'length' | 'precision' | 'scale'> & { readonly text?: string };

/** What a query found, its columns as StarRocks would introduce them. */
export function rowsAnswer(sql: string, tables: readonly Relation[], result: QueryResult): Answer {
  const types = columnTypes(sql, tables, result);
  const columns = result.columns.map(({ name, type }, index) =>
    resultColumn(name, types[index] ?? typeOfDuck(type), type),
  );
  return { kind: 'rows', columns, rows: withoutUnions(result, tables) };
}

/** The StarRocks types of a query's columns. */
export function columnTypes(sql: string, tables: readonly Relation[], result: QueryResult): Typed[] {
  const tokens = tokenize(sql);
  const items = selectItems(tokens);
  const sums = tokens.some((token, index) => /^sum$/i.test(token.value) && tokens[index + 1]?.value === '(');
  return result.columns.map(({ name, type }, index): Typed => {
    const item = itemOf(items, index, result.columns.length);
    const source = item?.kind === 'path' ? (item.expression.at(-1)?.value ?? name) : name;
    const known =
      item?.kind === 'expression' ? literalType(item.expression) : declaredType(source, String(type), tables);
    if (known !== undefined) return known;
    // DuckDB sums integers as HUGEINT, StarRocks as BIGINT.
    const isSum = sums && type.typeId === DuckDBTypeId.HUGEINT && result.rows.every((row) => isBigint(row[index]));
    return isSum ? { base: 'BIGINT' } : typeOfDuck(type);
  });
}

/** Clients see NULL for a BITMAP, HLL or PERCENTILE, whatever is in it. No other type of StarRocks is kept as UBIGINT[]. */
function withoutUnions({ columns, rows }: QueryResult, tables: readonly Relation[]): QueryResult['rows'] {
  const isUnion = columns.map(
    ({ name, type }) => String(type) === 'UBIGINT[]' || declaredType(name, String(type), tables)?.base === 'PERCENTILE',
  );
  if (!isUnion.includes(true)) return rows;
  return rows.map((row) => row.map((value, index) => (isUnion[index] === true ? null : value)));
}

/** The item that gave a column; undefined for one that may come from a `*`. */
function itemOf(items: readonly SelectItem[], index: number, columns: number): SelectItem | undefined {
  const stars = items.filter(({ kind }) => kind === 'star').length;
  if (stars === 0) return items[index];
  const first = items.findIndex(({ kind }) => kind === 'star');
  if (index < first) return items[index];
  const fromEnd = columns - index;
  const tail = items.length - 1 - items.findLastIndex(({ kind }) => kind === 'star');
  return fromEnd <= tail ? items.at(-fromEnd) : undefined;
}

function declaredType(name: string, type: string, tables: readonly Relation[]): Typed | undefined {
  const isIt = (column: Column) => column.name.toLowerCase() === name.toLowerCase() && isKeptAs(column, type);
  return tables.flatMap(({ columns }) => columns).find(isIt)?.type;
}

function isKeptAs(column: Column, type: string): boolean {
  try {
    return duckType(column.type) === type;
  } catch {
    return false;
  }
}

/** A number has the smallest type that holds it; NULL is a BOOLEAN. */
function literalType(expression: readonly Token[]): Typed | undefined {
  const [token, ...rest] = expression;
  if (rest.length === 0 && token?.kind === 'word' && /^NULL$/i.test(token.value)) return { base: 'BOOLEAN' };
  if (rest.length > 0 || token?.kind !== 'number' || !/^\d+$/.test(token.raw)) return undefined;
  const value = BigInt(token.raw);
  if (value < 128n) return { base: 'TINYINT' };
  return value < 32_768n ? { base: 'SMALLINT' } : undefined;
}

function isBigint(value: unknown): boolean {
  return value === null || (typeof value === 'bigint' && BigInt.asIntN(64, value) === value);
}
