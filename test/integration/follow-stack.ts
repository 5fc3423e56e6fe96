import { setTimeout as delay } from 'node:timers/promises';
import mysql, { type Connection, type RowDataPacket } from 'mysql2/promise';
import { startStack } from '../../local/stack.ts';
import { s3ObjectStore } from '../../src/aws/s3-object-store.ts';
import { type FollowLoop, follow } from '../../src/follow/follow.ts';
import { openMySql } from '../../src/follow/mysql/open-mysql.ts';
import type { MySqlPlace } from '../../src/follow/mysql/place.ts';
import { rowsQueue } from '../../src/follow/rows-queue.ts';
import { createRoom } from '../../src/follow/send-chunks.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { timeOrderedId } from '../../src/kit/time-ordered-id.ts';
import { connectSource } from '../../src/mysql/follow/connect-source.ts';
import { compileRoutes } from '../../src/options/compile-routes.ts';
import { requireOptions } from '../../src/options/parse.ts';
import { requireRoutes } from '../../src/options/parse-routes.ts';
import type { RouteGiven } from '../../src/options/route.ts';
import type { DatabaseServer } from './database-server.ts';

export async function openFollowStack(server: DatabaseServer, tables: readonly string[]) {
  const stack = await startStack({
    options: { 'sink.semantic': 'exactly-once', 'sink.tables.allow': '*.*' },
    fifo: true,
    windowMs: 100,
    telemetry: { event: () => undefined, count: () => undefined },
  });
  const { aws, resources, starrocks } = stack;
  const sql = await mysql.createConnection({ host: '127.0.0.1', port: starrocks.queryPort, user: 'root' });
  for (const table of tables) await sql.query(table);
  const options = requireOptions(stack.options);
  const objects = s3ObjectStore(resources.bucket, aws.clientConfig);
  const queue = rowsQueue(resources.rowsQueueUrl, { config: aws.clientConfig, clock: systemClock });
  let followers = 0;
  const loop = (name: string, given: readonly RouteGiven[]): FollowLoop<MySqlPlace> => {
    const routes = compileRoutes(requireRoutes(given, options), options);
    const serverId = 1000 + followers++;
    const { host, port, user, password } = server;
    return {
      open: () =>
        openMySql({
          ...{ name, routes, objects, clock: systemClock, tell: () => undefined, checkTargets: async () => [] },
          connect: () =>
            connectSource({ address: { host, port, user, password }, tls: { mode: 'disabled' }, serverId }, routes),
          newId: () => timeOrderedId(Date.now()),
          onSchemaChange: async () => undefined,
          limits: { portionBytes: 4_000_000, chunkBytes: 900_000, flushMs: 50, parallelRanges: 4, groupsPerTable: 1 },
        }),
      waitsForOther: false,
      onTrouble: (error) => console.error(error),
      deps: {
        ...{ source: name, holder: `f${followers}`, leaseMs: 5000, objects, clock: systemClock },
        deadlineMs: Number.POSITIVE_INFINITY,
        ...{
          queue,
          newId: () => timeOrderedId(Date.now()),
          room: createRoom({ queue, clock: systemClock, mostWaiting: 1000 }),
        },
        payloads: { bucket: resources.bucket, prefix: 'payloads/', put: async () => Promise.reject(new Error('none')) },
      },
    };
  };
  return {
    ...{ stack, sql },
    /** Follows until it is stopped. */
    start(name: string, routes: readonly RouteGiven[]) {
      const until = new AbortController();
      const running = follow(loop(name, routes), until.signal);
      running.catch(() => undefined);
      return {
        running,
        async stop() {
          until.abort();
          await running;
        },
      };
    },
    rowsOf,
    countOf: async (what: string): Promise<number> =>
      Number((await rowsOf(sql, `SELECT COUNT(*) n FROM ${what}`))[0]?.['n']),
    until,
    /** Resolves when both queries give the same rows. */
    untilSame: (source: Connection, inSource: string, inTarget: string, follower: Following) =>
      until(async () => {
        const [want, have] = [await rowsOf(source, inSource), await rowsOf(sql, inTarget)];
        return JSON.stringify(want) === JSON.stringify(have);
      }, follower),
    async close() {
      await sql.end();
      await stack.close();
    },
  };
}

interface Following {
  readonly running: Promise<void>;
}

/** Asks again and again; fails with the follower when that ends. */
async function until(isSo: () => Promise<boolean>, { running }: Following): Promise<void> {
  const ended = running.then(() => Promise.reject(new Error('the follower has ended')));
  ended.catch(() => undefined);
  while (!(await Promise.race([isSo(), ended]))) await Promise.race([delay(50), ended]);
}

async function rowsOf(connection: Connection, query: string): Promise<Record<string, unknown>[]> {
  const [rows] = await connection.query<RowDataPacket[]>(query);
  return rows.map((row) => ({ ...row }));
}
