import type { DuckDBType } from '@duckdb/node-api';
import type { Catalog, Column, ColumnType, ViewDefinition } from '../model.ts';
import { typeOfDuck } from '../mysql/mysql-columns.ts';
import { SqlError } from './sql-error.ts';
import type { TokenReader } from './token-reader.ts';
import { viewQuery } from './view-query.ts';

/** What follows the name in CREATE VIEW. */
export interface DeclaredView {
  readonly columns?: readonly { readonly name: string; readonly comment: string }[];
  readonly comment: string;
  /** In StarRocks' SQL, as written. */
  readonly query: string;
}

/** A query in DuckDB's SQL, and what it gives. */
export interface DescribedQuery {
  readonly sql: string;
  readonly columns: readonly { readonly name: string; readonly type: DuckDBType }[];
}

/** `[(name [COMMENT "…"], …)] [COMMENT "…"] [SECURITY NONE | INVOKER] AS query`. */
export function readView(reader: TokenReader): DeclaredView {
  const readComment = () => (reader.accept('COMMENT') ? reader.text() : '');
  const columns = reader.seesSymbol('(')
    ? reader.parenthesized(() => ({ name: reader.identifier(), comment: readComment() }))
    : undefined;
  const comment = readComment();
  if (reader.accept('SECURITY') && reader.acceptOneOf(['NONE', 'INVOKER']) === undefined) {
    throw reader.unexpected("'NONE', 'INVOKER'");
  }
  reader.expect('AS');
  const query = reader.raw(() => false);
  if (query === '') throw reader.unexpected("'SELECT', 'WITH', 'VALUES', '('");
  return { comment, query, ...(columns !== undefined && { columns }) };
}

/** @throws SqlError when names and columns differ in number */
export function concludeView(
  { database, table: name }: { readonly database: string; readonly table: string },
  declared: DeclaredView,
  described: DescribedQuery,
  catalog: Catalog,
): ViewDefinition {
  const { text, columns: plain } = viewQuery(declared.query, (path, table) => catalog.table(path ?? database, table));
  const found = plain ?? described.columns.map(resultColumn);
  const { columns: named = found } = declared;
  if (named.length !== found.length) {
    throw SqlError.refused("View's SELECT and view's field list have different column counts");
  }
  const columns = found.map((column, index): Column => ({ ...column, ...named[index] }));
  return { database, name, columns, query: text, comment: declared.comment };
}

function resultColumn({ name, type }: { readonly name: string; readonly type: DuckDBType }): Column {
  return { name, type: columnType(typeOfDuck(type)), nullable: true, key: false, comment: '' };
}

/** How expressions of each type are shown. */
const textTypes: Readonly<Record<string, string>> = {
  BOOLEAN: 'tinyint(1)',
  TINYINT: 'tinyint(4)',
  SMALLINT: 'smallint(6)',
  INT: 'int(11)',
  BIGINT: 'bigint(20)',
  LARGEINT: 'bigint(20) unsigned',
};
const maxVarcharBytes = 1_048_576;

function columnType(type: Pick<ColumnType, 'base' | 'length' | 'precision' | 'scale'>): ColumnType {
  const { base, length = maxVarcharBytes, precision = 38, scale = 0 } = type;
  if (base === 'VARCHAR' || base === 'CHAR') return { base, length, text: `${base.toLowerCase()}(${length})` };
  if (base === 'DECIMAL') return { base, precision, scale, text: `decimal(${precision}, ${scale})` };
  return { ...type, text: textTypes[base] ?? base.toLowerCase() };
}
