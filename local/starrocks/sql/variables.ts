import type { ClusterView } from './cluster-view.ts';
import type { Session } from './session.ts';
import defaults from './session-variables.json' with { type: 'json' };
import { SqlError } from './sql-error.ts';

/** What StarRocks tells MySQL clients that it is, unless configured otherwise. */
export const mysqlVersion: string = defaults.version;

type Scope = 'session' | 'global';

/** System variables: those of the whole cluster, and what sessions have set for themselves. */
export interface Variables {
  /** As SHOW VARIABLES prints them, in the order of their names. */
  all(session: Session, scope: Scope): readonly (readonly [name: string, value: string])[];
  /** @out its value, and the type that `@@name` has */
  read(session: Session, name: string, scope: Scope): { readonly base: string; readonly value: string };
  /** @in value: undefined for DEFAULT */
  set(session: Session, name: string, value: string | undefined, scope: Scope): void;
}

/** Other names of some. */
const aliases: Readonly<Record<string, string>> = { tx_read_only: 'transaction_read_only' };

const readOnly = new Set([
  'version',
  'version_comment',
  'license',
  'language',
  'system_time_zone',
  'performance_schema',
]);

/** `@@autocommit` is a number, though SHOW VARIABLES says `true`. */
const bigints = new Set(['autocommit', 'sql_select_limit']);

/** @source names and values: test/fixtures/recorded/cluster.json, SHOW VARIABLES */
export function createVariables(cluster: ClusterView): Variables {
  const globals = new Map<string, string>([...Object.entries(defaults), ['version_comment', cluster.version]]);
  const initial = new Map(globals);
  const known = (name: string): string | undefined => {
    const lower = name.toLowerCase();
    return globals.has(lower) ? lower : [...globals.keys(), ...Object.keys(aliases)].find((each) => same(each, lower));
  };
  const valueOf = (session: Session, name: string, scope: Scope): string =>
    (scope === 'session' ? session.variables.get(name) : undefined) ?? globals.get(name) ?? '';
  return {
    all: (session, scope) =>
      [...globals.keys()].sort(byCode).map((name) => [name, valueOf(session, name, scope)] as const),
    read(session, name, scope) {
      const found = known(aliases[name.toLowerCase()] ?? name);
      if (found === undefined) throw SqlError.analyzed(1193, 'HY000', unknown(name, globals.keys()));
      const base = typeOf(found, initial.get(found) ?? '');
      const value = valueOf(session, found, scope);
      return { base, value: base === 'BOOLEAN' || bigints.has(found) ? bit(value) : value };
    },
    set(session, name, value, scope) {
      const found = known(aliases[name.toLowerCase()] ?? name);
      if (found === undefined) throw new SqlError(1193, 'HY000', unknown(name, globals.keys()));
      if (readOnly.has(found)) throw new SqlError(1238, 'HY000', `Variable '${found}' is a read only variable`);
      const checked = value === undefined ? initial.get(found) : fitting(found, value, initial.get(found) ?? '');
      // A global value is that of later sessions and of this one.
      if (scope === 'global') globals.set(found, checked ?? '');
      session.variables.set(found, checked ?? '');
    },
  };
}

function same(name: string, lower: string): boolean {
  return name.toLowerCase() === lower;
}

function byCode(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** Values show what type a variable has. */
function typeOf(name: string, initial: string): 'BOOLEAN' | 'INT' | 'BIGINT' | 'DOUBLE' | 'VARCHAR' {
  if (bigints.has(name)) return 'BIGINT';
  if (initial === 'true' || initial === 'false') return 'BOOLEAN';
  if (/^-?\d+$/.test(initial)) return Math.abs(Number(initial)) < 2 ** 31 ? 'INT' : 'BIGINT';
  return /^-?\d+\.\d+$/.test(initial) ? 'DOUBLE' : 'VARCHAR';
}

function bit(value: string): string {
  return value === 'true' ? '1' : value === 'false' ? '0' : value;
}

/** A value as it is kept. @throws SqlError 1231 and 1232 for one of another type, 1298 for a time zone that there is not */
function fitting(name: string, value: string, initial: string): string {
  if (initial === 'true' || initial === 'false') {
    if (/^(1|on|true)$/i.test(value)) return 'true';
    if (/^(0|off|false)$/i.test(value)) return 'false';
    throw new SqlError(1231, '42000', `Variable '${name}' can't be set to the value of '${value}'`);
  }
  const isNumber = typeOf(name, initial) !== 'VARCHAR';
  if (isNumber && !/^-?\d+(\.\d+)?$/.test(value)) {
    throw new SqlError(1232, '42000', `Incorrect argument type to variable '${name}'`);
  }
  if (name === 'time_zone' && !isTimeZone(value)) {
    throw new SqlError(1298, 'HY000', `Unknown or incorrect time zone: '${value}'`);
  }
  return value;
}

function isTimeZone(value: string): boolean {
  if (/^[+-]\d{1,2}:\d{2}$/.test(value)) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: value === 'CST' ? 'Asia/Shanghai' : value });
    return true;
  } catch {
    return false;
  }
}

/** Three names that share most pairs of letters with the unknown one. */
function unknown(name: string, names: Iterable<string>): string {
  const pairs = (text: string) => new Set(Array.from({ length: text.length - 1 }, (_, at) => text.slice(at, at + 2)));
  const wanted = pairs(name.toLowerCase());
  const score = (each: string) =>
    [...pairs(each)].filter((pair) => wanted.has(pair)).length / (each.length + name.length);
  const similar = [...names].sort((a, b) => score(b) - score(a)).slice(0, 3);
  return `Unknown system variable '${name}', the most similar variables are {${similar.map((each) => `'${each}'`).join(', ')}}`;
}
