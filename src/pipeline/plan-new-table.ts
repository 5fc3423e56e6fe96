/** What a table looks like that is made because rows came for it: by its route, or by the rows. */
import { SinkError } from '../kit/errors.ts';
import { createTable, type DescribedTable } from '../mysql/ddl.ts';
import { mayBeSortKey } from '../mysql/keys.ts';
import type { CompiledRoute } from '../options/compile-routes.ts';
import type { TableId } from '../ports.ts';
import type { NewColumn } from '../starrocks/change-table.ts';

interface NewTable extends TableId {
  readonly columns: readonly NewColumn[];
  /** Empty: it is a duplicate-key table. */
  readonly primaryKey: readonly string[];
}

export const planOfRoute = ({ target, columns, primaryKey, mode }: CompiledRoute): NewTable => ({
  ...target,
  columns: columns.map(({ name, type }) => ({ name, type })),
  primaryKey: mode === 'history' ? [] : primaryKey,
});

/** @throws SinkError TABLE_UNPLANNED: the rows do not say what table they need */
export function planOfRows(
  table: TableId,
  columns: readonly NewColumn[],
  route: CompiledRoute | undefined,
  removesRows: boolean,
): NewTable {
  const primaryKey = route?.mode === 'mirror' ? route.primaryKey : [];
  const name = `${table.database}.${table.table}`;
  const refuse = (why: string): never => {
    throw new SinkError('TABLE_UNPLANNED', `${name} is not there, and ${why}.`);
  };
  if (columns.length === 0)
    refuse(
      'no row has a value under a name that would say which columns it needs (CSV is named by the attribute columns, or by sink.csv.header = yes)',
    );
  if (removesRows && primaryKey.length === 0) refuse('rows delete others, by a key that no route names');
  const lacking = primaryKey.find((key) => columns.every((column) => column.name !== key));
  if (lacking !== undefined) refuse(`no row has ${lacking} of the primaryKey of its route`);
  return { ...table, columns: columns.map((column) => forKey(column, primaryKey)), primaryKey };
}

/** In a key, StarRocks takes no fractions and nothing nested, and few bytes. */
function forKey(column: NewColumn, primaryKey: readonly string[]): NewColumn {
  if (!primaryKey.includes(column.name)) return column;
  return /^(BOOLEAN|BIGINT|LARGEINT|DATE|DATETIME)$/.test(column.type) ? column : { ...column, type: 'VARCHAR(255)' };
}

/**
 * Key columns first, since StarRocks wants them there; without a primary key, sorted by the first column that may be.
 *
 * @throws  SinkError TABLE_UNPLANNED
 */
export function tableStatement({ database, table, columns, primaryKey }: NewTable): string {
  const sorted = columns.find(({ type }) => mayBeSortKey(type))?.name;
  const key = primaryKey.length > 0 ? primaryKey : sorted === undefined ? [] : [sorted];
  if (key.length === 0)
    throw new SinkError(
      'TABLE_UNPLANNED',
      `${database}.${table} is not there, and none of its columns can be sorted by.`,
    );
  const isPrimary = primaryKey.length > 0;
  const rank = (name: string) => (key.includes(name) ? key.indexOf(name) : key.length);
  const described: DescribedTable = {
    ...{ database, name: table, comment: '', properties: {} },
    columns: columns
      .toSorted((a, b) => rank(a.name) - rank(b.name))
      .map(({ name, type }) => ({ name, type, comment: '', nullable: !(isPrimary && key.includes(name)) })),
    key: { model: isPrimary ? 'primary' : 'duplicate', columns: key },
    distributedBy: isPrimary ? `HASH(${key.map((name) => `\`${name}\``).join(', ')})` : 'RANDOM',
  };
  return createTable(described);
}
