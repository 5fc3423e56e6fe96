import type { EditableCatalog } from '../../storage/catalog.ts';
import { catalogs, type Securable } from '../../users/privileges.ts';
import type { DdlStatement } from '../ddl.ts';
import type { Relation } from '../dialect.ts';
import { informationSchema } from '../information-schema/tables.ts';
import { type Rights, securable } from './access.ts';

/** What a DDL statement asks for; CREATE TABLE did while it was analyzed. @throws SqlError 5203; what does not exist is left to who looks for it */
export function requireDdl(ddl: DdlStatement, catalog: EditableCatalog, rights: Rights): void {
  if (ddl.kind === 'create-table') return;
  const [privilege, object] = asked(ddl);
  if (exists(catalog, object)) rights.require(privilege, object);
}

function asked(ddl: Exclude<DdlStatement, { kind: 'create-table' }>): readonly [privilege: string, object: Securable] {
  switch (ddl.kind) {
    case 'create-database':
      return ['CREATE DATABASE', catalogs];
    case 'drop-database':
      return ['DROP', { kind: 'DATABASE', database: ddl.database }];
    case 'create-view':
      return ['CREATE VIEW', { kind: 'DATABASE', database: ddl.name.database }];
    case 'drop-view':
      return ['DROP', { kind: 'VIEW', database: ddl.name.database, name: ddl.name.table }];
    default: {
      const privileges = { 'drop-table': 'DROP', 'truncate-table': 'DELETE', 'alter-table': 'ALTER' };
      return [privileges[ddl.kind], { kind: 'TABLE', database: ddl.name.database, name: ddl.name.table }];
    }
  }
}

function exists(catalog: EditableCatalog, { kind, database, name }: Securable): boolean {
  if (database === undefined) return true;
  if (name === undefined) return catalog.hasDatabase(database);
  return (kind === 'VIEW' ? catalog.view(database, name) : catalog.table(database, name)) !== undefined;
}

/** Everybody may read information_schema, which shows to each what he may see. */
export function requireSelect(tables: readonly Relation[], rights: Rights): void {
  for (const table of tables) {
    if (table.database !== informationSchema) rights.require('SELECT', securable(table));
  }
}
