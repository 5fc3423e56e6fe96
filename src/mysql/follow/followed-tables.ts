import type { Routes } from '../../options/compile-routes.ts';
import { systemDatabases } from '../assignment.ts';
import type { SourceTable } from '../information-schema.ts';
import { rowKey } from '../keys.ts';
import { type LeavesOut, nothing } from './left-out.ts';
import { selectedColumn } from './select-cells.ts';
import type { FollowedTable } from './source.ts';

/** Whether rows of a table are wanted: a route takes it. */
export function followsBy(routes: Routes): (database: string, table: string) => boolean {
  const system = new Set(systemDatabases);
  return (database, table) => !system.has(database.toLowerCase()) && routes.routeOf(database, table) !== undefined;
}

/** The tables of a schema that routes take. */
export function followedTables(
  tables: readonly SourceTable[],
  routes: Routes,
  leavesOut: LeavesOut = nothing,
): readonly FollowedTable[] {
  const follows = followsBy(routes);
  return tables.flatMap((whole) => {
    const { database, name: table } = whole;
    const source = { ...whole, columns: whole.columns.filter(({ name }) => !leavesOut(whole, name)) };
    const route = follows(database, table) ? routes.routeOf(database, table) : undefined;
    if (route === undefined) return [];
    const columns = source.columns.map(selectedColumn).map(({ name, kind }) => ({ name, kind }));
    const key = rowKey(source)?.columns ?? [];
    return [{ database, table, route, key, source, whole, shape: { database, table, columns } }];
  });
}
