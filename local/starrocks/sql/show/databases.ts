import type { Answer } from '../../mysql/mysql-replies.ts';
import { informationSchema, ownDatabases, systemTables } from '../information-schema/tables.ts';
import { defaultCatalog, readDatabaseName } from '../session.ts';
import { SqlError } from '../sql-error.ts';
import { timeText } from '../time-text.ts';
import type { TokenReader } from '../token-reader.ts';
import { type Cell, readDatabase, readFilter, type Shown, table } from './answer.ts';

export function showDatabases(reader: TokenReader, { catalog, rights }: Shown): Answer {
  if (reader.acceptOneOf(['FROM', 'IN']) !== undefined) reader.identifier();
  const matches = readFilter(reader);
  return table(
    'Database:20',
    databaseNames(catalog.databases())
      .filter((name) => name === informationSchema || rights.allowed('ANY', { kind: 'DATABASE', database: name }))
      .filter(matches)
      .map((name) => [name]),
  );
}

/** With those that every cluster has, in the order of their names. */
export function databaseNames(own: readonly string[]): string[] {
  return [...own, informationSchema, ...ownDatabases].sort();
}

export function showCreateDatabase(reader: TokenReader, { catalog, rights }: Shown): Answer {
  const name = readDatabaseName(reader);
  if (!catalog.hasDatabase(name)) throw SqlError.unknownDatabase(name);
  rights.require('ANY', { kind: 'DATABASE', database: name });
  return table('Database:20, Create Database', [[name, `CREATE DATABASE \`${name}\``]]);
}

/** SHOW [FULL] TABLES. */
export function showTables(reader: TokenReader, shown: Shown): Answer {
  const database = readDatabase(reader, shown);
  const matches = readFilter(reader);
  const names = tableNames(shown, database).filter(([name]) => matches(name));
  return shown.full
    ? table(`Tables_in_${database}:20, Table_type:20`, names)
    : table(
        `Tables_in_${database}:20`,
        names.map(([name]) => [name]),
      );
}

function tableNames({ catalog }: Shown, database: string): (readonly [name: string, type: string])[] {
  if (ownDatabases.includes(database)) return [];
  if (database === informationSchema) return systemTables.map(({ name }) => [name, 'SYSTEM VIEW']);
  const tables = catalog.tables(database).map(({ name }) => [name, 'BASE TABLE'] as const);
  const views = catalog.views(database).map(({ name }) => [name, 'VIEW'] as const);
  return [...tables, ...views].sort(([a], [b]) => (a < b ? -1 : 1));
}

export async function showTableStatus(reader: TokenReader, shown: Shown): Promise<Answer> {
  const database = readDatabase(reader, shown);
  const matches = readFilter(reader);
  const tables = shown.catalog.tables(database).filter(({ name }) => matches(name));
  const rows: Cell[][] = await Promise.all(
    tables.map(async (each) => {
      const { name, comment } = each;
      const count = await shown.countRows(each);
      const made = timeText(shown.objects.of(database, name).createdAtMs);
      const sizes = [count, 0, 0, null, null, null, null];
      return [name, 'StarRocks', null, '', ...sizes, made, made, null, 'utf8_general_ci', null, '', comment];
    }),
  );
  const views = shown.catalog.views(database).filter(({ name }) => matches(name));
  const never = '1969-12-31 23:59:59';
  for (const { name, comment } of views) {
    const made = timeText(shown.objects.of(database, name).createdAtMs);
    const sizes = [-1, -1, -1, null, null, null, null];
    rows.push([name, null, null, '', ...sizes, made, never, null, 'utf8_general_ci', null, '', comment]);
  }
  return table(
    `Name:64, Engine:10, Version:bigint, Row_format:64, Rows:bigint, Avg_row_length:bigint, Data_length:bigint,
     Max_data_length:bigint, Index_length:bigint, Data_free:bigint, Auto_increment:bigint, Create_time:datetime,
     Update_time:datetime, Check_time:datetime, Collation:64, Checksum:bigint, Create_options:64, Comment:64`.trim(),
    rows,
  );
}

export function showCatalogs(): Answer {
  const comment = "An internal catalog contains this cluster's self-managed tables.";
  return table('Catalog:256, Type:20, Comment', [[defaultCatalog, 'Internal', comment]]);
}
