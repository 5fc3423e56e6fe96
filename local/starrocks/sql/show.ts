import type { Column, TableDefinition, TableModel } from '../model.ts';
import { resultColumn } from '../mysql/mysql-columns.ts';
import type { Answer } from '../mysql/mysql-replies.ts';
import type { EditableCatalog } from '../storage/catalog.ts';
import { readTableName } from './ddl.ts';
import { SqlError } from './sql-error.ts';
import type { TokenReader } from './token-reader.ts';
import { STAND_IN_VERSION, variables } from './variables.ts';

type Cell = string | number | null;
type Showing = (reader: TokenReader, catalog: EditableCatalog, database: string | undefined, full: boolean) => Answer;

/** What SHOW can be followed by; words of no meaning here (FULL, GLOBAL, SESSION, ALL) are taken before. */
const SHOWS: readonly (readonly [words: readonly string[], show: Showing])[] = [
  [['DATABASES'], showDatabases],
  [['SCHEMAS'], showDatabases],
  [['CREATE', 'TABLE'], showCreateTable],
  [['TABLE', 'STATUS'], showTableStatus],
  [['COLUMNS'], showColumns],
  [['FIELDS'], showColumns],
  [['VARIABLES'], showVariables],
  [['BACKENDS'], showBackends],
  [['FRONTENDS'], showFrontends],
  [['COMPUTE', 'NODES'], nothing('ComputeNodeId IP HeartbeatPort BePort HttpPort Alive Version')],
  [['WARNINGS'], nothing('Level Code Message')],
  [['ERRORS'], nothing('Level Code Message')],
  [['STATUS'], nothing('Variable_name Value')],
  [['INDEX'], nothing('Table Non_unique Key_name Seq_in_index Column_name')],
  [['KEYS'], nothing('Table Non_unique Key_name Seq_in_index Column_name')],
  [['PROCESSLIST'], nothing('Id User Host Db Command ConnectionStartTime Time State Info')],
  [['PLUGINS'], nothing('Name Status Type Library License')],
  [['PROCEDURE', 'STATUS'], nothing('Db Name Type Definer Modified Created Security_type Comment')],
  [['FUNCTION', 'STATUS'], nothing('Db Name Type Definer Modified Created Security_type Comment')],
  [['COLLATION'], nothing('Collation Charset Id Default Compiled Sortlen')],
  [['ENGINES'], showEngines],
];

const KEY_CLAUSES: Readonly<Record<TableModel, string>> = {
  PRIMARY_KEYS: 'PRIMARY KEY',
  UNIQUE_KEYS: 'UNIQUE KEY',
  DUP_KEYS: 'DUPLICATE KEY',
  AGG_KEYS: 'AGGREGATE KEY',
};

/** Answers what comes after SHOW. */
export function show(reader: TokenReader, catalog: EditableCatalog, database: string | undefined): Answer {
  const full = reader.acceptOneOf(['FULL', 'GLOBAL', 'SESSION', 'ALL']) === 'FULL';
  if (reader.accept('TABLES')) return showTables(reader, catalog, database);
  const found = SHOWS.find(([words]) => reader.accept(...words));
  if (found === undefined) throw reader.unexpected(`'TABLES', ${SHOWS.map(([words]) => `'${words[0]}'`).join(', ')}`);
  return found[1](reader, catalog, database, full);
}

/** Answers DESC table. */
export function describeTable(reader: TokenReader, catalog: EditableCatalog, database: string | undefined): Answer {
  return columnsAnswer(tableNamed(reader, catalog, database).columns, 'true', 'false');
}

function showDatabases(reader: TokenReader, catalog: EditableCatalog): Answer {
  const matches = readFilter(reader);
  const names = [...catalog.databases(), 'information_schema'].sort().filter(matches);
  return table(
    ['Database'],
    names.map((name) => [name]),
  );
}

function showTables(reader: TokenReader, catalog: EditableCatalog, selected: string | undefined): Answer {
  const database = readFrom(reader) ?? selected;
  if (database === undefined) throw SqlError.noDatabase();
  const matches = readFilter(reader);
  const names = catalog.tables(database).map(({ name }) => name);
  return table(
    [`Tables_in_${database}`],
    names.filter(matches).map((name) => [name]),
  );
}

function showTableStatus(reader: TokenReader, catalog: EditableCatalog, selected: string | undefined): Answer {
  const database = readFrom(reader) ?? selected;
  if (database === undefined) throw SqlError.noDatabase();
  const matches = readFilter(reader);
  const tables = catalog.tables(database).filter(({ name }) => matches(name));
  return table(
    ['Name', 'Engine', 'Rows', 'Collation', 'Comment'],
    tables.map(({ name, comment }) => [name, 'StarRocks', null, 'utf8_general_ci', comment]),
  );
}

function showColumns(
  reader: TokenReader,
  catalog: EditableCatalog,
  selected: string | undefined,
  full: boolean,
): Answer {
  if (!reader.accept('FROM')) reader.expect('IN');
  const name = reader.qualifiedName();
  const database = readFrom(reader) ?? name.database ?? selected;
  if (database === undefined) throw SqlError.noDatabase();
  const matches = readFilter(reader);
  const columns = existing(catalog, database, name.name).columns.filter((column) => matches(column.name));
  return full ? fullColumns(columns) : columnsAnswer(columns, 'YES', 'NO');
}

/** DESC calls keys `true` and `false`, SHOW COLUMNS `YES` and `NO`. Source: DescribeStmt, ShowExecutor. */
function columnsAnswer(columns: readonly Column[], isKey: string, isNoKey: string): Answer {
  return table(
    ['Field', 'Type', 'Null', 'Key', 'Default', 'Extra'],
    columns.map((column) => [
      column.name,
      displayType(column),
      column.nullable ? 'YES' : 'NO',
      column.key ? isKey : isNoKey,
      column.default ?? null,
      extra(column),
    ]),
  );
}

function fullColumns(columns: readonly Column[]): Answer {
  return table(
    ['Field', 'Type', 'Collation', 'Null', 'Key', 'Default', 'Extra', 'Privileges', 'Comment'],
    columns.map((column) => [
      column.name,
      displayType(column),
      '',
      column.nullable ? 'YES' : 'NO',
      column.key ? 'YES' : 'NO',
      column.default ?? null,
      extra(column),
      '',
      column.comment,
    ]),
  );
}

function extra(column: Column): string {
  if (column.autoIncrement === true) return 'AUTO_INCREMENT';
  if (column.generated !== undefined) return 'STORED GENERATED COLUMN';
  return column.aggregate ?? '';
}

/** DESC and SHOW CREATE TABLE print types without display widths and under StarRocks' own names. */
function displayType({ type }: Column): string {
  if (type.base === 'BOOLEAN') return 'boolean';
  return type.text.replaceAll('bigint(20) unsigned', 'largeint').replaceAll(/\b((?:tiny|small|big)?int)\(\d+\)/g, '$1');
}

function showCreateTable(reader: TokenReader, catalog: EditableCatalog, database: string | undefined): Answer {
  const found = tableNamed(reader, catalog, database);
  return table(['Table', 'Create Table'], [[found.name, createTableSql(found)]]);
}

/** The statement that makes the table anew. */
function createTableSql(found: TableDefinition): string {
  const names = (columns: readonly string[]) => columns.map((name) => `\`${name}\``).join(', ');
  const { type, columns, buckets } = found.distribution;
  const distributed = type === 'RANDOM' ? 'RANDOM' : `HASH(${names(columns)})`;
  const properties = Object.entries(found.properties).map(([key, value]) => `${text(key)} = ${text(value)}`);
  return [
    `CREATE TABLE \`${found.name}\` (\n  ${found.columns.map(columnSql).join(',\n  ')}\n) ENGINE=OLAP `,
    `${KEY_CLAUSES[found.model]}(${names(found.keys)})`,
    ...(found.comment === '' ? [] : [`COMMENT ${text(found.comment)}`]),
    ...(found.partitions.length === 0 ? [] : [`PARTITION BY (${names(found.partitions)})`]),
    `DISTRIBUTED BY ${distributed}${buckets === undefined ? ' ' : ` BUCKETS ${buckets} `}`,
    ...(properties.length === 0 ? [] : [`PROPERTIES (\n${properties.join(',\n')}\n)`]),
  ]
    .join('\n')
    .concat(';');
}

function columnSql(column: Column): string {
  const value =
    column.generated !== undefined
      ? ` AS ${column.generated}`
      : column.autoIncrement === true
        ? ' AUTO_INCREMENT'
        : defaultSql(column.default);
  const nullable = column.nullable ? ' NULL' : ' NOT NULL';
  const aggregate = column.aggregate === undefined ? '' : ` ${column.aggregate}`;
  return `\`${column.name}\` ${displayType(column)}${aggregate}${nullable}${value} COMMENT ${text(column.comment)}`;
}

function defaultSql(value: string | null | undefined): string {
  if (value === undefined || value === null) return '';
  if (/^CURRENT_TIMESTAMP/.test(value)) return ` DEFAULT ${value}`;
  return value === 'uuid()' ? ' DEFAULT (uuid())' : ` DEFAULT ${text(value)}`;
}

function text(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function showVariables(reader: TokenReader): Answer {
  const matches = readFilter(reader);
  return table(
    ['Variable_name', 'Value'],
    variables().filter(([name]) => matches(name)),
  );
}

function showBackends(): Answer {
  const columns =
    'BackendId IP HeartbeatPort BePort HttpPort BrpcPort Alive SystemDecommissioned TabletNum ErrMsg Version';
  return table(columns.split(' '), [
    ['10001', '127.0.0.1', '9050', '9060', '8040', '8060', 'true', 'false', '0', '', STAND_IN_VERSION],
  ]);
}

function showFrontends(): Answer {
  const columns = 'Name IP EditLogPort HttpPort QueryPort RpcPort Role Alive Version';
  return table(columns.split(' '), [
    ['standin', '127.0.0.1', '9010', '8030', '9030', '9020', 'LEADER', 'true', STAND_IN_VERSION],
  ]);
}

function showEngines(): Answer {
  return table(['Engine', 'Support', 'Comment'], [['OLAP', 'YES', 'Default storage engine of StarRocks']]);
}

function nothing(columns: string): Showing {
  return () => table(columns.split(' '), []);
}

function table(columns: readonly string[], rows: readonly (readonly Cell[])[]): Answer {
  return { kind: 'rows', columns: columns.map((name) => resultColumn(name, { base: 'VARCHAR' })), rows };
}

function tableNamed(reader: TokenReader, catalog: EditableCatalog, database: string | undefined): TableDefinition {
  const name = readTableName(reader, database);
  return existing(catalog, name.database, name.table);
}

function existing(catalog: EditableCatalog, database: string, name: string): TableDefinition {
  const found = catalog.table(database, name);
  if (found !== undefined) return found;
  if (!catalog.hasDatabase(database)) throw SqlError.unknownDatabase(database);
  throw SqlError.unknownTable(name);
}

function readFrom(reader: TokenReader): string | undefined {
  return reader.acceptOneOf(['FROM', 'IN']) === undefined ? undefined : reader.identifier();
}

/** `LIKE 'pattern'`, or `WHERE column = 'x' [OR …]` and `WHERE column IN ('x', …)`; all pass without either. */
function readFilter(reader: TokenReader): (name: string) => boolean {
  if (reader.accept('LIKE')) return likePattern(reader.text());
  if (!reader.accept('WHERE')) return () => true;
  const names = new Set<string>();
  while (!reader.atEnd()) {
    const token = reader.take();
    if (token.kind === 'text') names.add(token.value.toLowerCase());
  }
  return (name) => names.has(name.toLowerCase());
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
