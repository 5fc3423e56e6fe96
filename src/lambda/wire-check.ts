import { readFileSync } from 'node:fs';
import { type Finding, failure } from '../check/finding.ts';
import { checkReach, type ReachDeps } from '../check/reach.ts';
import { checkServer } from '../check/server.ts';
import { checkBucket } from '../check/stores.ts';
import { failures, SinkError } from '../kit/errors.ts';
import type { SinkOptions } from '../options/table.ts';
import type { Parts } from './wiring.ts';

/**
 * Asks everything that a run depends on whether it is there, from where this runs. Nothing is loaded; one small object is
 * written to the bucket.
 *
 * @throws only faults of ours: what others refuse is found
 */
export async function checkFromHere(parts: Parts, deadlineMs: number): Promise<readonly Finding[]> {
  const { options } = parts;
  const { objects } = parts.reach(deadlineMs);
  const bucket = options['sink.bucket'];
  const stores = bucket !== undefined && objects ? [await checkBucket(bucket, objects)] : [];
  const access = await readAccess(parts, deadlineMs);
  if ('finding' in access) return [access.finding, ...stores];
  const server = await askServer(parts, access);
  const unnamed = { database: options['database-name'] ?? 'check', table: options['table-name'] ?? 'check' };
  const tables = server.tables.length > 0 ? server.tables : [unnamed];
  return [...(await checkReach(tables, reachOf(options, access))), ...server.findings, ...stores];
}

interface Access {
  readonly username: string;
  readonly password: string;
}

async function readAccess(
  { credentials, options }: Parts,
  deadlineMs: number,
): Promise<Access | { readonly finding: Finding }> {
  try {
    return await credentials.read(deadlineMs);
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    const about = { check: 'credentials', subject: options['sink.secret-id'] ?? 'username' } as const;
    return { finding: failure(about, error.detail, failures[error.code].remedy) };
  }
}

/** More would take long, and tell the same. */
const mostRoutes = 50;

async function askServer({ options, routes, clock }: Parts, { username, password }: Access) {
  const jdbcUrl = options['jdbc-url'];
  if (jdbcUrl === undefined) return { findings: [], tables: [] };
  const { 'database-name': database, 'table-name': table } = options;
  const ofDefault = database === undefined || table === undefined ? [] : [`${database}.${table}`];
  const filled = routes.all.filter((route) => !route.options['sink.create-tables']).map(({ target }) => target);
  const ofRoutes = filled.slice(0, mostRoutes).map((target) => `${target.database}.${target.table}`);
  return checkServer({
    jdbcUrl,
    user: username,
    password,
    timeoutMs: options['sink.connect.timeout-ms'],
    now: clock.now,
    isExactlyOnce: [options, ...routes.all.map((route) => route.options)].some(
      (each) => each['sink.semantic'] === 'exactly-once',
    ),
    allowed: [...new Set([...ofDefault, ...ofRoutes, ...options['sink.tables.allow']])],
  });
}

function reachOf(options: SinkOptions, { username, password }: Access): ReachDeps {
  const ca = options['sink.tls.ca'];
  return {
    loadUrls: options['load-url'],
    redirectHosts: options['sink.redirect.hosts'],
    redirectMap: options['sink.redirect.map'],
    connectTimeoutMs: options['sink.connect.timeout-ms'],
    ca: ca === undefined || ca.startsWith('-----BEGIN') ? ca : readFileSync(ca, 'utf8'),
    username,
    password,
  };
}
