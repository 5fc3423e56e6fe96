/** Which privileges the options want beside INSERT, and whether the user's own grants hold them. */
import { SinkError } from '../kit/errors.ts';
import type { QueryPort } from '../starrocks/query-port.ts';
import { type Finding, failure, ok, warning } from './finding.ts';

/** A privilege on a table, or on the database of it. */
export interface WantedGrant {
  readonly privilege: 'ALTER' | 'CREATE TABLE';
  readonly database: string;
  /** Absent: on the database. */
  readonly table?: string;
  /** The option that wants it. */
  readonly why: string;
}

/** Roles that a release comes with, and that may do all that is asked for here. @source StarRocks docs, "Privileges": built-in roles */
const almighty = /GRANT .*'(?:root|db_admin)'.* TO /;

/** The grants as SHOW GRANTS prints them, which a user may ask of himself. */
export async function checkGrants(
  wanted: readonly WantedGrant[],
  port: QueryPort,
  user: string,
): Promise<readonly Finding[]> {
  if (wanted.length === 0) return [];
  const grants = await readGrants(port);
  if (grants === undefined) return [];
  const hasRoles = grants.some((grant) => !/ ON /.test(grant));
  return wanted.map((each) => findingOf(each, grants, hasRoles, user));
}

async function readGrants(port: QueryPort): Promise<readonly string[] | undefined> {
  try {
    const rows = await port.query('SHOW GRANTS', [], { database: '' });
    return rows.map((row) => String(row['GRANTS']));
  } catch (error) {
    if (error instanceof SinkError) return undefined;
    throw error;
  }
}

function findingOf(wanted: WantedGrant, grants: readonly string[], hasRoles: boolean, user: string): Finding {
  const { privilege, database, table, why } = wanted;
  const on = table === undefined ? `DATABASE ${database}` : `TABLE ${database}.${table}`;
  const about = { check: 'privilege', subject: table === undefined ? database : `${database}.${table}` } as const;
  if (grants.some((grant) => almighty.test(grant) || covers(grant, wanted)))
    return ok(about, `${user} has ${privilege}.`);
  const remedy = `GRANT ${privilege} ON ${on} TO USER '${user}'.`;
  const found = `${user} is not granted ${privilege} on it, which ${why} needs`;
  if (hasRoles) return warning(about, `${found}; a role may have it, whose grants only an administrator sees.`, remedy);
  return failure(about, `${found}.`, remedy);
}

/** @source SHOW GRANTS: `GRANT INSERT, ALTER ON TABLE d.t TO USER …`, `… ON ALL TABLES IN DATABASE d …`, `… IN ALL DATABASES …` */
function covers(grant: string, { privilege, database, table }: WantedGrant): boolean {
  const [, privileges = '', on = ''] = /^GRANT (.+?) ON (.+?) TO /.exec(grant) ?? [];
  if (!privileges.split(', ').some((each) => each === privilege || each === 'ALL')) return false;
  const places =
    table === undefined
      ? ['ALL DATABASES', `DATABASE ${database}`]
      : ['ALL TABLES IN ALL DATABASES', `ALL TABLES IN DATABASE ${database}`, `TABLE ${database}.${table}`];
  return places.includes(on.replaceAll('`', ''));
}
