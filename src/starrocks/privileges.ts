import { backticked } from '../kit/backticked.ts';

/** What was to be done when a privilege was missing. */
export interface Attempted {
  readonly database: string;
  /** Absent: something else than a table. */
  readonly table?: string;
  /** Whose password was sent. */
  readonly user?: string | undefined;
}

/** HTTP says `the INSERT privilege(s) for this operation`, SQL `the ALTER privilege(s) on TABLE t for this operation`. */
const needed =
  /the (?<privilege>[A-Z ]+) privilege\(s\)(?: on (?<kind>TABLE|DATABASE|CATALOG|SYSTEM)(?: (?<name>.+?))?)? for/;
const identity = /for user (?<identity>'[^']*'@'[^']*')/;

/**
 * Says which privilege is missing, on what, and the statement that gives it.
 *
 * @in      message: what StarRocks said; a load that names no privilege lacks INSERT
 * @source  test/fixtures/recorded/privileges.json; StarRocks docs, GRANT
 */
export function explainMissing(message: string, { database, table, user = 'user' }: Attempted): string {
  const found = needed.exec(message)?.groups;
  const privilege = found?.['privilege'] ?? 'INSERT';
  const kind = found?.['kind'] ?? (table === undefined ? 'DATABASE' : 'TABLE');
  const grantee = identity.exec(message)?.groups?.['identity'] ?? `'${user.replaceAll("'", "\\'")}'@'%'`;
  const object = objectOf(kind, found?.['name'], database, table);
  const on = object === '' ? kind : `${kind} ${object}`;
  // ANY is no privilege but the wish for one, and what the sink needs is INSERT; alternatives are told apart by OR.
  const [given = ''] = privilege === 'ANY' && kind === 'TABLE' ? ['INSERT'] : privilege.split(' OR ');
  return `The user ${grantee} needs ${privilege} on ${on}: GRANT ${given} ON ${on} TO USER ${grantee}. StarRocks says: ${message}`;
}

function objectOf(kind: string, name: string | undefined, database: string, table: string | undefined): string {
  if (kind === 'SYSTEM') return '';
  if (kind === 'CATALOG') return quoted(name ?? 'default_catalog');
  if (kind === 'DATABASE') return quoted(name ?? database);
  return `${quoted(database)}.${quoted(table ?? name ?? '')}`;
}

const quoted = (name: string) => (/^[a-z_]\w*$/i.test(name) ? name : backticked(name));
