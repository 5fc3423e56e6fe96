/** What a statement in the binlog means to us. */
import type { SchemaChange } from './source.ts';

export interface NamedChange extends Pick<SchemaChange, 'change' | 'table'> {
  /** undefined: the database that the session was in. */
  readonly database?: string;
}

export type Statement =
  | { readonly kind: 'begin' | 'commit' | 'rollback' | 'rollback-to' | 'rows' | 'nothing' | 'unknown' }
  | { readonly kind: 'xa'; readonly verb: string; readonly xid: string }
  /** `opensTransaction`: rows follow before its commit, as of CREATE TABLE … SELECT. */
  | { readonly kind: 'schema'; readonly changes: readonly NamedChange[]; readonly opensTransaction: boolean };

const name = '(?:`(?:[^`]|``)+`|[^\\s`.,;()]+)';
const tableName = `(?:${name}\\s*\\.\\s*)?${name}`;
const options = '(?:(?:ONLINE|OFFLINE|IGNORE|OR\\s+REPLACE)\\s+)*';
const at = (pattern: string) => new RegExp(`^${pattern}`, 'i');

const patterns = {
  xa: at('XA\\s+(\\w+)\\s*([\\s\\S]*?)\\s*(?:ONE\\s+PHASE)?$'),
  rollbackTo: at('ROLLBACK\\s+(?:WORK\\s+)?TO\\b'),
  rows: at('(?:INSERT|UPDATE|DELETE|REPLACE|LOAD|WITH|CALL|DO|SELECT|VALUES|TABLE|HANDLER|IMPORT)\\b'),
  temporary: at('(?:CREATE\\s+(?:OR\\s+REPLACE\\s+)?|DROP\\s+)TEMPORARY\\b'),
  truncate: at(`TRUNCATE\\s+(?:TABLE\\s+)?(${tableName})`),
  alter: at(`ALTER\\s+${options}TABLE\\s+(?:IF\\s+EXISTS\\s+)?(${tableName})([\\s\\S]*)$`),
  drop: at(`DROP\\s+TABLES?\\s+(?:IF\\s+EXISTS\\s+)?(${tableName}(?:\\s*,\\s*${tableName})*)`),
  create: at(`CREATE\\s+${options}TABLE\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?(${tableName})([\\s\\S]*)$`),
  replaces: at('CREATE\\s+OR\\s+REPLACE\\b'),
  rename: at('RENAME\\s+TABLES?\\s+(?:IF\\s+EXISTS\\s+)?([\\s\\S]+)$'),
  dropDatabase: at(`DROP\\s+(?:DATABASE|SCHEMA)\\s+(?:IF\\s+EXISTS\\s+)?(${name})`),
  // Indexes of a table, and what is no table.
  nothing: at(
    `(?:(?:CREATE|ALTER|DROP)\\s+(?:(?:OR\\s+REPLACE|ONLINE|OFFLINE|UNIQUE|FULLTEXT|SPATIAL|VECTOR|AGGREGATE|SQL\\s+SECURITY\\s+\\w+|ALGORITHM\\s*=\\s*\\w+|DEFINER\\s*=\\s*(?:${name}\\s*@\\s*${name}|${name})|UNDO)\\s+)*(?:USER|ROLE|VIEW|TRIGGER|FUNCTION|PROCEDURE|PACKAGE|EVENT|INDEX|SERVER|TABLESPACE|LOGFILE|RESOURCE|SEQUENCE|INSTANCE|DATABASE|SCHEMA|SPATIAL)\\b|SAVEPOINT\\b|RELEASE\\b|GRANT\\b|REVOKE\\b|ANALYZE\\b|OPTIMIZE\\b|REPAIR\\b|CHECK\\b|FLUSH\\b|SET\\b|RENAME\\s+USER\\b|INSTALL\\b|UNINSTALL\\b|$)`,
  ),
} as const;

/** Clauses of ALTER TABLE that take rows away, or bring some, without row events. */
const movesRows = /\b(?:TRUNCATE|DROP|EXCHANGE|DISCARD|IMPORT|CONVERT)\s+(?:PARTITION|TABLESPACE|TABLE)\b/i;
const renames = new RegExp(`\\bRENAME\\s+(?:TO\\s+|AS\\s+|=\\s*)?(?!COLUMN\\b|INDEX\\b|KEY\\b)(${tableName})`, 'i');

/** Reads a statement as far as it matters. @throws  never */
export function readStatement(text: string): Statement {
  const sql = withoutComments(text);
  if (/^BEGIN\b/i.test(sql) || /^START\s+TRANSACTION\b/i.test(sql)) return { kind: 'begin' };
  if (/^COMMIT\b/i.test(sql)) return { kind: 'commit' };
  if (patterns.rollbackTo.test(sql)) return { kind: 'rollback-to' };
  if (/^ROLLBACK\b/i.test(sql)) return { kind: 'rollback' };
  const [, verb, xid = ''] = patterns.xa.exec(sql) ?? [];
  if (verb !== undefined) return { kind: 'xa', verb: verb.toUpperCase(), xid: plainXid(xid) };
  if (patterns.temporary.test(sql)) return { kind: 'nothing' };
  const changes = schemaChanges(sql);
  if (changes !== undefined) {
    return { kind: 'schema', changes, opensTransaction: /\bSTART\s+TRANSACTION\s*$/i.test(sql) };
  }
  if (patterns.nothing.test(sql)) return { kind: 'nothing' };
  return { kind: patterns.rows.test(sql) ? 'rows' : 'unknown' };
}

function schemaChanges(sql: string): readonly NamedChange[] | undefined {
  const first = (pattern: RegExp) => pattern.exec(sql)?.slice(1);
  const [truncated] = first(patterns.truncate) ?? [];
  if (truncated !== undefined) return [{ ...tableOf(truncated), change: 'truncate' }];
  const [altered, clauses = ''] = first(patterns.alter) ?? [];
  if (altered !== undefined) return alterations(altered, clauses);
  const [dropped] = first(patterns.drop) ?? [];
  if (dropped !== undefined) return names(dropped).map((table) => ({ ...tableOf(table), change: 'drop' as const }));
  const [created] = first(patterns.create) ?? [];
  if (created !== undefined) {
    const made = { ...tableOf(created), change: 'create' } as const;
    return patterns.replaces.test(sql) ? [{ ...made, change: 'drop' }, made] : [made];
  }
  const [pairs] = first(patterns.rename) ?? [];
  if (pairs !== undefined) {
    const renamed = [...pairs.matchAll(renamePair)].flatMap(([, from = '', to = '']) => [from, to]);
    return renamed.map((table) => ({ ...tableOf(table), change: 'rename' as const }));
  }
  const [database] = first(patterns.dropDatabase) ?? [];
  return database === undefined ? undefined : [{ database: plain(database), table: '', change: 'drop' }];
}

function alterations(table: string, clauses: string): readonly NamedChange[] {
  const bare = clauses.replace(/'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"/g, "''");
  if (movesRows.test(bare.replace(/`(?:[^`]|``)+`/g, '``'))) return [{ ...tableOf(table), change: 'partition' }];
  const [, renamed] = renames.exec(bare) ?? [];
  if (renamed === undefined) return [{ ...tableOf(table), change: 'alter' }];
  return [table, renamed].map((each) => ({ ...tableOf(each), change: 'rename' as const }));
}

/** Table names of a list. */
const names = (list: string) => [...list.matchAll(new RegExp(tableName, 'g'))].map(([found]) => found);

const renamePair = new RegExp(`(${tableName})\\s+(?:WAIT\\s+\\d+\\s+|NOWAIT\\s+)?TO\\s+(${tableName})`, 'gi');

function tableOf(text: string): { readonly table: string; readonly database?: string } {
  const parts = [...text.matchAll(new RegExp(name, 'g'))].map(([part]) => plain(part));
  const [first = '', second] = parts;
  return second === undefined ? { table: first } : { database: first, table: second };
}

const plain = (quoted: string) => (quoted.startsWith('`') ? quoted.slice(1, -1).replaceAll('``', '`') : quoted);

/** `X'6162',X'',1`, however it was written. */
const plainXid = (xid: string) => xid.replaceAll(/\s/g, '').toLowerCase();

/** Quoted text, which is kept, or a comment; what only some servers run (`/*! … *\/`) is bared of its marks. */
const quotedOrComment =
  /('(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`)|\/\*M?!\d*|\/\*[\s\S]*?\*\/|\*\/|#[^\n]*|--(?=\s|$)[^\n]*/g;

const withoutComments = (text: string) => text.replace(quotedOrComment, (_, quoted?: string) => quoted ?? ' ').trim();
