/** What tools ask of tables over HTTP. Source: TableSchemaAction.java, TableRowCountAction.java, GetDdlStmtAction.java, ShowProcAction.java. */
import type { Cluster } from '../cluster.ts';
import type { Column, TableDefinition } from '../model.ts';
import type { Subject } from '../users/accounts.ts';
import { refuseWithout } from './authentication.ts';
import type { Answer, Exchange } from './http.ts';
import { frontendJson, jsonHeaders, restFailure } from './replies.ts';

const bareJson = { 'content-type': 'application/json' };
const found = (value: unknown, headers: Record<string, string> = bareJson): Answer => {
  return { status: 200, text: frontendJson(value), headers };
};

/** The table of the path, to who may read it; or else what is answered. */
function readable(cluster: Cluster, { path }: Exchange, subject: Subject): TableDefinition | Answer {
  const [, database = '', name = ''] = path;
  const missing = (what: string): Answer => {
    return {
      status: 404,
      text: frontendJson({ exception: `${what} does not exists`, status: 404 }),
      headers: bareJson,
    };
  };
  const denied = refuseWithout(cluster, subject, 'SELECT', { kind: 'TABLE', database, name });
  if (denied !== undefined) return denied;
  if (!cluster.catalog.hasDatabase(database)) return missing(`Database [${database}]`);
  return cluster.catalog.table(database, name) ?? missing(`Table [${name}]`);
}

export function schemaOfTable(cluster: Cluster, exchange: Exchange, subject: Subject): Answer {
  const table = readable(cluster, exchange, subject);
  return 'status' in table ? table : found({ properties: table.columns.map(property), status: 200 });
}

/** In the order of a HashMap. */
function property({ name, comment, type }: Column): Record<string, string> {
  if (type.base !== 'DECIMAL') return { type: type.base, name, comment };
  const { precision = 10, scale = 0 } = type;
  const bits = precision <= 18 ? 64 : precision <= 38 ? 128 : 256;
  return { name, scale: String(scale), comment, type: `DECIMAL${bits}`, precision: String(precision) };
}

export async function countOfTable(cluster: Cluster, exchange: Exchange, subject: Subject): Promise<Answer> {
  const table = readable(cluster, exchange, subject);
  return 'status' in table ? table : found({ size: await count(cluster, table, subject), status: 200 });
}

/** `?db=&table=`: rows by index; a table has one. */
export async function rowCount(cluster: Cluster, { url }: Exchange, subject: Subject): Promise<Answer> {
  const [database, name] = [url.searchParams.get('db') ?? '', url.searchParams.get('table') ?? ''];
  const table = cluster.catalog.table(database, name);
  if (table === undefined) return refused(`Table[${name}] does not exist`);
  return found({ [name]: await count(cluster, table, subject) }, jsonHeaders);
}

async function count(cluster: Cluster, { database, name }: TableDefinition, subject: Subject): Promise<number> {
  const [row] = await cluster.query(
    `SELECT count(*) AS rows_of_table FROM ${quoted(database)}.${quoted(name)}`,
    subject,
  );
  return Number(row?.['rows_of_table'] ?? 0);
}

/** `?db=&tbl=` */
export async function ddlOfTable(cluster: Cluster, { url }: Exchange, subject: Subject): Promise<Answer> {
  const [database, name] = [url.searchParams.get('db') ?? '', url.searchParams.get('tbl') ?? ''];
  if (cluster.catalog.table(database, name) === undefined) return refused(`Table[${name}] does not exist`);
  const [row] = await cluster.query(`SHOW CREATE TABLE ${quoted(database)}.${quoted(name)}`, subject);
  // Printed through Jackson, which escapes nothing for HTML.
  const ddl = { TABLE: [row?.['Create Table'] ?? ''], ROLLUP: [], PARTITION: [] };
  return { status: 200, text: JSON.stringify(ddl), headers: jsonHeaders };
}

/** `?path=` of SHOW PROC; an unknown one shows nothing. */
export async function showProc(cluster: Cluster, { url }: Exchange, subject: Subject): Promise<Answer> {
  const path = url.searchParams.get('path') ?? '';
  try {
    const rows = await cluster.query(`SHOW PROC '${path.replaceAll("'", "''")}'`, subject);
    const texts = rows.map((row) => Object.entries(row).map(([name, value]) => [name, String(value ?? '\\N')]));
    return found(texts.map((row) => Object.fromEntries(row)));
  } catch {
    return { status: 200, text: '[]' };
  }
}

/** The stand-in reckons no bytes. */
export function databaseSizes({ catalog }: Cluster): Record<string, number> {
  const names = [...catalog.databases(), 'information_schema', '_statistics_', 'sys'];
  return Object.fromEntries(names.map((name) => [name, 0]));
}

function refused(message: string): Answer {
  return { status: 200, text: restFailure(message), headers: jsonHeaders };
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
