import { readFileSync } from 'node:fs';
import { type Finding, failure } from '../check/finding.ts';
import { checkQueue } from '../check/queue.ts';
import { checkReach, type ReachDeps } from '../check/reach.ts';
import { checkServer, type ReleaseNeed } from '../check/server.ts';
import { checkBucket } from '../check/stores.ts';
import { failures, SinkError } from '../kit/errors.ts';
import type { SinkOptions } from '../options/table.ts';
import { tableOptions } from './table-options.ts';
import type { Parts } from './wiring.ts';

/**
 * Asks everything that a run depends on whether it is there, from where this runs. Nothing is loaded; one small object is
 * written to the bucket.
 *
 * @in     sends: whoever asks sends pointers to the load queue
 * @throws only faults of ours: what others refuse is found
 */
export async function checkFromHere(
  parts: Parts,
  deadlineMs: number,
  { sends }: { readonly sends?: boolean | undefined } = {},
): Promise<readonly Finding[]> {
  const { options } = parts;
  const stores = await checkStores(parts, deadlineMs, sends);
  const access = await readAccess(parts, deadlineMs);
  if ('finding' in access) return [access.finding, ...stores];
  const server = await askServer(parts, access);
  const unnamed = { database: options['database-name'] ?? 'check', table: options['table-name'] ?? 'check' };
  const tables = server.tables.length > 0 ? server.tables : [unnamed];
  return [...(await checkReach(tables, reachOf(parts, access))), ...server.findings, ...stores];
}

async function checkStores(
  { options, reach, clock }: Parts,
  deadlineMs: number,
  sends: boolean | undefined,
): Promise<readonly Finding[]> {
  const { objects, askToSend } = reach(deadlineMs);
  const { 'sink.bucket': bucket, 'sink.load-queue-url': queueUrl, 'sink.connect.timeout-ms': timeoutMs } = options;
  const asks = sends ? askToSend : undefined;
  return [
    ...(bucket !== undefined && objects ? [await checkBucket(bucket, objects)] : []),
    ...(queueUrl === undefined ? [] : await checkQueue({ queueUrl, askToSend: asks, timeoutMs, now: clock.now })),
  ];
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

/** @source StarRocks docs: transactions since 2.4, merge commit since 3.4, transactions over several tables since 4.0 */
const releases: readonly (ReleaseNeed & { readonly isNeeded: (options: SinkOptions) => boolean })[] = [
  { from: [2, 4], why: 'exactly-once', isNeeded: (own) => own['sink.semantic'] === 'exactly-once' },
  {
    ...{ from: [3, 4], why: 'sink.properties.enable_merge_commit' },
    isNeeded: ({ properties }) => properties['enable_merge_commit'] === 'true',
  },
  { from: [4, 0], why: 'sink.atomic-messages', isNeeded: (own) => own['sink.atomic-messages'] },
];

/** By which options columns are added. */
const addsColumns = (own: SinkOptions): string | undefined =>
  own['sink.unknown-columns'] === 'add'
    ? 'sink.unknown-columns = add'
    : own['sink.schema-change'] === 'add-columns'
      ? 'sink.schema-change = add-columns'
      : undefined;

async function askServer(parts: Parts, { username, password }: Access) {
  const { options, routes, clock } = parts;
  const all = [options, ...routes.all.map((route) => route.options)];
  const optionsOf = tableOptions(parts);
  const made = routes.all.filter((route) => route.options['sink.create-tables']).map(({ target }) => target.database);
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
    isExactlyOnce: all.some((each) => each['sink.semantic'] === 'exactly-once'),
    needs: releases.filter(({ isNeeded }) => all.some(isNeeded)),
    grants: [...new Set(made)].map((each) => ({
      ...{ privilege: 'CREATE TABLE', database: each, why: 'sink.create-tables' },
    })),
    grantsOf: (id) => {
      const why = addsColumns(optionsOf(id));
      return why === undefined ? [] : [{ ...{ privilege: 'ALTER', why }, database: id.database, table: id.table }];
    },
    allowed: [...new Set([...ofDefault, ...ofRoutes, ...options['sink.tables.allow']])],
  });
}

function reachOf({ options, clock }: Parts, { username, password }: Access): ReachDeps {
  const ca = options['sink.tls.ca'];
  return {
    loadUrls: options['load-url'],
    redirectHosts: options['sink.redirect.hosts'],
    redirectMap: options['sink.redirect.map'],
    connectTimeoutMs: options['sink.connect.timeout-ms'],
    ca: ca === undefined || ca.startsWith('-----BEGIN') ? ca : readFileSync(ca, 'utf8'),
    ...{ username, password, now: clock.now },
  };
}
