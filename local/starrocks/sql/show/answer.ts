import { type ResultColumn, resultColumn } from '../../mysql/mysql-columns.ts';
import type { Answer } from '../../mysql/mysql-replies.ts';
import type { Accounts } from '../../users/accounts.ts';
import type { ClusterView } from '../cluster-view.ts';
import type { Objects } from '../objects.ts';
import type { Rights, Visible } from '../rights/access.ts';
import { readDatabaseName, type Session } from '../session.ts';
import { SqlError } from '../sql-error.ts';
import type { TableFacts } from '../table-facts.ts';

import type { TokenReader } from '../token-reader.ts';
import type { Variables } from '../variables.ts';

export type Cell = string | number | bigint | null;

/** What a SHOW can ask, and what it was asked with. */
export interface Shown extends TableFacts {
  /** As the session may see it. */
  readonly catalog: Visible;
  readonly accounts: Accounts;
  readonly rights: Rights;
  readonly cluster: ClusterView;
  readonly objects: Objects;
  readonly variables: Variables;
  readonly session: Session;
  /** Connections of the query port. */
  readonly sessions: () => readonly Session[];
  /** SHOW FULL … */
  readonly full: boolean;
  /** SHOW ALL … */
  readonly all: boolean;
  /** SHOW GLOBAL … */
  readonly global: boolean;
}

export type Showing = (reader: TokenReader, shown: Shown) => Answer | Promise<Answer>;

/**
 * @in  columns  `Name:20, Id:bigint, Value`: characters of a text (30 when left out), or a type
 */
export function table(columns: string, rows: readonly (readonly Cell[])[]): Answer {
  return { kind: 'rows', columns: readColumns(columns), rows };
}

/** A SHOW of what the stand-in never has. */
export function nothing(columns: string): Showing {
  return () => table(columns, []);
}

function readColumns(columns: string): ResultColumn[] {
  return columns.split(/,\s*/).map((column) => {
    const [name = '', type = '30'] = column.split(':');
    const isText = /^\d+$/.test(type);
    return resultColumn(name, isText ? { base: 'VARCHAR', length: Number(type) } : { base: type.toUpperCase() });
  });
}

/** The database that comes after FROM or IN, or the selected one. */
export function readDatabase(reader: TokenReader, shown: Shown): string {
  const database = readFrom(reader) ?? shown.session.database;
  if (database === undefined) throw SqlError.noDatabase();
  return database;
}

export function readFrom(reader: TokenReader): string | undefined {
  return reader.acceptOneOf(['FROM', 'IN']) === undefined ? undefined : readDatabaseName(reader);
}

/** `LIKE 'pattern'`, or `WHERE column = 'x' [OR …]` and `WHERE column IN ('x', …)`; all pass without either. */
export function readFilter(reader: TokenReader): (name: string) => boolean {
  if (reader.accept('LIKE')) return likePattern(reader.text());
  if (!reader.accept('WHERE')) return () => true;
  const names = new Set<string>();
  let pattern: ((name: string) => boolean) | undefined;
  while (!reader.atEnd()) {
    if (reader.accept('LIKE')) pattern = likePattern(reader.text());
    const token = reader.take();
    if (token.kind === 'text') names.add(token.value.toLowerCase());
  }
  return (name) => names.has(name.toLowerCase()) || pattern?.(name) === true;
}

/** `%` is any text and `_` any character, unless after a backslash. */
function likePattern(pattern: string): (name: string) => boolean {
  const source = pattern.replaceAll(/\\?[\s\S]/g, (part) => {
    if (part === '%') return '.*';
    if (part === '_') return '.';
    return part.replace(/^\\(?=.)/, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  const expression = new RegExp(`^${source}$`, 'is');
  return (name) => expression.test(name);
}

/** Units as StarRocks prints them. */
export function sizeText(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  return `${(bytes / 1024 ** power).toFixed(3)} ${units[power]}`;
}
