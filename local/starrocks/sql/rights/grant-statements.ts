/** GRANT and REVOKE of privileges and roles. */
import type { EditableCatalog } from '../../storage/catalog.ts';
import { type Accounts, type Identity, identityText } from '../../users/accounts.ts';
import {
  catalogs,
  type Grant,
  type ObjectKind,
  privilegesOf,
  type Securable,
  wholeSystem,
  withGrant,
  withoutGrant,
} from '../../users/privileges.ts';
import { defaultCatalog, readDatabaseName, type Session } from '../session.ts';
import { SqlError } from '../sql-error.ts';
import type { TokenReader } from '../token-reader.ts';
import { rightsOf, userNotFound } from './access.ts';
import { readIdentity, readList, readName } from './identities.ts';
import { requireRole } from './user-statements.ts';

interface Setting {
  readonly accounts: Accounts;
  readonly catalog: EditableCatalog;
  readonly session: Session;
}

type Grantee = { readonly role: string } | { readonly user: Identity };

/** @out false for a statement that is neither */
export function changeGrants(reader: TokenReader, setting: Setting): boolean {
  const revokes = reader.accept('REVOKE');
  if (!revokes && !reader.accept('GRANT')) return false;
  const to = revokes ? 'FROM' : 'TO';
  const words = readList(reader, () => reader.raw((at) => at.seesSymbol(',') || at.sees('ON') || at.sees(to)));
  if (reader.accept('ON')) changePrivileges(reader, setting, words, revokes);
  else changeRoles(reader, setting, words.map(unquoted), revokes);
  return true;
}

function unquoted(word: string): string {
  return word.trim().replace(/^(['"`])(.*)\1$/, '$2');
}

function changePrivileges(reader: TokenReader, setting: Setting, words: readonly string[], revokes: boolean): void {
  const { accounts, session } = setting;
  const objects = readObjects(reader, setting);
  reader.expect(revokes ? 'FROM' : 'TO');
  const grantee = readGrantee(reader);
  const withGrantOption = !revokes && reader.accept('WITH', 'GRANT', 'OPTION');
  reader.expectEnd();
  for (const object of objects) requireExisting(setting.catalog, object);
  const privileges = readPrivileges(words, objects[0]?.kind ?? 'TABLE');
  const holder = holderOf(accounts, grantee);
  const passesOn = objects.every((object) =>
    [...privileges].every((privilege) => accounts.mayPassOn(session.subject, privilege, object)),
  );
  if (!passesOn) rightsOf(accounts, session.subject).require('GRANT', wholeSystem);
  for (const on of objects) {
    const grant: Grant = { on, privileges, withGrantOption };
    holder.grants = revokes ? withoutGrant(holder.grants, on, privileges) : withGrant(holder.grants, grant);
  }
}

function readPrivileges(words: readonly string[], kind: ObjectKind): ReadonlySet<string> {
  const names = words.map((word) => word.trim().replaceAll(/\s+/g, ' ').toUpperCase());
  if (names.length === 1 && /^ALL( PRIVILEGES)?$/.test(names[0] ?? '')) return new Set(privilegesOf[kind]);
  const unknown = names.find((name) => !privilegesOf[kind].includes(name));
  if (unknown !== undefined) throw SqlError.refused(`Cannot grant or revoke ${unknown} on '${kind}' type object`);
  return new Set(names);
}

function readObjects(reader: TokenReader, { session }: Setting): readonly Securable[] {
  if (reader.accept('SYSTEM')) return [wholeSystem];
  if (reader.accept('ALL', 'CATALOGS')) return [catalogs];
  if (reader.accept('CATALOG')) {
    const name = reader.identifier();
    if (name !== defaultCatalog) throw SqlError.refused(`cannot find catalog: ${name}`);
    return [catalogs];
  }
  if (reader.accept('ALL', 'DATABASES')) return [{ kind: 'DATABASE' }];
  if (reader.accept('DATABASE')) {
    return readList(reader, () => ({ kind: 'DATABASE', database: readDatabaseName(reader) }) as const);
  }
  for (const kind of ['TABLE', 'VIEW'] as const) {
    if (reader.accept('ALL', `${kind}S`, 'IN')) return [{ kind, ...readWhere(reader) }];
    if (reader.accept(kind)) return readList(reader, () => readRelation(reader, kind, session));
  }
  return readList(reader, () => readRelation(reader, 'TABLE', session));
}

function readWhere(reader: TokenReader): Pick<Securable, 'database'> {
  if (reader.accept('ALL', 'DATABASES')) return {};
  reader.expect('DATABASE');
  return { database: readDatabaseName(reader) };
}

function readRelation(reader: TokenReader, kind: 'TABLE' | 'VIEW', { database: selected }: Session): Securable {
  const { database = selected, name } = reader.qualifiedName();
  if (database === undefined) throw SqlError.noDatabase();
  return { kind, database, name };
}

function requireExisting(catalog: EditableCatalog, { kind, database, name }: Securable): void {
  if (database === undefined) return;
  if (!catalog.hasDatabase(database)) throw SqlError.refused(`cannot find db: ${database}`);
  if (name === undefined) return;
  const found = kind === 'VIEW' ? catalog.view(database, name) : catalog.table(database, name);
  if (found === undefined) throw SqlError.refused(`cannot find ${kind.toLowerCase()} ${name} in db ${database}`);
}

function readGrantee(reader: TokenReader): Grantee {
  if (reader.accept('ROLE')) return { role: readName(reader) };
  reader.accept('USER');
  return { user: readIdentity(reader) };
}

function holderOf(accounts: Accounts, grantee: Grantee) {
  if ('user' in grantee) {
    const account = accounts.find(grantee.user);
    if (account === undefined) throw userNotFound(grantee.user);
    return account;
  }
  requireRole(accounts, grantee.role, 'Can not grant/revoke privilege for role');
  const role = accounts.role(grantee.role);
  if (role === undefined || role.builtin) throw SqlError.failed(`role ${grantee.role} is not mutable`);
  return role;
}

function changeRoles(reader: TokenReader, setting: Setting, roles: readonly string[], revokes: boolean): void {
  const { accounts, session } = setting;
  reader.expect(revokes ? 'FROM' : 'TO');
  const grantee = readGrantee(reader);
  reader.expectEnd();
  const holder = holderOf(accounts, grantee);
  for (const role of roles) requireRole(accounts, role, 'Can not granted/revoke role to/from user');
  rightsOf(accounts, session.subject).require('GRANT', wholeSystem);
  const kept = holder.roles.filter((role) => !roles.includes(role));
  holder.roles = revokes ? kept : [...kept, ...roles];
  if (revokes && 'defaultRoles' in holder) {
    holder.defaultRoles = holder.defaultRoles.filter((role) => !roles.includes(role));
  }
}

/** As SHOW GRANTS names who has it. */
export function granteeText(grantee: Grantee): string {
  return 'role' in grantee ? `ROLE '${grantee.role}'` : `USER ${identityText(grantee.user)}`;
}
