import { globs } from '../../kit/globs.ts';
import type { SourceTable } from '../information-schema.ts';
import { rowKey } from '../keys.ts';

/** Whether nobody wants a column of a table. Those of its key are wanted always. */
export type LeavesOut = (table: SourceTable, column: string) => boolean;

export const nothing: LeavesOut = () => false;

/** @in  patterns: `database.table.column`, where * is any part of a name */
export function leavesOutBy(patterns: readonly string[]): LeavesOut {
  if (patterns.length === 0) return nothing;
  const fits = globs(patterns);
  return (table, column) =>
    fits(`${table.database}.${table.name}.${column}`) && !(rowKey(table)?.columns ?? []).includes(column);
}
