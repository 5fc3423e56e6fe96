/** Users, roles and what was granted to them: one store for the query port and for HTTP. */
import { hashPassword, isPassword, type PasswordHash } from './password.ts';
import { covers, everything, type Grant, type Securable } from './privileges.ts';

export interface Identity {
  readonly user: string;
  /** `%` for any. */
  readonly host: string;
}

interface Holder {
  grants: Grant[];
  /** Names of the roles it was given. */
  roles: string[];
}

export interface Account extends Identity, Holder {
  password: PasswordHash;
  /** Those that are active after a login. */
  defaultRoles: string[];
}

export interface Role extends Holder {
  readonly name: string;
  readonly comment: string;
  readonly builtin: boolean;
}

/** Who asks: a user, with the roles that are active. */
export interface Subject {
  readonly identity: Identity;
  readonly roles: readonly string[];
}

export interface Accounts {
  all(): readonly Account[];
  roles(): readonly Role[];
  find(identity: Identity): Account | undefined;
  role(name: string): Role | undefined;
  /** The account that a login from an address is for: the one with the narrowest host. */
  of(user: string, address: string): Account | undefined;
  /** Who logs in with a password; undefined when it is wrong, or there is no such user. */
  login(user: string, password: string, address: string): Subject | undefined;
  create(account: Account): void;
  drop(identity: Identity): void;
  createRole(name: string, comment: string): void;
  /** Nobody has it any more. */
  dropRole(name: string): void;
  /** @in privilege: of the object's kind, or ANY of them */
  allowed(subject: Subject, privilege: string, object: Securable): boolean;
  /** Whether a privilege was granted to the subject so that it may be granted to others. */
  mayPassOn(subject: Subject, privilege: string, object: Securable): boolean;
}

/** @source names, order and comments: test/fixtures/recorded/privileges.json, SHOW ROLES */
const builtIn: readonly (readonly [name: string, comment: string, grants: readonly Grant[]])[] = [
  [
    'root',
    'built-in root role which has all privileges on all objects',
    everything('SYSTEM', 'CATALOG', 'DATABASE', 'TABLE', 'VIEW'),
  ],
  ['db_admin', 'built-in database administration role', everything('CATALOG', 'DATABASE', 'TABLE', 'VIEW')],
  ['cluster_admin', 'built-in cluster administration role', system('NODE')],
  ['user_admin', 'built-in user administration role', system('GRANT')],
  ['public', 'built-in public role which is owned by any user', []],
  ['security_admin', 'built-in security administration role', system('SECURITY', 'OPERATE')],
];

function system(...privileges: readonly string[]): Grant[] {
  return [{ on: { kind: 'SYSTEM' }, privileges: new Set(privileges), withGrantOption: true }];
}

/** @in passwords: by user; each of them may do everything */
export function createAccounts(passwords: Readonly<Record<string, string>> = { root: '' }): Accounts {
  const accounts = new Map<string, Account>();
  const roles = new Map<string, Role>(
    builtIn.map(([name, comment, grants]) => [name, { name, comment, builtin: true, grants: [...grants], roles: [] }]),
  );
  for (const [user, password] of Object.entries(passwords)) {
    const account = { ...newAccount({ user, host: '%' }), password: hashPassword(password) };
    accounts.set(identityText(account), { ...account, roles: ['root'], defaultRoles: ['root'] });
  }
  const of = (user: string, address: string) =>
    [...accounts.values()]
      .filter((account) => account.user === user && hostMatches(account.host, address))
      .sort((a, b) => b.host.replaceAll('%', '').length - a.host.replaceAll('%', '').length)[0];
  // Who was dropped while he is connected may do nothing.
  const grantsOf = ({ identity, roles: active }: Subject): Grant[] => {
    const account = accounts.get(identityText(identity));
    return account === undefined ? [] : [...account.grants, ...grantsOfRoles(['public', ...active], roles)];
  };
  return {
    all: () => [...accounts.values()],
    roles: () => [...roles.values()],
    find: (identity) => accounts.get(identityText(identity)),
    role: (name) => roles.get(name),
    of,
    login(user, password, address) {
      const account = of(user, address);
      if (account === undefined || !isPassword(password, account.password)) return undefined;
      return { identity: { user, host: account.host }, roles: account.defaultRoles };
    },
    create: (account) => void accounts.set(identityText(account), account),
    drop: (identity) => void accounts.delete(identityText(identity)),
    createRole: (name, comment) => void roles.set(name, { name, comment, builtin: false, grants: [], roles: [] }),
    dropRole(name) {
      roles.delete(name);
      for (const holder of [...accounts.values(), ...roles.values()]) {
        holder.roles = holder.roles.filter((each) => each !== name);
        if ('defaultRoles' in holder) holder.defaultRoles = holder.defaultRoles.filter((each) => each !== name);
      }
    },
    allowed: (subject, privilege, object) => covers(grantsOf(subject), privilege, object),
    mayPassOn(subject, privilege, object) {
      const grants = grantsOf(subject).filter(({ withGrantOption }) => withGrantOption);
      return covers(grants, privilege, object);
    },
  };
}

/** Of the roles, and of the roles that they were given. */
function grantsOfRoles(names: readonly string[], roles: ReadonlyMap<string, Role>): Grant[] {
  const found = new Set(names);
  // A set grows while it is walked: each role comes once, whatever circle they make.
  for (const name of found) for (const parent of roles.get(name)?.roles ?? []) found.add(parent);
  return [...found].flatMap((name) => roles.get(name)?.grants ?? []);
}

/** What a user was given, by what is active. */
export function rolesOf(accounts: Accounts, { identity, roles }: Subject) {
  const given = accounts.find(identity)?.roles ?? [];
  return {
    active: given.filter((role) => roles.includes(role)),
    inactive: given.filter((role) => !roles.includes(role)),
  };
}

export function newAccount(identity: Identity): Account {
  return { ...identity, password: undefined, grants: [], roles: [], defaultRoles: [] };
}

/** As messages and SHOW GRANTS print it. */
export function identityText({ user, host }: Identity): string {
  return `'${user}'@'${host}'`;
}

/** `%` is any text and `_` any character. */
function hostMatches(host: string, address: string): boolean {
  const pattern = host
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  return new RegExp(`^${pattern}$`).test(address);
}
