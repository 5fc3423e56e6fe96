import type { EditableCatalog } from '../storage/catalog.ts';
import type { DdlStatement, TableName } from './ddl.ts';
import { type AlterSetting, checkChange, planAlteration, type TableChange } from './ddl-alter.ts';
import { concludeView, type DescribedQuery } from './ddl-view.ts';
import { SqlError } from './sql-error.ts';

export interface ApplySetting extends AlterSetting {
  /** Translates a query. @throws SqlError, or what DuckDB throws */
  describe(query: string): Promise<DescribedQuery>;
}

/** Does what a DDL statement says. @throws SqlError */
export async function applyDdl(
  statement: DdlStatement,
  catalog: EditableCatalog,
  setting: ApplySetting,
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
    case 'create-view':
      return createView(statement, catalog, setting);
    case 'drop-view':
      return catalog.dropView(statement.name.database, statement.name.table, statement);
    case 'truncate-table':
      return catalog.truncate(statement.name.database, statement.name.table);
    case 'alter-table':
      return alterTable(statement.name, statement.changes, catalog, setting);
  }
}

async function createView(
  { name, view, ifNotExists, orReplace }: Extract<DdlStatement, { kind: 'create-view' }>,
  catalog: EditableCatalog,
  { describe }: ApplySetting,
): Promise<void> {
  const { database, table } = name;
  if (!catalog.hasDatabase(database)) throw SqlError.unknownDatabase(database);
  const exists = catalog.view(database, table) !== undefined || catalog.table(database, table) !== undefined;
  if (ifNotExists && exists) return;
  const described = await describe(view.query);
  await catalog.createView(concludeView(name, view, described, catalog), described.sql, { orReplace });
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
