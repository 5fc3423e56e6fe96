import type { TableDefinition, ViewDefinition } from '../../model.ts';
import type { EditableCatalog } from '../../storage/catalog.ts';
import { type Accounts, identityText, rolesOf, type Subject } from '../../users/accounts.ts';
import type { Securable } from '../../users/privileges.ts';
import { SqlError } from '../sql-error.ts';

/** What one subject may do. */
export interface Rights {
  allowed(privilege: string, object: Securable): boolean;
  /** @throws SqlError 5203 */
  require(privilege: string, object: Securable): void;
}

export function rightsOf(accounts: Accounts, subject: Subject): Rights {
  const allowed = (privilege: string, object: Securable) => accounts.allowed(subject, privilege, object);
  return {
    allowed,
    require(privilege, object) {
      if (!allowed(privilege, object)) throw denied(accounts, subject, privilege, object);
    },
  };
}

/** @in privilege: one, or several with OR between them */
function denied(accounts: Accounts, subject: Subject, privilege: string, object: Securable): SqlError {
  const { active, inactive } = rolesOf(accounts, subject);
  const listed = (roles: readonly string[]) => (roles.length === 0 ? 'NONE' : `[${roles.join(', ')}]`);
  const message =
    `Access denied; you need (at least one of) the ${privilege} privilege(s) on ${named(object)} for this operation. ` +
    'Please ask the admin to grant permission(s) or try activating existing roles using <set [default] role>. ' +
    `Current role(s): ${listed(active)}. Inactivated role(s): ${listed(inactive)}.`;
  return new SqlError(5203, '42000', message);
}

/** As messages name it: a table without its database. */
function named({ kind, database, name }: Securable): string {
  if (kind === 'SYSTEM') return kind;
  return `${kind} ${kind === 'CATALOG' ? 'default_catalog' : (name ?? database ?? '')}`;
}

export function securable(relation: TableDefinition | ViewDefinition): Securable {
  const { database, name } = relation;
  return { kind: 'model' in relation ? 'TABLE' : 'VIEW', database, name };
}

/** The catalog as a subject sees it: what he has no privilege on is not listed, and denied when he names it. */
export function visibleCatalog(catalog: EditableCatalog, rights: Rights): Visible {
  const sees = (relation: TableDefinition | ViewDefinition) => rights.allowed('ANY', securable(relation));
  const seen = <T extends TableDefinition | ViewDefinition>(relation: T | undefined): T | undefined => {
    if (relation !== undefined) rights.require('ANY', securable(relation));
    return relation;
  };
  return {
    hasDatabase: (database) => catalog.hasDatabase(database),
    schemaJobs: (database) => catalog.schemaJobs(database),
    databases: () => catalog.databases().filter((database) => rights.allowed('ANY', { kind: 'DATABASE', database })),
    tables: (database) => catalog.tables(database).filter(sees),
    views: (database) => catalog.views(database).filter(sees),
    table: (database, table) => seen(catalog.table(database, table)),
    view: (database, view) => seen(catalog.view(database, view)),
  };
}

/** What statements that show things can ask of a catalog. */
export type Visible = Pick<
  EditableCatalog,
  'hasDatabase' | 'databases' | 'tables' | 'views' | 'table' | 'view' | 'schemaJobs'
>;

export function userNotFound(identity: Subject['identity']): SqlError {
  return SqlError.refused(`cannot find user ${identityText(identity)}!`);
}
