/** CREATE, ALTER and DROP of users and roles, SET PASSWORD, SET ROLE and SET DEFAULT ROLE. */
import { type Account, type Accounts, type Identity, identityText, newAccount } from '../../users/accounts.ts';
import { hashPassword, type PasswordHash, readPasswordHash } from '../../users/password.ts';
import { wholeSystem } from '../../users/privileges.ts';
import { readProperty } from '../ddl-create-table.ts';
import type { Session } from '../session.ts';
import { SqlError } from '../sql-error.ts';
import type { TokenReader } from '../token-reader.ts';
import { rightsOf, userNotFound } from './access.ts';
import { readIdentity, readList, readName } from './identities.ts';

type Run = (reader: TokenReader, accounts: Accounts, session: Session) => void;

const statementStarts: readonly (readonly [words: readonly string[], run: Run])[] = [
  [['CREATE', 'USER'], createUser],
  [['ALTER', 'USER'], alterUser],
  [['DROP', 'USER'], dropUser],
  [['CREATE', 'ROLE'], createRole],
  [['DROP', 'ROLE'], dropRole],
  [['SET', 'DEFAULT', 'ROLE'], setDefaultRole],
  [['SET', 'ROLE'], setRole],
  [['SET', 'PASSWORD'], setPassword],
];

/** @out false for a statement that is none of these */
export function changeUsers(reader: TokenReader, accounts: Accounts, session: Session): boolean {
  const found = statementStarts.find(([words]) => reader.accept(...words));
  found?.[1](reader, accounts, session);
  return found !== undefined;
}

const requireGrant = (accounts: Accounts, { subject }: Session) =>
  rightsOf(accounts, subject).require('GRANT', wholeSystem);

function failure(statement: string, identity: Identity, what: string): SqlError {
  return SqlError.refused(`Operation ${statement} failed for ${identityText(identity)} : ${what}`);
}

function createUser(reader: TokenReader, accounts: Accounts, session: Session): void {
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  const identity = readIdentity(reader);
  const password = readPassword(reader);
  const roles = reader.accept('DEFAULT', 'ROLE') ? readList(reader, () => readName(reader)) : [];
  endOfUser(reader);
  const exists = accounts.find(identity) !== undefined;
  if (exists && !ifNotExists) throw failure('CREATE USER', identity, 'user already exists');
  for (const role of roles) requireRole(accounts, role, 'Valid role name fail');
  requireGrant(accounts, session);
  if (!exists) accounts.create({ ...newAccount(identity), password, roles, defaultRoles: roles });
}

function alterUser(reader: TokenReader, accounts: Accounts, session: Session): void {
  const ifExists = reader.accept('IF', 'EXISTS');
  const identity = readIdentity(reader);
  const takesRoles = reader.accept('DEFAULT', 'ROLE');
  const chosen = takesRoles ? readRoleChoice(reader) : undefined;
  const password = takesRoles ? undefined : readPassword(reader);
  endOfUser(reader);
  const account = accounts.find(identity);
  if (account === undefined && !ifExists) throw failure('ALTER USER', identity, 'user not exists');
  requireGrant(accounts, session);
  if (account === undefined) return;
  if (chosen === undefined) account.password = password;
  else account.defaultRoles = chosen(account);
}

function dropUser(reader: TokenReader, accounts: Accounts, session: Session): void {
  const ifExists = reader.accept('IF', 'EXISTS');
  const identity = readIdentity(reader);
  reader.expectEnd();
  if (accounts.find(identity) === undefined && !ifExists) throw failure('DROP USER', identity, 'user not exists');
  if (identity.user === 'root' && identity.host === '%') {
    throw failure('DROP USER', identity, `cannot drop user ${identityText(identity)}`);
  }
  requireGrant(accounts, session);
  accounts.drop(identity);
}

/** IDENTIFIED BY 'text', IDENTIFIED BY PASSWORD '*hash', IDENTIFIED WITH mysql_native_password [BY 'text' | AS '*hash']. */
function readPassword(reader: TokenReader): PasswordHash {
  if (!reader.accept('IDENTIFIED')) return undefined;
  if (reader.accept('BY', 'PASSWORD')) return readHash(reader);
  if (reader.accept('BY')) return hashPassword(reader.text());
  reader.expect('WITH');
  const plugin = readName(reader);
  if (plugin.toLowerCase() !== 'mysql_native_password') {
    throw SqlError.refused(`The stand-in proves passwords by mysql_native_password only, not by ${plugin}`);
  }
  if (reader.accept('BY')) return hashPassword(reader.text());
  return reader.accept('AS') ? readHash(reader) : undefined;
}

function readHash(reader: TokenReader): PasswordHash {
  const text = reader.text();
  const hash = readPasswordHash(text);
  if (hash === undefined && text !== '') {
    throw SqlError.analyzed(1827, 'HY000', "The password hash doesn't have the expected format");
  }
  return hash;
}

function endOfUser(reader: TokenReader): void {
  if (reader.accept('PROPERTIES')) reader.parenthesized(() => readProperty(reader));
  reader.expectEnd();
}

/** @in fault: what stands before the name in the message */
export function requireRole(accounts: Accounts, name: string, fault: string): void {
  if (accounts.role(name) === undefined) throw SqlError.refused(`${fault}: cannot find role ${name}!`);
}

function createRole(reader: TokenReader, accounts: Accounts, session: Session): void {
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  const names = readList(reader, () => readName(reader));
  const comment = reader.accept('COMMENT') ? reader.text() : '';
  reader.expectEnd();
  const taken = names.find((name) => accounts.role(name) !== undefined);
  if (taken !== undefined && !ifNotExists) {
    throw SqlError.refused(`Operation CREATE ROLE failed for ${taken} : role already exists`);
  }
  requireGrant(accounts, session);
  for (const name of names) if (accounts.role(name) === undefined) accounts.createRole(name, comment);
}

function dropRole(reader: TokenReader, accounts: Accounts, session: Session): void {
  const ifExists = reader.accept('IF', 'EXISTS');
  const names = readList(reader, () => readName(reader));
  reader.expectEnd();
  for (const name of names) if (!ifExists) requireRole(accounts, name, 'Can not drop role');
  requireGrant(accounts, session);
  const builtin = names.find((name) => accounts.role(name)?.builtin === true);
  if (builtin !== undefined) throw SqlError.failed(`failed to drop role ${builtin}: role ${builtin} is not mutable`);
  for (const name of names) accounts.dropRole(name);
}

/** `ALL`, `ALL EXCEPT r, …`, `NONE` or names. @out those that are chosen of what the account has */
function readRoleChoice(reader: TokenReader): (account: Account) => string[] {
  if (reader.accept('NONE')) return () => [];
  const isAll = reader.accept('ALL');
  if (isAll && !reader.accept('EXCEPT')) return ({ roles }) => [...roles];
  const names = readList(reader, () => readName(reader));
  if (isAll) return ({ roles }) => roles.filter((role) => !names.includes(role));
  return (account) => {
    const foreign = names.find((name) => !account.roles.includes(name));
    if (foreign === undefined) return names;
    throw SqlError.refused(`Role ${foreign} is not granted to ${identityText(account)}`);
  };
}

function setDefaultRole(reader: TokenReader, accounts: Accounts, session: Session): void {
  const chosen = readRoleChoice(reader);
  const isTold = reader.accept('TO', 'USER') || reader.accept('TO');
  const identity = isTold ? readIdentity(reader) : session.subject.identity;
  reader.expectEnd();
  const account = accounts.find(identity);
  if (account === undefined) throw userNotFound(identity);
  if (identityText(identity) !== identityText(session.subject.identity)) requireGrant(accounts, session);
  account.defaultRoles = chosen(account);
}

function setRole(reader: TokenReader, accounts: Accounts, session: Session): void {
  const account = accounts.find(session.subject.identity);
  if (account === undefined) throw userNotFound(session.subject.identity);
  const roles = reader.accept('DEFAULT') ? account.defaultRoles : readRoleChoice(reader)(account);
  reader.expectEnd();
  session.subject = { identity: session.subject.identity, roles };
}

/** SET PASSWORD [FOR user] = PASSWORD('text') | '*hash'. */
function setPassword(reader: TokenReader, accounts: Accounts, session: Session): void {
  const identity = reader.accept('FOR') ? readIdentity(reader) : session.subject.identity;
  reader.expectSymbol('=');
  const isPlain = reader.accept('PASSWORD');
  const password = isPlain ? hashPassword(reader.parenthesized(() => reader.text())[0] ?? '') : readHash(reader);
  reader.expectEnd();
  const account = accounts.find(identity);
  if (account === undefined) throw userNotFound(identity);
  if (identityText(identity) !== identityText(session.subject.identity)) requireGrant(accounts, session);
  account.password = password;
}
