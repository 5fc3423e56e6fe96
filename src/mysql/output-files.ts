import { createStatements, script } from './ddl.ts';
import { definedTables } from './defined-tables.ts';
import { flinkStatements } from './flink-ddl.ts';
import type { PlannedTable } from './plan-table.ts';
import { sinkFile } from './routes.ts';
import type { SinkFileOptions } from './sink-options.ts';
import type { MysqlAddress, TableRule } from './smt-config.ts';
import type { TypeChoices } from './types.ts';

/**
 * The files of a migration in smt's layout: one of each kind for every rule that takes a table, and one for all.
 *
 * @out  text by file name
 */
export function migrationFiles(
  tables: readonly PlannedTable[],
  optionsOf: ReadonlyMap<TableRule, SinkFileOptions>,
  $schema: string | undefined,
  flink: { readonly mysql: MysqlAddress; readonly choices: TypeChoices } | undefined,
  types: boolean,
): ReadonlyMap<string, string> {
  const groups = [...Map.groupBy(tables, (table) => table.rule)].map(([rule, own]) => [rule.name, own] as const);
  const all = tables.length > 0 ? [...groups, ['all', tables] as const] : [];
  return new Map(
    all.flatMap(([name, own]): [string, string][] => [
      [`starrocks-create.${name}.sql`, script(createStatements(own))],
      [`sink-route.${name}.json`, `${JSON.stringify(sinkFile(own, optionsOf, $schema), null, 2)}\n`],
      ...(flink
        ? [[`flink-create.${name}.sql`, script(flinkStatements(own, flink.mysql, flink.choices))] as [string, string]]
        : []),
      ...(types ? [[`tables.${name}.ts`, definedTables(own)] as [string, string]] : []),
    ]),
  );
}
