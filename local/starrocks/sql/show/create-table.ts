import type { Column, TableDefinition, TableModel, ViewDefinition } from '../../model.ts';
import type { Answer } from '../../mysql/mysql-replies.ts';
import { readTableName } from '../ddl.ts';
import { shownExpression, shownProperties } from '../information-schema/table-rows.ts';
import { systemTable } from '../information-schema/tables.ts';
import { SqlError } from '../sql-error.ts';
import type { TokenReader } from '../token-reader.ts';
import { typeSql } from '../type-words.ts';
import { type Shown, table } from './answer.ts';

const keyClauses: Readonly<Record<TableModel, string>> = {
  PRIMARY_KEYS: 'PRIMARY KEY',
  UNIQUE_KEYS: 'UNIQUE KEY',
  DUP_KEYS: 'DUPLICATE KEY',
  AGG_KEYS: 'AGGREGATE KEY',
};

export function showCreateTable(reader: TokenReader, { catalog, session }: Shown): Answer {
  const name = readTableName(reader, session.database);
  const view = catalog.view(name.database, name.table);
  if (view !== undefined) return viewAnswer(view);
  const isSystem = name.database === 'information_schema';
  if (!isSystem && !catalog.hasDatabase(name.database)) throw SqlError.unknownDatabase(name.database);
  const found = isSystem ? systemTable(name.table) : catalog.table(name.database, name.table);
  if (found === undefined) throw SqlError.refused(`Table ${name.table} is not found`);
  return table('Table:20, Create Table', [[found.name, createTableSql(found)]]);
}

function viewAnswer({ name, columns, query, comment }: ViewDefinition): Answer {
  const names = columns.map((column) => `\`${column.name}\``).join(', ');
  const said = comment === '' ? '' : `\nCOMMENT ${text(comment)}`;
  const sql = `CREATE VIEW \`${name}\` (${names})${said} SECURITY NONE AS ${query};`;
  const columnsShown = 'View:20, Create View, character_set_client, collation_connection';
  return table(columnsShown, [[name, sql, 'utf8', 'utf8_general_ci']]);
}

/** The statement that makes the table anew. */
function createTableSql(found: TableDefinition): string {
  const names = (columns: readonly string[]) => columns.map((name) => `\`${name}\``).join(', ');
  const { type, columns, buckets } = found.distribution;
  const distributed = type === 'RANDOM' ? 'RANDOM' : `HASH(${names(columns)})`;
  const properties = Object.entries(shownProperties(found)).map(([key, value]) => `${text(key)} = ${text(value)}`);
  return [
    `CREATE TABLE \`${found.name}\` (\n  ${found.columns.map(columnSql).join(',\n  ')}\n) ENGINE=OLAP `,
    `${keyClauses[found.model]}(${names(found.keys)})`,
    ...(found.comment === '' ? [] : [`COMMENT ${text(found.comment)}`]),
    ...(found.partitionBy === undefined ? [] : [`PARTITION BY ${found.partitionBy}`]),
    `DISTRIBUTED BY ${distributed}${buckets === undefined ? '' : ` BUCKETS ${buckets} `}`,
    ...(found.sortKeys === undefined ? [] : [`ORDER BY(${names(found.sortKeys)})`]),
    `PROPERTIES (\n${properties.join(',\n')}\n);`,
  ].join('\n');
}

function columnSql(column: Column): string {
  const value =
    column.generated !== undefined
      ? ` AS ${shownExpression(column.generated)}`
      : column.autoIncrement === true
        ? ' AUTO_INCREMENT'
        : defaultSql(column.default);
  const nullable = column.nullable ? ' NULL' : ' NOT NULL';
  const aggregate = column.aggregate === undefined ? '' : ` ${column.aggregate}`;
  return `\`${column.name}\` ${typeSql(column.type)}${aggregate}${nullable}${value} COMMENT ${text(column.comment)}`;
}

function defaultSql(value: string | null | undefined): string {
  if (value === undefined || value === null) return '';
  if (/^CURRENT_TIMESTAMP/.test(value)) return ` DEFAULT ${value}`;
  return value === 'uuid()' ? ' DEFAULT (uuid())' : ` DEFAULT ${text(value)}`;
}

function text(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
