/** What can be granted on what, and whether a set of grants covers what is asked. */

export type ObjectKind = 'SYSTEM' | 'CATALOG' | 'DATABASE' | 'TABLE' | 'VIEW';

/** What a privilege is asked for, or granted on: a part that is left out stands for all of its kind in a grant. */
export interface Securable {
  readonly kind: ObjectKind;
  readonly database?: string;
  /** Of a table or a view. */
  readonly name?: string;
}

export interface Grant {
  readonly on: Securable;
  readonly privileges: ReadonlySet<string>;
  readonly withGrantOption: boolean;
}

export const wholeSystem: Securable = { kind: 'SYSTEM' };
export const catalogs: Securable = { kind: 'CATALOG' };

/**
 * In the order in which SHOW GRANTS prints them.
 *
 * @source PrivilegeType.java and ObjectType.java; that INSERT comes before SELECT: test/fixtures/recorded/privileges.json
 */
export const privilegesOf: Readonly<Record<ObjectKind, readonly string[]>> = {
  SYSTEM: [
    'GRANT',
    'NODE',
    'OPERATE',
    'PLUGIN',
    'FILE',
    'BLACKLIST',
    'REPOSITORY',
    'CREATE GLOBAL FUNCTION',
    'CREATE RESOURCE',
    'CREATE RESOURCE GROUP',
    'CREATE EXTERNAL CATALOG',
    'CREATE STORAGE VOLUME',
    'CREATE WAREHOUSE',
    'SECURITY',
  ],
  CATALOG: ['DROP', 'ALTER', 'USAGE', 'CREATE DATABASE'],
  DATABASE: [
    'DROP',
    'ALTER',
    'CREATE TABLE',
    'CREATE VIEW',
    'CREATE FUNCTION',
    'CREATE MATERIALIZED VIEW',
    'CREATE PIPE',
  ],
  TABLE: ['DELETE', 'DROP', 'INSERT', 'SELECT', 'ALTER', 'EXPORT', 'UPDATE', 'REFRESH'],
  VIEW: ['DROP', 'SELECT', 'ALTER'],
};

/** Whether a grant reaches an object. */
function reaches(on: Securable, asked: Securable): boolean {
  const isSame = (granted: string | undefined, wanted: string | undefined) =>
    granted === undefined || granted === wanted;
  return on.kind === asked.kind && isSame(on.database, asked.database) && isSame(on.name, asked.name);
}

/** A database is seen by who may do anything in it. */
function touches(on: Securable, asked: Securable): boolean {
  if (reaches(on, asked)) return true;
  const isInside = on.kind === 'TABLE' || on.kind === 'VIEW';
  return asked.kind === 'DATABASE' && isInside && (on.database === undefined || on.database === asked.database);
}

/** @in privilege: of the object's kind, or ANY */
export function covers(grants: readonly Grant[], privilege: string, asked: Securable): boolean {
  if (privilege === 'ANY') return grants.some(({ on }) => touches(on, asked));
  return grants.some(({ on, privileges }) => privileges.has(privilege) && reaches(on, asked));
}

/** As GRANT names it. */
export function securableText({ kind, database, name }: Securable): string {
  if (kind === 'SYSTEM') return 'SYSTEM';
  if (kind === 'CATALOG') return 'CATALOG default_catalog';
  if (kind === 'DATABASE') return database === undefined ? 'ALL DATABASES' : `DATABASE ${database}`;
  if (name !== undefined) return `${kind} ${database}.${name}`;
  return `ALL ${kind}S IN ${database === undefined ? 'ALL DATABASES' : `DATABASE ${database}`}`;
}

/** In the order of `PRIVILEGES`. */
export function privilegesText({ on, privileges }: Grant): string {
  return privilegesOf[on.kind].filter((privilege) => privileges.has(privilege)).join(', ');
}

/** With more privileges on one object: a new list. */
export function withGrant(grants: readonly Grant[], added: Grant): Grant[] {
  const old = grants.find(({ on }) => isSameObject(on, added.on));
  const privileges = new Set([...(old?.privileges ?? []), ...added.privileges]);
  const withGrantOption = added.withGrantOption || old?.withGrantOption === true;
  return [...grants.filter((grant) => grant !== old), { on: added.on, privileges, withGrantOption }];
}

/** Without some privileges on one object; what was granted on a larger one stays. */
export function withoutGrant(grants: readonly Grant[], on: Securable, revoked: ReadonlySet<string>): Grant[] {
  return grants.flatMap((grant) => {
    if (!isSameObject(grant.on, on)) return [grant];
    const privileges = new Set([...grant.privileges].filter((privilege) => !revoked.has(privilege)));
    return privileges.size === 0 ? [] : [{ ...grant, privileges }];
  });
}

function isSameObject(a: Securable, b: Securable): boolean {
  return a.kind === b.kind && a.database === b.database && a.name === b.name;
}

/** Every privilege on every object of some kinds. */
export function everything(...kinds: readonly ObjectKind[]): Grant[] {
  return kinds.map((kind) => ({ on: { kind }, privileges: new Set(privilegesOf[kind]), withGrantOption: true }));
}
