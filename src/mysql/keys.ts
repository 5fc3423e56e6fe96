import { parseColumnType } from './column-type.ts';
import type { SourceColumn, SourceKey, SourceTable } from './information-schema.ts';
import { starRocksType, type TypeChoices } from './types.ts';

/** Types that may stand in a duplicate (sort) key. */
const sortKeyTypes = /^(BOOLEAN|TINYINT|SMALLINT|INT|BIGINT|LARGEINT|VARCHAR|STRING|DATE|DATETIME|DECIMAL)\b/;

/** Bytes of an encoded primary key that a backend takes by default. Source: BE option primary_key_limit_size. */
export const primaryKeyLimitBytes = 128;

const fixedBytes: Readonly<Record<string, number>> = {
  BOOLEAN: 1,
  TINYINT: 1,
  SMALLINT: 2,
  INT: 4,
  BIGINT: 8,
  LARGEINT: 16,
  DATE: 4,
  DATETIME: 8,
};

/**
 * The key that tells the rows of a table apart: the primary key, or else the first unique index whose columns are all NOT
 * NULL. Foreign keys never count.
 */
export function rowKey(table: SourceTable): SourceKey | undefined {
  const nullable = new Set(table.columns.filter((column) => column.nullable).map((column) => column.name));
  return table.keys.find((key) => key.columns.every((name) => !nullable.has(name)));
}

export const mayBeSortKey = (type: string) => sortKeyTypes.test(type);

/**
 * Columns to sort a keyless table by: at most three that StarRocks takes. smt takes the first three whatever they are; its profile
 * stops before one that StarRocks refuses.
 *
 * @out  empty when no column may be sorted by
 */
export function sortKey(table: SourceTable, choices: TypeChoices): readonly string[] {
  const fits = (column: SourceColumn) => mayBeSortKey(starRocksType(parseColumnType(column), choices, false).type);
  const columns = table.columns.filter((column) => !column.isPeriod);
  const leading = columns.findIndex((column) => !fits(column));
  const firstOnes = leading === -1 ? columns : columns.slice(0, leading);
  const candidates = choices.profile === 'smt' && leading !== 0 ? firstOnes : columns.filter(fits);
  return candidates.slice(0, 3).map((column) => column.name);
}

/** Most bytes that a key of these StarRocks types encodes to. */
export function keyBytes(types: readonly string[]): number {
  return types.reduce((sum, type) => {
    const [base = ''] = /^[A-Z]+/.exec(type) ?? [];
    return sum + (fixedBytes[base] ?? Number(/\((\d+)/.exec(type)?.[1] ?? 65_533));
  }, 0);
}
