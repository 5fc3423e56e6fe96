import { setTimeout as delay } from 'node:timers/promises';
import mysql, { type Connection, type RowDataPacket } from 'mysql2/promise';
import type { DatabaseServer } from '../../local/mysql/database-server.ts';
import { startStack } from '../../local/stack.ts';
import { s3ObjectStore } from '../../src/aws/s3-object-store.ts';
import { type FollowLoop, follow } from '../../src/follow/follow.ts';
import { openMySql } from '../../src/follow/mysql/open-mysql.ts';
import type { MySqlPlace } from '../../src/follow/mysql/place.ts';
import { rowsQueue } from '../../src/follow/rows-queue.ts';
import { createRoom } from '../../src/follow/send-chunks.ts';
import { sourceStates } from '../../src/follow/states.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { timeOrderedId } from '../../src/kit/time-ordered-id.ts';
import { connectSource } from '../../src/mysql/follow/connect-source.ts';
import type { SourceAddress } from '../../src/mysql/follow/source.ts';
import { compileRoutes } from '../../src/options/compile-routes.ts';
import { requireOptions } from '../../src/options/parse.ts';
import { requireRoutes } from '../../src/options/parse-routes.ts';
import type { RouteGiven } from '../../src/options/route.ts';
import type { Message } from '../../src/producer/message.ts';

export async function openFollowStack(server: DatabaseServer, tables: readonly string[], { fifo = true } = {}) {
  const held: { readonly message: Message; readonly group: string }[] = [];
  const stack = await startStack({
    options: { 'sink.semantic': 'exactly-once', 'sink.tables.allow': '*.*' },
    fifo,
    windowMs: 100,
    telemetry: { event: () => undefined, count: () => undefined },
  });
  const { aws, resources, starrocks } = stack;
  const sql = await mysql.createConnection({ host: '127.0.0.1', port: starrocks.queryPort, user: 'root' });
  for (const table of tables) await sql.query(table);
  const options = requireOptions(stack.options);
  const objects = s3ObjectStore(resources.bucket, aws.clientConfig);
  const rows = rowsQueue(resources.rowsQueueUrl, {
    ...{ config: aws.clientConfig, clock: systemClock, needsOrder: fifo },
  });
  // A standard queue may deliver what it likes first: here all is held, to be delivered backwards.
  const queue: typeof rows = fifo
    ? rows
    : {
        ...rows,
        send: async (messages, groupOf) => {
          for (const message of messages) held.push({ message, group: groupOf(message) });
          return new Map();
        },
      };
  let followers = 0;
  const loop = (name: string, given: readonly RouteGiven[], more: Partial<SourceAddress>): FollowLoop<MySqlPlace> => {
    const routes = compileRoutes(requireRoutes(given, options), options);
    const serverId = 1000 + followers++;
    const { host, port, user, password } = server;
    return {
      open: () =>
        openMySql({
          ...{ name, routes, objects, clock: systemClock, tell: () => undefined, checkTargets: async () => [] },
          connect: () =>
            connectSource(
              { address: { host, port, user, password }, tls: { mode: 'disabled' }, serverId, ...more },
              routes,
            ),
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
    start(name: string, routes: readonly RouteGiven[], more: Partial<SourceAddress> = {}) {
      const until = new AbortController();
      const running = follow(loop(name, routes, more), until.signal);
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
    /** Where a source is in the binlog; undefined: not yet. */
    async placeOf(name: string) {
      const [state] = (await sourceStates<MySqlPlace>(objects)).filter(([each]) => each === name);
      const place = state?.[1].plan?.next ?? state?.[1].place;
      return place?.phase === 'binlog' ? place : undefined;
    },
    /** Sends what was held, the last first. @out  how many messages that were */
    async sendBackwards(): Promise<number> {
      for (const { message, group } of held.toReversed()) await rows.send([message], () => group);
      return held.length;
    },
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
