import type { Connection, RowDataPacket } from 'mysql2/promise';
import { backticked } from '../../kit/backticked.ts';
import { typeRules } from '../types.ts';
import { isReadable } from './binlog/charsets.ts';
import type { Flavour } from './gtid.ts';
import type { FollowedTable, SourceFinding } from './source.ts';

export interface TablesTask {
  readonly connection: Connection;
  readonly flavour: Flavour;
  readonly version: string;
  readonly tables: readonly FollowedTable[];
}

/** What of the followed tables is in the way. */
export async function checkTables(task: TablesTask): Promise<readonly SourceFinding[]> {
  const { connection, tables } = task;
  if (tables.length === 0) {
    const text = 'no table of the server is taken by a route, or the user may see none.';
    return [{ weight: 'stop', where: 'routes', text, statements: [] }];
  }
  const found = tables.flatMap((table) => [...checkKey(table), ...checkColumns(table)]);
  const unreadable: SourceFinding[] = [];
  for (const table of tables) unreadable.push(...(await checkSelect(connection, table)));
  return [...found, ...unreadable, ...(await checkEngines(task)), ...(await checkCascades(task))];
}

const nameOf = ({ database, table }: FollowedTable) => `${database}.${table}`;
const quotedName = ({ database, table }: FollowedTable) => `${backticked(database)}.${backticked(table)}`;

function checkKey(table: FollowedTable): readonly SourceFinding[] {
  if (table.key.length > 0) return [];
  const text = 'it has no primary key, and no unique index of columns that are all NOT NULL.';
  const statements = [`ALTER TABLE ${quotedName(table)} ADD PRIMARY KEY (…);`];
  return [{ weight: 'stop', where: nameOf(table), text, statements }];
}

const knownTypes = new Set(typeRules.flatMap(({ names }) => names));

function checkColumns(table: FollowedTable): readonly SourceFinding[] {
  return table.source.columns.flatMap(({ name, dataType, columnType, charset }) => {
    const where = `${nameOf(table)}.${name}`;
    const stop = (text: string, statements: readonly string[]) => [
      { weight: 'stop' as const, where, text, statements },
    ];
    const leftOut = `Or leave it out: source.leave-out = ${where}.`;
    if (!knownTypes.has(dataType)) return stop(`its type ${columnType} is not known. ${leftOut}`, []);
    if (columnType.includes('mariadb-5.3') || columnType.includes('5.5 binary format')) {
      const statements = ['SET GLOBAL mysql56_temporal_format = ON;', `ALTER TABLE ${quotedName(table)} FORCE;`];
      return stop(
        'its times are stored in the format of before 5.6, of which the binlog does not tell the decimals.',
        statements,
      );
    }
    if (charset === null || charset === 'binary' || isReadable(charset)) return [];
    const statement = `ALTER TABLE ${quotedName(table)} MODIFY ${backticked(name)} ${columnType} CHARACTER SET utf8mb4;`;
    return stop(`text of the character set ${charset} cannot be read from the binlog. ${leftOut}`, [statement]);
  });
}

async function checkSelect(connection: Connection, table: FollowedTable): Promise<readonly SourceFinding[]> {
  try {
    await connection.query(`SELECT 1 FROM ${quotedName(table)} LIMIT 0`);
    return [];
  } catch (error) {
    const text = `it cannot be read: ${(error as Error).message}.`;
    return [{ weight: 'stop', where: nameOf(table), text, statements: [`GRANT SELECT ON ${quotedName(table)} TO …;`] }];
  }
}

const keyed = (tables: readonly FollowedTable[]) => new Map(tables.map((table) => [nameOf(table), table]));

/** A transaction that is rolled back leaves the rows of such tables, and the binlog does not always say which they are. */
async function checkEngines({ connection, tables }: TablesTask): Promise<readonly SourceFinding[]> {
  const sql = `SELECT CONCAT(t.TABLE_SCHEMA, '.', t.TABLE_NAME) AS name, t.ENGINE AS engine FROM information_schema.TABLES t
    JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE WHERE e.TRANSACTIONS <> 'YES' AND t.TABLE_TYPE = 'BASE TABLE'`;
  const [rows] = await connection.query<RowDataPacket[]>(sql);
  const followed = keyed(tables);
  return rows.flatMap((row) => {
    const table = followed.get(String(row['name']));
    if (table === undefined) return [];
    const text = `its engine ${String(row['engine'])} has no transactions: a rollback that it cannot take back stops the follower.`;
    const statements = [`ALTER TABLE ${quotedName(table)} ENGINE = InnoDB;`];
    return [{ weight: 'tell' as const, where: nameOf(table), text, statements }];
  });
}

/** Rows that a foreign key changes are in the binlog since MySQL 9.6 only: before, InnoDB changed them behind the server's back. */
async function checkCascades({ connection, flavour, version, tables }: TablesTask): Promise<readonly SourceFinding[]> {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  if (flavour === 'mysql' && (major > 9 || (major === 9 && minor >= 6))) return [];
  const sql = `SELECT CONSTRAINT_SCHEMA AS db, TABLE_NAME AS tab, CONSTRAINT_NAME AS name, DELETE_RULE AS onDelete, UPDATE_RULE AS onUpdate
    FROM information_schema.REFERENTIAL_CONSTRAINTS`;
  const [rows] = await connection.query<RowDataPacket[]>(sql);
  const followed = keyed(tables);
  return rows.flatMap((row) => {
    const table = followed.get(`${String(row['db'])}.${String(row['tab'])}`);
    const rules = [`ON DELETE ${String(row['onDelete'])}`, `ON UPDATE ${String(row['onUpdate'])}`];
    const acting = rules.filter((rule) => /CASCADE|SET/.test(rule));
    if (table === undefined || acting.length === 0) return [];
    const text = `its foreign key ${String(row['name'])} has ${acting.join(' and ')}: the rows that this changes are not in the binlog.`;
    const statements = [`ALTER TABLE ${quotedName(table)} DROP FOREIGN KEY ${backticked(String(row['name']))};`];
    return [{ weight: 'stop' as const, where: nameOf(table), text, statements }];
  });
}
