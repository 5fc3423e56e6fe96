/** What a frontend's query port says of itself, and of the tables that are to be filled. */

import { failures, SinkError } from '../kit/errors.ts';
import type { TableId } from '../ports.ts';
import { openQueryPort, type QueryAccess, type QueryPort } from '../starrocks/query-port.ts';
import { readTable, type TableSchema } from '../starrocks/schema.ts';
import { clockFinding } from './clock.ts';
import { type Finding, failure, ok, warning } from './finding.ts';
import { checkGrants, type WantedGrant } from './grants.ts';
import { checkLimits } from './limits.ts';

export interface ServerDeps extends QueryAccess {
  readonly now: () => number;
  readonly isExactlyOnce: boolean;
  readonly needs: readonly ReleaseNeed[];
  /** What the options ask for beside INSERT, of a table that is there. */
  readonly grantsOf: (table: TableId) => readonly WantedGrant[];
  /** Databases in which tables may be made. */
  readonly grants: readonly WantedGrant[];
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
    ];
    const named = await tablesOf(port, deps);
    const checked = await Promise.all(named.tables.map((table) => checkTable(table, deps)));
    const tables = checked.flatMap(({ table }) => table ?? []);
    const wanted = [...deps.grants, ...tables.flatMap(deps.grantsOf)];
    const limits = await checkLimits(port, {
      ...deps,
      databases: [...new Set(tables.map(({ database }) => database))],
    });
    const grants = await checkGrants(wanted, port, deps.user);
    return {
      findings: [...findings, ...limits, ...named.findings, ...checked.map(({ finding }) => finding), ...grants],
      tables,
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

/** What the options ask of a release. */
export interface ReleaseNeed {
  /** Major and minor number. */
  readonly from: readonly [number, number];
  readonly why: string;
}

async function checkVersion(port: QueryPort, { needs }: ServerDeps): Promise<readonly Finding[]> {
  const version = (await single(port, 'SELECT current_version()')) ?? '';
  const about = { check: 'version', subject: 'StarRocks' } as const;
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(version) ?? [];
  const isAtLeast = ([least, minorLeast]: ReleaseNeed['from']) =>
    Number(major) > least || (Number(major) === least && Number(minor) >= minorLeast);
  const tooOld = needs.filter(({ from }) => !isAtLeast(from));
  if (tooOld.length > 0)
    return tooOld.map(({ from, why }) =>
      failure(about, `It is ${version}; ${why} needs ${from.join('.')} or later.`, 'Upgrade it, or change the option.'),
    );
  if (!isAtLeast([3, 0]))
    return [warning(about, `It is ${version}.`, 'What the sink does was measured against 3.5 and 4.0.')];
  return [ok(about, [`It is ${version}.`, ...needs.map(({ why }) => `It has what ${why} needs.`)].join(' '))];
}

async function checkClock(port: QueryPort, { now }: ServerDeps): Promise<readonly Finding[]> {
  const beforeMs = now();
  const there = Number(await single(port, 'SELECT unix_timestamp()'));
  return [clockFinding('frontend', Math.round(there - (beforeMs + now()) / 2000))];
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
    // The remedy of the table of failures is for messages that wait.
    const isNotThere = error.code === 'STARROCKS_CONFIGURATION';
    const remedy = isNotThere ? `Create ${about.subject}, or correct the name.` : failures[error.code].remedy;
    return { finding: failure(about, error.detail, remedy) };
  }
}
