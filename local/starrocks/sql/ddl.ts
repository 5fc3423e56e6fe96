import type { Catalog, TableDefinition } from '../model.ts';
import type { ColumnPlace, TableChange } from './ddl-alter.ts';
import { analyzeTable } from './ddl-analyze.ts';
import { type DeclaredColumn, readColumn, readCreateTable, readProperty } from './ddl-create-table.ts';
import type { DdlSetting } from './ddl-properties.ts';
import { type DeclaredView, readView } from './ddl-view.ts';
import { readDatabaseName } from './session.ts';
import { SqlError } from './sql-error.ts';
import { type QualifiedName, TokenReader } from './token-reader.ts';

export interface TableName {
  readonly database: string;
  readonly table: string;
}

/** A statement that changes what databases and tables there are. */
export type DdlStatement =
  | { readonly kind: 'create-database'; readonly database: string; readonly ifNotExists: boolean }
  | { readonly kind: 'drop-database'; readonly database: string; readonly ifExists: boolean }
  | { readonly kind: 'create-table'; readonly definition: TableDefinition; readonly ifNotExists: boolean }
  | { readonly kind: 'drop-table'; readonly name: TableName; readonly ifExists: boolean }
  | {
      readonly kind: 'create-view';
      readonly name: TableName;
      readonly view: DeclaredView;
      readonly ifNotExists: boolean;
      readonly orReplace: boolean;
    }
  | { readonly kind: 'drop-view'; readonly name: TableName; readonly ifExists: boolean }
  | { readonly kind: 'truncate-table'; readonly name: TableName }
  | { readonly kind: 'alter-table'; readonly name: TableName; readonly changes: readonly TableChange[] };

/** What a statement is read against: what exists, if that is known, and what the cluster can keep. */
export interface DdlContext extends DdlSetting {
  readonly catalog?: Catalog;
}

type Reading = (reader: TokenReader, database: string | undefined, context: DdlContext) => DdlStatement;

const statementStarts: readonly (readonly [words: readonly string[], read: Reading])[] = [
  [['CREATE', 'DATABASE'], createDatabase],
  [['CREATE', 'SCHEMA'], createDatabase],
  [['CREATE', 'TABLE'], createTable],
  [['CREATE', 'VIEW'], createView],
  [['CREATE', 'OR', 'REPLACE', 'VIEW'], replaceView],
  [['ALTER', 'VIEW'], alterView],
  [['DROP', 'VIEW'], dropView],
  [['DROP', 'DATABASE'], dropDatabase],
  [['DROP', 'SCHEMA'], dropDatabase],
  [['DROP', 'TABLE'], dropTable],
  [['TRUNCATE', 'TABLE'], truncateTable],
  [['ALTER', 'TABLE'], alterTable],
];

/**
 * Reads one DDL statement of StarRocks, and checks all but what ALTER TABLE needs its table for.
 *
 * @in      sql       one statement, a closing semicolon or none
 *          database  where unqualified tables are; none selected when left out
 * @out     undefined for a statement that is not DDL
 * @throws  SqlError as StarRocks refuses it: 1064 with the place of a syntax error, or with what the analyzer says
 * @source  createTableStatement and its neighbours in the StarRocks grammar
 */
export function parseDdl(sql: string, database?: string, context: DdlContext = {}): DdlStatement | undefined {
  const reader = new TokenReader(sql);
  const found = statementStarts.find(([words]) => reader.accept(...words));
  if (found === undefined) return refuseOtherDdl(reader);
  const statement = found[1](reader, database, context);
  reader.expectEnd();
  return statement;
}

function refuseOtherDdl(reader: TokenReader): undefined {
  if (reader.accept('CREATE', 'MATERIALIZED')) throw SqlError.refused('The stand-in keeps no materialized views');
  if (reader.accept('CREATE')) throw reader.unexpected("'DATABASE', 'SCHEMA', 'TABLE', 'VIEW'");
  if (reader.accept('DROP')) throw reader.unexpected("'DATABASE', 'SCHEMA', 'TABLE', 'VIEW'");
  if (reader.accept('ALTER')) throw reader.unexpected("'TABLE', 'VIEW'");
  return undefined;
}

function createDatabase(reader: TokenReader): DdlStatement {
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  const database = readDatabaseName(reader);
  if (!/^[a-zA-Z_][\w-]{0,255}$/.test(database)) {
    throw SqlError.analyzed(1102, '42000', `Incorrect database name '${database}'`);
  }
  if (reader.accept('PROPERTIES')) reader.parenthesized(() => readProperty(reader));
  return { kind: 'create-database', database, ifNotExists };
}

function dropDatabase(reader: TokenReader): DdlStatement {
  const ifExists = reader.accept('IF', 'EXISTS');
  const database = readDatabaseName(reader);
  reader.accept('FORCE');
  return { kind: 'drop-database', database, ifExists };
}

function createTable(reader: TokenReader, database: string | undefined, context: DdlContext): DdlStatement {
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  if (!reader.seesIdentifier()) throw reader.noViable(0);
  const written = reader.qualifiedName(() => reader.noViable(0));
  const declared = readCreateTable(reader);
  reader.expectEnd();
  const name = inDatabase(written, database);
  if (name.table === '' || name.table.length > maxNameCharacters) {
    throw SqlError.analyzed(1104, '42000', `Incorrect table name '${name.table}'`);
  }
  const { catalog } = context;
  if (catalog?.hasDatabase(name.database) === false) throw SqlError.unknownDatabase(name.database);
  if (!ifNotExists && catalog?.table(name.database, name.table) !== undefined) throw SqlError.tableExists(name.table);
  return { kind: 'create-table', definition: analyzeTable(name, declared, context), ifNotExists };
}

function createView(reader: TokenReader, database: string | undefined): DdlStatement {
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  const name = readTableName(reader, database);
  return { kind: 'create-view', name, view: readView(reader), ifNotExists, orReplace: false };
}

function replaceView(reader: TokenReader, database: string | undefined): DdlStatement {
  return { ...createView(reader, database), orReplace: true } as DdlStatement;
}

/** Gives a view another query. */
function alterView(reader: TokenReader, database: string | undefined): DdlStatement {
  return replaceView(reader, database);
}

function dropView(reader: TokenReader, database: string | undefined): DdlStatement {
  const ifExists = reader.accept('IF', 'EXISTS');
  return { kind: 'drop-view', name: readTableName(reader, database), ifExists };
}

function dropTable(reader: TokenReader, database: string | undefined): DdlStatement {
  const ifExists = reader.accept('IF', 'EXISTS');
  const name = readTableName(reader, database);
  reader.accept('FORCE');
  return { kind: 'drop-table', name, ifExists };
}

function truncateTable(reader: TokenReader, database: string | undefined): DdlStatement {
  return { kind: 'truncate-table', name: readTableName(reader, database) };
}

function alterTable(reader: TokenReader, database: string | undefined): DdlStatement {
  const name = readTableName(reader, database);
  const changes: TableChange[] = [];
  do changes.push(...readChanges(reader));
  while (reader.acceptSymbol(','));
  return { kind: 'alter-table', name, changes };
}

function readChanges(reader: TokenReader): TableChange[] {
  const from = reader.position;
  if (reader.accept('ADD', 'COLUMN')) {
    if (reader.seesSymbol('(')) return reader.parenthesized(() => ({ change: 'add', column: readAddition(reader) }));
    if (!reader.seesIdentifier()) throw reader.noViable(from);
    return [{ change: 'add', column: readAddition(reader), ...readPlace(reader) }];
  }
  if (reader.accept('MODIFY', 'COLUMN'))
    return [{ change: 'modify', column: readColumn(reader), ...readPlace(reader) }];
  if (reader.accept('DROP', 'COLUMN')) return [{ change: 'drop', name: reader.identifier() }];
  if (reader.accept('RENAME', 'COLUMN')) {
    const name = reader.identifier();
    reader.expect('TO');
    return [{ change: 'rename-column', name, to: reader.identifier() }];
  }
  if (reader.accept('RENAME')) return [{ change: 'rename-table', to: reader.identifier() }];
  if (reader.accept('SWAP', 'WITH')) return [{ change: 'swap', with: reader.identifier() }];
  if (reader.accept('COMMENT')) {
    reader.expectSymbol('=');
    return [{ change: 'comment', comment: reader.text() }];
  }
  if (reader.accept('SET')) {
    return [{ change: 'set', properties: Object.fromEntries(reader.parenthesized(() => readProperty(reader))) }];
  }
  throw reader.unexpected("'ADD', 'DROP', 'MODIFY', 'RENAME', 'SET', 'SWAP', 'COMMENT'");
}

function readAddition(reader: TokenReader): DeclaredColumn {
  const column = readColumn(reader);
  if (column.autoIncrement !== true) return column;
  const detail = `Column '${column.name}' can not be AUTO_INCREMENT when ADD COLUMN`;
  throw SqlError.syntax(column.place, detail);
}

function readPlace(reader: TokenReader): { readonly place?: ColumnPlace } {
  if (reader.accept('FIRST')) return { place: { first: true } };
  return reader.accept('AFTER') ? { place: { after: reader.identifier() } } : {};
}

/** `table` or `database.table`. */
export function readTableName(reader: TokenReader, database: string | undefined): TableName {
  return inDatabase(reader.qualifiedName(), database);
}

function inDatabase(found: QualifiedName, database: string | undefined): TableName {
  const where = found.database ?? database;
  if (where === undefined) throw SqlError.noDatabase();
  return { database: where, table: found.name };
}

const maxNameCharacters = 1024;
