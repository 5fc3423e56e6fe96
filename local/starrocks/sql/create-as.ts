import type { QueryResult } from '../storage/engine.ts';
import type { Relation } from './dialect.ts';
import { columnTypes, type Typed } from './query.ts';
import { TokenReader } from './token-reader.ts';

/** CREATE TABLE … AS SELECT, in its parts as they are written. */
export interface CreateAs {
  /** `CREATE TABLE [IF NOT EXISTS] name`. */
  readonly head: string;
  readonly name: string;
  /** Names of the columns, when others than those of the query. */
  readonly columns: readonly string[] | undefined;
  /** Key, comment, partition, distribution, properties. */
  readonly clauses: string;
  readonly query: string;
}

const longestText = 'varchar(1048576)';

/** @out undefined for any other statement */
export function readCreateAs(sql: string): CreateAs | undefined {
  const reader = new TokenReader(sql);
  if (!reader.accept('CREATE', 'TABLE')) return undefined;
  reader.accept('IF', 'NOT', 'EXISTS');
  const nameAt = reader.peek().offset;
  if (!reader.seesIdentifier()) return undefined;
  reader.qualifiedName(() => reader.noViable(0));
  const nameEnd = reader.peek().offset;
  const listed = reader.seesSymbol('(') ? readBrackets(reader) : '';
  const clauses = reader.raw(startsQuery);
  if (!reader.accept('AS')) return undefined;
  const columns = listed === '' ? undefined : namesOf(listed);
  const head = sql.slice(0, nameEnd);
  return { head, name: sql.slice(nameAt, nameEnd), columns, clauses, query: reader.raw(() => false) };
}

function startsQuery(reader: TokenReader): boolean {
  if (!reader.sees('AS')) return false;
  const next = reader.peek(1);
  return next.value === '(' || (next.kind === 'word' && /^(SELECT|WITH|VALUES)$/i.test(next.value));
}

/** A bracket and all in it, as written. */
function readBrackets(reader: TokenReader): string {
  let opened = false;
  return reader.raw(() => {
    const closed = opened;
    opened = true;
    return closed;
  });
}

function namesOf(listed: string): string[] {
  const reader = new TokenReader(listed);
  return reader.parenthesized(() => reader.identifier());
}

/** The CREATE TABLE for what a query gives. Columns that no table declares are as wide as can be. */
export function createTableFor(create: CreateAs, tables: readonly Relation[], result: QueryResult): string {
  const types = columnTypes(create.query, tables, result);
  const columns = result.columns.map(({ name }, index) => {
    const own = create.columns?.[index] ?? name;
    return `\`${own.replaceAll('`', '``')}\` ${typeText(types[index] ?? { base: 'VARCHAR' })}`;
  });
  return `${create.head} (${columns.join(', ')}) ${create.clauses}`;
}

function typeText({ base, length, precision, scale, text }: Typed): string {
  if (text !== undefined) return text.replaceAll('bigint(20) unsigned', 'largeint').replaceAll('tinyint(1)', 'boolean');
  if (base === 'VARCHAR') return length === undefined ? longestText : `varchar(${length})`;
  return base === 'DECIMAL' ? `decimal(${precision}, ${scale})` : base.toLowerCase();
}
