import type { Column, TableDefinition } from '../model.ts';
import { findColumn } from '../storage/catalog.ts';
import { defaultSql } from '../storage/default-sql.ts';
import { duckTable, duckType, quoted } from '../storage/duck-names.ts';
import type { EngineConnection } from '../storage/engine.ts';
import type { TableName } from './ddl.ts';
import { SqlError } from './sql-error.ts';
import type { TokenReader } from './token-reader.ts';

/** An INSERT, its rows still in StarRocks' SQL. */
export interface Insert {
  readonly name: TableName;
  readonly columns: readonly string[] | undefined;
  /** VALUES …, SELECT … */
  readonly source: string;
}

const staged = 'temp.main.starrocks_standin_insert';

/** Reads what comes after INSERT. */
export function readInsert(reader: TokenReader, readName: () => TableName): Insert {
  reader.accept('INTO');
  reader.accept('TABLE');
  const name = readName();
  if (reader.accept('WITH', 'LABEL')) reader.identifier();
  const columns =
    reader.seesSymbol('(') && !isQuery(reader) ? reader.parenthesized(() => reader.identifier()) : undefined;
  return { name, columns, source: reader.raw(() => false) };
}

function isQuery(reader: TokenReader): boolean {
  return ['SELECT', 'WITH', 'VALUES'].includes(reader.peek(1).value.toUpperCase());
}

/**
 * Inserts rows by the rules of the table's model: a duplicate key keeps all, a primary or unique key the last.
 *
 * @in      source  in DuckDB's SQL
 *          connection  inside a transaction
 * @out     how many rows were given
 * @throws  SqlError for NULL where none may be, and for texts that are too long
 */
export async function insertRows(
  connection: EngineConnection,
  table: TableDefinition,
  insert: { readonly columns: readonly string[] | undefined; readonly source: string },
): Promise<number> {
  if (table.model === 'AGG_KEYS') throw SqlError.refused('The stand-in aggregates on Stream Load only, not on INSERT');
  const names = (insert.columns ?? insertable(table)).map((name) => knownColumn(table, name).name);
  const declared = table.columns.map(
    (column) => `${quoted(column.name)} ${duckType(column.type)}${defaultClause(column)}`,
  );
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${staged.split('.').at(-1)} (${declared.join(', ')})`);
  const given = await connection.result(`INSERT INTO ${staged} (${names.map(quoted).join(', ')}) ${insert.source}`);
  await fillDerived(connection, table);
  for (const column of table.columns) await refuseUnfit(connection, column);
  await moveIn(connection, table);
  await connection.run(`DROP TABLE ${staged}`);
  return given.rowsChanged;
}

function insertable(table: TableDefinition): string[] {
  return table.columns.filter((column) => column.generated === undefined).map((column) => column.name);
}

function knownColumn(table: TableDefinition, name: string): Column {
  const column = findColumn(table, name);
  if (column === undefined) throw SqlError.refused(`Unknown column '${name}' in '${table.name}'`);
  return column;
}

function defaultClause(column: Column): string {
  return column.default === undefined || column.default === null ? '' : ` DEFAULT ${defaultSql(column)}`;
}

async function fillDerived(connection: EngineConnection, table: TableDefinition): Promise<void> {
  for (const column of table.columns) {
    const name = quoted(column.name);
    if (column.autoIncrement === true) {
      const last = `(SELECT coalesce(max(${name}), 0) FROM ${duckTable(table)})`;
      const nth = `rowid - (SELECT min(rowid) FROM ${staged}) + 1`;
      await connection.run(`UPDATE ${staged} SET ${name} = ${last} + ${nth} WHERE ${name} IS NULL`);
    }
    if (column.generated !== undefined) await connection.run(`UPDATE ${staged} SET ${name} = ${column.generated}`);
  }
}

async function refuseUnfit(connection: EngineConnection, column: Column): Promise<void> {
  const name = quoted(column.name);
  const found = async (condition: string) =>
    (await connection.rows(`SELECT 1 AS found FROM ${staged} WHERE ${condition} LIMIT 1`)).length > 0;
  if (!column.nullable && (await found(`${name} IS NULL`))) {
    throw SqlError.refused(`NULL value in non-nullable column '${column.name}'`);
  }
  const isText = column.type.base === 'VARCHAR' || column.type.base === 'CHAR';
  if (isText && (await found(`strlen(${name}) > ${column.type.length ?? 1}`))) {
    throw SqlError.refused(`String length is too long for column '${column.name}': the type is ${column.type.text}`);
  }
}

async function moveIn(connection: EngineConnection, table: TableDefinition): Promise<void> {
  const target = duckTable(table);
  if (table.model === 'DUP_KEYS') {
    await connection.run(`INSERT INTO ${target} SELECT * FROM ${staged}`);
    return;
  }
  const keys = table.keys.map(quoted);
  const matches = keys.map((key) => `old.${key} IS NOT DISTINCT FROM new.${key}`).join(' AND ');
  await connection.run(`DELETE FROM ${target} AS old USING ${staged} AS new WHERE ${matches}`);
  await connection.run(
    `INSERT INTO ${target} SELECT * FROM ${staged}
     QUALIFY row_number() OVER (PARTITION BY ${keys.join(', ')} ORDER BY rowid DESC) = 1`,
  );
}
