import type { TableDefinition } from '../model.ts';
import type { EditableCatalog } from '../storage/catalog.ts';
import type { TableName } from './ddl.ts';
import type { Relation } from './dialect.ts';
import { informationSchema, systemTable } from './information-schema/tables.ts';
import { SqlError } from './sql-error.ts';

/** What a query means. @in selected: the database of names that have none */
export function relationNamed(
  catalog: EditableCatalog,
  path: readonly string[],
  selected: string | undefined,
): Relation {
  const table = path.at(-1) ?? '';
  const database = path.at(-2) ?? selected;
  if (database === undefined) throw SqlError.noDatabase();
  const isSystem = database.toLowerCase() === informationSchema;
  const found = isSystem ? systemTable(table) : (catalog.table(database, table) ?? catalog.view(database, table));
  if (found !== undefined) return found;
  if (!isSystem && !catalog.hasDatabase(database)) throw SqlError.unknownDatabase(database);
  throw SqlError.unknownTable(`${database}.${table}`);
}

/** The table that a statement changes. */
export function tableNamed(catalog: EditableCatalog, { database, table }: TableName): TableDefinition {
  const found = catalog.table(database, table);
  if (found !== undefined) return found;
  if (!catalog.hasDatabase(database)) throw SqlError.unknownDatabase(database);
  throw SqlError.unknownTable(table);
}
