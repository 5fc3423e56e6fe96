import type { Column, TableDefinition } from '../model.ts';
import type { ColumnPlace } from '../storage/catalog.ts';
import { analyzeTable, concludeColumn } from './ddl-analyze.ts';
import { readColumn, readCreateTable } from './ddl-create-table.ts';
import { SqlError } from './sql-error.ts';
import { TokenReader } from './token-reader.ts';

export interface TableName {
  readonly database: string;
  readonly table: string;
}

export type ColumnChange =
  | { readonly change: 'add'; readonly column: Column; readonly place?: ColumnPlace }
  | { readonly change: 'modify'; readonly column: Column }
  | { readonly change: 'drop'; readonly name: string }
  | { readonly change: 'rename-column'; readonly name: string; readonly to: string }
  | { readonly change: 'rename-table'; readonly to: string };

/** A statement that changes what databases and tables there are. */
export type DdlStatement =
  | { readonly kind: 'create-database'; readonly database: string; readonly ifNotExists: boolean }
  | { readonly kind: 'drop-database'; readonly database: string; readonly ifExists: boolean }
  | { readonly kind: 'create-table'; readonly definition: TableDefinition; readonly ifNotExists: boolean }
  | { readonly kind: 'drop-table'; readonly name: TableName; readonly ifExists: boolean }
  | { readonly kind: 'truncate-table'; readonly name: TableName }
  | { readonly kind: 'alter-table'; readonly name: TableName; readonly changes: readonly ColumnChange[] };

type Reading = (reader: TokenReader, database: string | undefined) => DdlStatement;

const STATEMENTS: readonly (readonly [words: readonly string[], read: Reading])[] = [
  [['CREATE', 'DATABASE'], createDatabase],
  [['CREATE', 'SCHEMA'], createDatabase],
  [['CREATE', 'TABLE'], createTable],
  [['DROP', 'DATABASE'], dropDatabase],
  [['DROP', 'SCHEMA'], dropDatabase],
  [['DROP', 'TABLE'], dropTable],
  [['TRUNCATE', 'TABLE'], truncateTable],
  [['ALTER', 'TABLE'], alterTable],
];

/**
 * Reads one DDL statement of StarRocks, and checks what can be checked without knowing what exists.
 *
 * @in      sql       one statement, a closing semicolon or none
 *          database  where unqualified tables are; none selected when left out
 * @out     undefined for a statement that is not DDL
 * @throws  SqlError as StarRocks refuses it: 1064 with the place of a syntax error, or with what the analyzer says
 * @source  createTableStatement and its neighbours in the StarRocks grammar
 */
export function parseDdl(sql: string, database?: string): DdlStatement | undefined {
  const reader = new TokenReader(sql);
  const found = STATEMENTS.find(([words]) => reader.accept(...words));
  if (found === undefined) return refuseOtherDdl(reader);
  const statement = found[1](reader, database);
  reader.expectEnd();
  return statement;
}

function refuseOtherDdl(reader: TokenReader): undefined {
  if (reader.accept('CREATE')) throw reader.unexpected("'DATABASE', 'SCHEMA', 'TABLE'");
  if (reader.accept('DROP')) throw reader.unexpected("'DATABASE', 'SCHEMA', 'TABLE'");
  if (reader.accept('ALTER')) throw reader.unexpected("'TABLE'");
  return undefined;
}

function createDatabase(reader: TokenReader): DdlStatement {
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  const database = reader.identifier();
  if (!/^[a-zA-Z_][\w-]{0,255}$/.test(database)) throw SqlError.refused(`Incorrect database name '${database}'`);
  if (reader.accept('PROPERTIES')) reader.parenthesized(() => readProperty(reader));
  return { kind: 'create-database', database, ifNotExists };
}

function dropDatabase(reader: TokenReader): DdlStatement {
  const ifExists = reader.accept('IF', 'EXISTS');
  const database = reader.identifier();
  reader.accept('FORCE');
  return { kind: 'drop-database', database, ifExists };
}

function createTable(reader: TokenReader, database: string | undefined): DdlStatement {
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  const name = readTableName(reader, database);
  return { kind: 'create-table', definition: analyzeTable(name, readCreateTable(reader)), ifNotExists };
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
  const changes: ColumnChange[] = [];
  do changes.push(...readChanges(reader));
  while (reader.acceptSymbol(','));
  return { kind: 'alter-table', name, changes };
}

function readChanges(reader: TokenReader): ColumnChange[] {
  if (reader.accept('ADD', 'COLUMN')) {
    if (!reader.seesSymbol('(')) return [readAddition(reader)];
    return reader.parenthesized(() => ({ change: 'add', column: readAlone(reader) }) as const);
  }
  if (reader.accept('MODIFY', 'COLUMN')) return [{ change: 'modify', column: readAlone(reader) }];
  if (reader.accept('DROP', 'COLUMN')) return [{ change: 'drop', name: reader.identifier() }];
  if (reader.accept('RENAME', 'COLUMN')) {
    const name = reader.identifier();
    reader.expect('TO');
    return [{ change: 'rename-column', name, to: reader.identifier() }];
  }
  if (reader.accept('RENAME')) return [{ change: 'rename-table', to: reader.identifier() }];
  throw reader.unexpected("'ADD', 'DROP', 'MODIFY', 'RENAME'");
}

function readAddition(reader: TokenReader): ColumnChange {
  const column = readAlone(reader);
  if (reader.accept('FIRST')) return { change: 'add', column, place: { first: true } };
  if (reader.accept('AFTER')) return { change: 'add', column, place: { after: reader.identifier() } };
  return { change: 'add', column };
}

/** A column of a table that is not known here: its own faults are all that is found. */
function readAlone(reader: TokenReader): Column {
  const declared = readColumn(reader);
  return concludeColumn(declared, 'DUP_KEYS', declared.key);
}

/** `table` or `database.table`. */
export function readTableName(reader: TokenReader, database: string | undefined): TableName {
  const found = reader.qualifiedName();
  const where = found.database ?? database;
  if (where === undefined) throw SqlError.noDatabase();
  return { database: where, table: found.name };
}

function readProperty(reader: TokenReader): void {
  reader.text();
  reader.expectSymbol('=');
  reader.text();
}
