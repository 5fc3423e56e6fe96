/** Followed tables and their targets, for tests of what is compared between them. */
import { followedTables } from '../../src/mysql/follow/followed-tables.ts';
import type { FollowedTable } from '../../src/mysql/follow/source.ts';
import type { SourceTable } from '../../src/mysql/information-schema.ts';
import { compileRoutes } from '../../src/options/compile-routes.ts';
import { requireOptions } from '../../src/options/parse.ts';
import { requireRoutes } from '../../src/options/parse-routes.ts';
import type { RouteGiven } from '../../src/options/route.ts';
import type { TableColumn, TableSchema } from '../../src/starrocks/schema.ts';

const options = requireOptions({
  ...{ 'load-url': 'fe:8030', username: 'u', password: '', 'sink.tables.allow': '*.*' },
  'jdbc-url': 'jdbc:mysql://fe:9030',
});

export const routesOf = (...routes: readonly RouteGiven[]) => compileRoutes(requireRoutes(routes, options), options);

export const followed = (tables: readonly SourceTable[], ...routes: readonly RouteGiven[]): readonly FollowedTable[] =>
  followedTables(tables, routesOf(...routes));

/** A column as `name type [NOT NULL] [KEY] [DEFAULT x]`. */
function targetColumn(definition: string): TableColumn {
  const [, name = '', type = ''] = /^(\S+)\s+(.*?)(?:\s+(?:NOT NULL|KEY|DEFAULT).*)?$/s.exec(definition) ?? [];
  const key = /\bKEY\b/.test(definition);
  return {
    ...{ name, type, key, nullable: !key && !/NOT NULL/.test(definition) },
    ...{ generated: false, autoIncrement: false, default: /DEFAULT (\S+)/.exec(definition)?.[1] },
  };
}

export const target = (model: TableSchema['model'], ...columns: readonly string[]): TableSchema => ({
  model,
  columns: columns.map(targetColumn),
});
