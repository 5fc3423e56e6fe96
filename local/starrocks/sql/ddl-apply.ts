import type { EditableCatalog } from '../storage/catalog.ts';
import type { DdlStatement, TableName } from './ddl.ts';
import { type AlterSetting, checkChange, planAlteration, type TableChange } from './ddl-alter.ts';
import { SqlError } from './sql-error.ts';

/** Does what a DDL statement says. @throws SqlError */
export async function applyDdl(
  statement: DdlStatement,
  catalog: EditableCatalog,
  setting: AlterSetting,
): Promise<void> {
  switch (statement.kind) {
    case 'create-database':
      return catalog.createDatabase(statement.database, statement);
    case 'drop-database':
      return catalog.dropDatabase(statement.database, statement);
    case 'create-table':
      return catalog.createTable(statement.definition, statement);
    case 'drop-table':
      return catalog.dropTable(statement.name.database, statement.name.table, statement);
    case 'truncate-table':
      return catalog.truncate(statement.name.database, statement.name.table);
    case 'alter-table':
      return alterTable(statement.name, statement.changes, catalog, setting);
  }
}

async function alterTable(
  { database, table }: TableName,
  changes: readonly TableChange[],
  catalog: EditableCatalog,
  setting: AlterSetting,
): Promise<void> {
  const found = catalog.table(database, table);
  if (database === 'information_schema') {
    throw SqlError.refused(`Do not support alter non-native table/materialized-view[${database}.${table}]`);
  }
  if (!catalog.hasDatabase(database)) throw SqlError.refused(`Database default_catalog.${database} is not found`);
  if (found === undefined) throw SqlError.refused(`Table ${table} is not found`);
  for (const change of changes) checkChange(found, change, setting);
  catalog.refuseWhileBusy(database, table);
  const inTable = changes.filter(({ change }) => change !== 'rename-table' && change !== 'swap');
  if (inTable.length > 0) await catalog.alter(found, planAlteration(found, inTable, setting));
  for (const change of changes) {
    if (change.change === 'rename-table') await catalog.renameTable(database, table, change.to);
    if (change.change === 'swap') await catalog.swapTables(database, table, change.with);
  }
}
