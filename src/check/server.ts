/** What a frontend's query port says of itself, and of the tables that are to be filled. */

import { failures, SinkError } from '../kit/errors.ts';
import type { TableId } from '../ports.ts';
import { openQueryPort, type QueryAccess, type QueryPort } from '../starrocks/query-port.ts';
import { readTable, type TableSchema } from '../starrocks/schema.ts';
import { type Finding, failure, ok, warning } from './finding.ts';

export interface ServerDeps extends QueryAccess {
  readonly now: () => number;
  readonly isExactlyOnce: boolean;
  /** Database and table: those that are asked about; a table may be `*`. */
  readonly allowed: readonly string[];
}

export interface CheckedTable extends TableId {
  readonly schema: TableSchema;
}

export interface ServerReport {
  readonly findings: readonly Finding[];
  /** Those that are there. */
  readonly tables: readonly CheckedTable[];
}

/** Tables that a pattern names, that are looked at; more would only repeat what is found. */
const mostTables = 50;
/** Labels and leases do not depend on clocks; times in logs do, and TLS. */
const usualSkewS = 60;

export async function checkServer(deps: ServerDeps): Promise<ServerReport> {
  const about = { check: 'credentials', subject: 'jdbc-url' } as const;
  let port: QueryPort;
  try {
    port = await openQueryPort(deps);
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    return { findings: [failure(about, error.detail, failures[error.code].remedy)], tables: [] };
  }
  try {
    const findings = [
      ok(about, `${deps.user} may log in.`),
      ...(await checkVersion(port, deps)),
      ...(await checkClock(port, deps)),
      ...(await checkLimits(port, deps)),
    ];
    const named = await tablesOf(port, deps);
    const tables = await Promise.all(named.tables.map((table) => checkTable(table, deps)));
    return {
      findings: [...findings, ...named.findings, ...tables.map(({ finding }) => finding)],
      tables: tables.flatMap(({ table }) => table ?? []),
    };
  } finally {
    port.close();
  }
}

const nobody = { database: '' };

async function single(port: QueryPort, sql: string): Promise<string | undefined> {
  const [row] = await port.query(sql, [], nobody);
  const [value] = Object.values(row ?? {});
  return value === undefined || value === null ? undefined : String(value);
}

/** @source StarRocks docs, "Load data using Stream Load transaction interface": from 2.4 on; several tables from 4.0 on */
async function checkVersion(port: QueryPort, { isExactlyOnce }: ServerDeps): Promise<readonly Finding[]> {
  const version = (await single(port, 'SELECT current_version()')) ?? '';
  const about = { check: 'version', subject: 'StarRocks' } as const;
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(version) ?? [];
  const isAtLeast = (wanted: number) => Number(major) + Number(minor) / 100 >= wanted;
  if (isExactlyOnce && !isAtLeast(2.04))
    return [failure(about, `It is ${version}.`, 'Exactly-once needs the transactions of StarRocks 2.4 or later.')];
  if (!isAtLeast(3))
    return [warning(about, `It is ${version}.`, 'What the sink does was measured against 3.5 and 4.0.')];
  return [ok(about, `It is ${version}.`)];
}

async function checkClock(port: QueryPort, { now }: ServerDeps): Promise<readonly Finding[]> {
  const beforeMs = now();
  const there = Number(await single(port, 'SELECT unix_timestamp()'));
  const skewS = Math.round(there - (beforeMs + now()) / 2000);
  const about = { check: 'clock', subject: 'frontend' } as const;
  if (Math.abs(skewS) <= usualSkewS) return [ok(about, 'It agrees with the clock here.')];
  const found = `It is ${Math.abs(skewS)} s ${skewS > 0 ? 'ahead of' : 'behind'} the clock here.`;
  return [warning(about, found, 'Let both follow a time server: times in logs and tables are theirs.')];
}

interface Limit {
  readonly name: string;
  readonly least: number;
  readonly why: string;
}

const limits: readonly Limit[] = [
  {
    name: 'label_keep_max_num',
    least: 1000,
    why: 'Finished labels are forgotten sooner, and a load whose answer was lost cannot be told from one that never was.',
  },
  {
    name: 'max_running_txn_num_per_db',
    least: 100,
    why: 'Loads are refused while so many transactions run in a database.',
  },
];

/** Reading them needs a right that a user who loads has not; then nothing is said of them. */
async function checkLimits(port: QueryPort, deps: ServerDeps): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { name, least, why } of limits) {
    const value = await limitOf(port, name);
    if (value === undefined) continue;
    const about = { check: 'limit', subject: name } as const;
    const matters = name !== 'label_keep_max_num' || deps.isExactlyOnce;
    if (value >= least || !matters) findings.push(ok(about, `It is ${value}.`));
    else {
      const remedy = `ADMIN SET FRONTEND CONFIG ('${name}' = '${least}'), and in fe.conf.`;
      findings.push(warning(about, `It is ${value}; usual is ${least}. ${why}`, remedy));
    }
  }
  return findings;
}

async function limitOf(port: QueryPort, name: string): Promise<number | undefined> {
  try {
    const [row] = await port.query(`ADMIN SHOW FRONTEND CONFIG LIKE '${name}'`, [], nobody);
    const value = Number(row?.['VALUE']);
    return row !== undefined && Number.isFinite(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SinkError) return undefined;
    throw error;
  }
}

async function tablesOf(port: QueryPort, { allowed }: ServerDeps) {
  const findings: Finding[] = [];
  const tables: TableId[] = [];
  for (const pattern of allowed) {
    const [database = '', table = ''] = pattern.split('.');
    if (!pattern.includes('*')) {
      tables.push({ database, table });
      continue;
    }
    const like = (text: string) => text.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%');
    const rows = await port.query(
      "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.tables WHERE TABLE_SCHEMA LIKE ? AND TABLE_NAME LIKE ? AND TABLE_TYPE = 'BASE TABLE'",
      [like(database), like(table)],
      { database },
    );
    const found = rows.map((row) => ({ database: String(row['TABLE_SCHEMA']), table: String(row['TABLE_NAME']) }));
    tables.push(...found.slice(0, mostTables));
    const about = { check: 'table', subject: pattern } as const;
    if (found.length > 0) findings.push(ok(about, `${found.length} tables.`));
    else findings.push(warning(about, 'No table that this user sees.', 'Create one, or correct sink.tables.allow.'));
  }
  return { findings, tables };
}

async function checkTable(id: TableId, deps: ServerDeps): Promise<{ finding: Finding; table?: CheckedTable }> {
  const about = { check: 'table', subject: `${id.database}.${id.table}` } as const;
  try {
    const schema = await readTable(deps, id.database, id.table);
    const found = `${schema.columns.length} columns, ${schema.model} key.`;
    const doubles = !deps.isExactlyOnce && ['duplicate', 'aggregate'].includes(schema.model);
    const finding = doubles
      ? warning(about, `${found} At-least-once may load a row twice.`, 'sink.semantic=exactly-once, or a primary key.')
      : ok(about, found);
    return { finding, table: { ...id, schema } };
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    return { finding: failure(about, error.detail, failures[error.code].remedy) };
  }
}
