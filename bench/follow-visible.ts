import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import type { DatabaseServer } from '../local/mysql/database-server.ts';
import { startFollower } from '../test/integration/follow-kills.ts';
import { openFollowStack } from '../test/integration/follow-stack.ts';

const rowsPerSecond = 5000;
const forMs = 20_000;
const batchEveryMs = 20;
const probeEveryMs = 200;
const askEveryMs = 10;
const warmUpMs = 3000;

const cells = [
  { name: 'id', type: 'BIGINT' },
  { name: 'v', type: 'VARCHAR(200)' },
];
const target = 'CREATE TABLE t.seen (id BIGINT NOT NULL, v VARCHAR(200)) PRIMARY KEY(id)';
const routes = [
  {
    source: { database: '^visible$', table: '^seen$' },
    database: 't',
    table: 'seen',
    primaryKey: ['id'],
    columns: cells,
  },
];

export interface Visible {
  /** Milliseconds from the commit in the source to the query in StarRocks that sees it. */
  readonly p50: number;
  readonly p99: number;
  /** Rows a second that the source committed. */
  readonly perSecond: number;
}

/** Writes so many rows a second for a while, and looks now and then how long one takes into StarRocks, by the usual settings. */
export async function measureVisible(server: DatabaseServer): Promise<Visible> {
  await using cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'bench-follow-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const world = await openFollowStack(server, ['CREATE DATABASE t', target]);
  cleanup.defer(() => world.close());
  const { host, port, user, password } = server;
  const connect = async () => cleanup.use(await createConnection({ host, port, user, password }));
  const [writer, prober] = [await connect(), await connect()];
  await writer.query('CREATE DATABASE visible');
  await writer.query('CREATE TABLE visible.seen (id BIGINT PRIMARY KEY, v VARCHAR(100))');
  const follower = await startFollower({
    stack: world.stack,
    server,
    routes,
    folder,
    source: { 'source.flush-ms': 300 },
  });
  cleanup.defer(async () => {
    follower.kill('SIGKILL');
    await follower.ended;
  });
  await follower.saw('started');
  await delay(warmUpMs);
  const untilMs = performance.now() + forMs;
  const [written, lags] = await Promise.all([write(writer, untilMs), probe(prober, world.sql, untilMs)]);
  const sorted = lags.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), perSecond: (written * 1000) / forMs };
}

/** @out  rows that were committed */
async function write(connection: Connection, untilMs: number): Promise<number> {
  const begunMs = performance.now();
  let row = 0;
  for (; performance.now() < untilMs; await delay(batchEveryMs)) {
    const due = Math.floor(((performance.now() - begunMs) * rowsPerSecond) / 1000);
    const rows = Array.from({ length: due - row }, (_, next) => [row + next, `row ${row + next} of many`]);
    if (rows.length > 0) await connection.query('INSERT INTO visible.seen VALUES ?', [rows]);
    row = due;
  }
  return row;
}

/** Rows below zero are those that are looked for. */
async function probe(source: Connection, starrocks: Connection, untilMs: number): Promise<readonly number[]> {
  const looking: Promise<number>[] = [];
  for (let id = -1; performance.now() < untilMs; id--) {
    await source.query(`INSERT INTO visible.seen VALUES (${id}, 'looked for')`);
    looking.push(lookFor(id, starrocks, performance.now()));
    await delay(probeEveryMs);
  }
  return Promise.all(looking);
}

async function lookFor(id: number, starrocks: Connection, committedMs: number): Promise<number> {
  for (;;) {
    const [found] = await starrocks.query<RowDataPacket[]>(`SELECT id FROM t.seen WHERE id = ${id}`);
    if (found.length > 0) return performance.now() - committedMs;
    await delay(askEveryMs);
  }
}
