import type { SourceTable } from './information-schema.ts';
import { matchingNames } from './patterns.ts';
import type { TableRule } from './smt-config.ts';

/** Databases of MySQL itself, which no rule takes. */
export const systemDatabases: readonly string[] = ['information_schema', 'mysql', 'performance_schema', 'sys'];

/**
 * Gives every table to the last rule that matches it.
 *
 * @out     all rules in file order, each with its tables in the order given
 * @throws  SinkError MIGRATION_PATTERN_INVALID
 */
export function assignTables(
  rules: readonly TableRule[],
  tables: readonly SourceTable[],
): ReadonlyMap<TableRule, readonly SourceTable[]> {
  const candidates = tables.filter((table) => !systemDatabases.includes(table.database.toLowerCase()));
  const databases = new Set(candidates.map((table) => table.database));
  const names = new Set(candidates.map((table) => table.name));
  const matchers = rules.map((rule) => {
    const inDatabases = matchingNames(rule, 'database', databases);
    const inNames = matchingNames(rule, 'table', names);
    return { rule, takes: (table: SourceTable) => inDatabases.has(table.database) && inNames.has(table.name) };
  });
  const owned = Map.groupBy(candidates, (table) => matchers.findLast(({ takes }) => takes(table))?.rule);
  return new Map(rules.map((rule) => [rule, owned.get(rule) ?? []]));
}
