/** Migrates and follows a real MySQL server into the local stack, while its rows change, and compares both sides. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { startStack } from '../../../local/stack.ts';
import type { TableProgress } from '../../../src/follow/mysql/place.ts';
import type { Telemetry } from '../../../src/telemetry.ts';
import { createSnapshotBar } from '../../snapshot-bar.ts';
import { changeCourses, fillCourses, inSource, inTarget, openServer, shards, target } from './courses.ts';
import { followCourses, migrateCourses } from './follow-courses.ts';
import { chooseServer } from './server.ts';

/** What the demo found; the last line of `--json`. */
export interface MySqlDemoSummary {
  readonly server: string;
  /** Rows that were there before. */
  readonly copied: number;
  /** Rows that changed while they were followed. */
  readonly changed: number;
  /** Median, from the commit of a change to the query in StarRocks that sees it. */
  readonly visibleAfterMs: number;
  /** Rows at the end, and those that are not the same on both sides. */
  readonly rows: number;
  readonly differing: number;
  readonly ok: boolean;
}

export interface MySqlDemoOptions {
  readonly isQuiet: boolean;
  readonly say: (line: string) => void;
}

const rowsOfShard = 5000;
const seconds = 10;
const pauseMs = 500;
const silent: Telemetry = { event: () => undefined, count: () => undefined };
const telling: Telemetry = {
  event: (level, message, fields) => level === 'error' && console.error(`${level}: ${message}`, fields),
  count: () => undefined,
};

/** @throws SinkError OPTIONS_INVALID: there is no server */
export async function runMySqlDemo({ isQuiet, say }: MySqlDemoOptions): Promise<MySqlDemoSummary> {
  // The server ends with this process.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const chosen = chooseServer();
  say(chosen.says);
  const start = await chosen.start();
  if (!('server' in start)) throw new Error(start.missing);
  await using cleanup = new AsyncDisposableStack();
  const { server } = start;
  cleanup.defer(() => server.stop());
  const folder = await mkdtemp(join(tmpdir(), 'starrocks-sink-demo-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const stack = await startStack({
    options: { 'sink.semantic': 'exactly-once', 'sink.tables.allow': target, 'sink.label-prefix': 'demo' },
    ...{ fifo: true, telemetry: isQuiet ? silent : telling },
  });
  cleanup.defer(() => stack.close());
  const source = await openServer(server);
  cleanup.defer(() => source.end());
  const starrocks = await createConnection({ host: '127.0.0.1', port: stack.starrocks.queryPort, user: 'root' });
  cleanup.defer(() => starrocks.end());

  await fillCourses(source, rowsOfShard);
  const copied = rowsOfShard * shards.length;
  say(`${chosen.name} holds ${copied} rows in ${shards.join(', ')}.`);
  const config = await migrateCourses(server, stack, folder);
  say(`migrate: StarRocks has ${target}, made from their schema, and sink.json the route from all four into it.`);

  const bar = isQuiet ? undefined : createSnapshotBar(process.stderr);
  const telemetry = isQuiet ? silent : telling;
  const onSnapshot = (tables: readonly TableProgress[]) => bar?.show(tables);
  const follower = await followCourses(config, server, stack, { telemetry, onSnapshot });
  cleanup.defer(() => follower.stop().catch(() => undefined));
  await follower.until(async () => (await countOf(starrocks)) === copied);
  bar?.stop();
  say(`follow: ${copied} rows are copied. Now the source changes for ${seconds} seconds.`);
  const changes = changeCourses(source, rowsOfShard);
  const visible: number[] = [];
  const untilMs = performance.now() + seconds * 1000;
  for (let row = 1; performance.now() < untilMs; row++) {
    // A row of its own is committed, and looked for.
    await source.query(`INSERT INTO ${shards[0]} VALUES (${-row}, 'Course that is looked for', 0, 1)`);
    visible.push(await follower.until(() => isSeen(row, starrocks)));
    say(
      `  ${changes.count} rows have changed; what was committed last was seen in StarRocks after ${visible.at(-1)} ms`,
    );
    await delay(pauseMs);
  }
  await changes.stop();
  await follower.until(async () => (await compare(source, starrocks)).differing === 0);
  await follower.stop();
  const { rows, differing } = await compare(source, starrocks);
  const ok = differing === 0 && rows > 0;
  const visibleAfterMs = median(visible);
  say(
    `${chosen.name} and StarRocks hold ${rows} rows, ${ok ? 'the same' : `of which ${differing} are NOT the same`}, row by row, ` +
      `after ${changes.count} changes. From commit to StarRocks: ${visibleAfterMs} ms (median).`,
  );
  return { server: chosen.name, copied, changed: changes.count, visibleAfterMs, rows, differing, ok };
}

async function isSeen(row: number, starrocks: Connection): Promise<boolean> {
  const [found] = await starrocks.query<RowDataPacket[]>(`SELECT id FROM ${target} WHERE id = ${-row}`);
  return found.length > 0;
}

async function countOf(starrocks: Connection): Promise<number> {
  const [[row]] = await starrocks.query<RowDataPacket[]>(`SELECT COUNT(*) AS n FROM ${target}`);
  return Number(row?.['n']);
}

/** @out  rows of the source, and how many rows only one side has */
async function compare(source: Connection, starrocks: Connection): Promise<{ rows: number; differing: number }> {
  const [one, other] = [await textsOf(source, inSource), await textsOf(starrocks, inTarget)];
  return { rows: one.size, differing: one.symmetricDifference(other).size };
}

async function textsOf(side: Connection, query: string): Promise<ReadonlySet<string>> {
  const [rows] = await side.query<RowDataPacket[]>(query);
  return new Set(rows.map((row) => JSON.stringify(Object.values(row).map(String))));
}

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
