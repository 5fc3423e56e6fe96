/** What is in the table, the bucket and the queues at the end of a run, and what is wrong with it. */
import { setTimeout as delay } from 'node:timers/promises';
import { GetObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import type { RowDataPacket } from 'mysql2/promise';
import { openQueue } from '../local/aws/event-source-queue.ts';
import { drainDeadLetters } from '../local/aws/queues.ts';
import { bucketPrefixes } from '../src/kit/bucket-prefixes.ts';
import { badIdIn, badIn, database, lastVersions } from './chaos-rows.ts';
import type { World } from './chaos-world.ts';

export interface Found {
  /** Rows in the table, and different ones. */
  readonly count: number;
  readonly distinct: number;
  /** Different rows in `rejected/`: bad ones, and those that should be in the table. */
  readonly rejected: number;
  readonly rejectedGood: number;
  readonly deadLetters: number;
  /** Of the keys that were written again and again; none unless told. */
  readonly versions: readonly string[];
  /** Transactions that stay prepared, and markers of what nobody settled. */
  readonly prepared: number;
  readonly inDoubt: number;
  /** Objects that hold the claims of all chunks. */
  readonly claimObjects: number;
}

/**
 * Resolves when nothing waits in the queues and nothing is in doubt. An invocation that nobody waits for any more cannot be ended
 * here: what it has prepared it must take back itself.
 *
 * @out  false: the time was over before
 */
export async function waitUntilSettled(world: World, untilMs: number): Promise<boolean> {
  const { sqs, resources, starrocks } = world;
  // Rows first: their pointer is sent before they are deleted, so nothing is between the queues.
  const queues = [await openQueue(sqs, resources.rowsQueueUrl), await openQueue(sqs, resources.loadQueueUrl)];
  for (const isSettled of [
    ...queues.map((queue) => () => queue.isEmpty()),
    async () => (await keysIn(world, bucketPrefixes.inDoubt)).length === 0,
    async () => starrocks.transactions().every(({ state }) => state !== 'PREPARED'),
  ]) {
    while (!(await isSettled())) {
      if (performance.now() > untilMs) return false;
      await delay(250);
    }
  }
  return true;
}

export async function lookForRows(world: World): Promise<Found> {
  const { sql, sqs, resources, starrocks } = world;
  const [counts] = await sql.query<RowDataPacket[]>(
    `SELECT COUNT(*) AS c, COUNT(DISTINCT id) AS d FROM ${database}.events`,
  );
  const [versions] = await sql.query<RowDataPacket[]>(`SELECT k, version FROM ${database}.latest ORDER BY k`);
  const deadLetters = [
    ...(await drainDeadLetters(sqs, resources.rowsDeadLettersUrl)),
    ...(await drainDeadLetters(sqs, resources.loadDeadLettersUrl)),
  ];
  return {
    ...{ count: Number(counts[0]?.['c']), distinct: Number(counts[0]?.['d']), deadLetters: deadLetters.length },
    ...(await rejectedRows(world)),
    versions: versions.map((row) => `${row['k']}=${row['version']}`),
    prepared: starrocks.transactions().filter(({ state }) => state === 'PREPARED').length,
    inDoubt: (await keysIn(world, bucketPrefixes.inDoubt)).length,
    claimObjects: (await keysIn(world, bucketPrefixes.claims)).length,
  };
}

async function rejectedRows(world: World): Promise<Pick<Found, 'rejected' | 'rejectedGood'>> {
  const [bad, good] = [new Set<number>(), new Set<string>()];
  for (const Key of await keysIn(world, bucketPrefixes.rejected)) {
    const { Body } = await world.s3.send(new GetObjectCommand({ Bucket: world.resources.bucket, Key }));
    for (const line of ((await Body?.transformToString()) ?? '').trimEnd().split('\n')) {
      const { text = line } = JSON.parse(line) as { readonly text?: string };
      const id = badIdIn(text);
      if (id === undefined) good.add(text);
      else bad.add(id);
    }
  }
  return { rejected: bad.size, rejectedGood: good.size };
}

async function keysIn({ s3, resources }: World, Prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: resources.bucket, Prefix })) {
    keys.push(...Contents.map(({ Key = '' }) => Key));
  }
  return keys;
}

export interface Sent {
  readonly rows: number;
  readonly badEvery: number | undefined;
  readonly hasVersions: boolean;
}

/** @out  one sentence for each promise that was not kept */
export function brokenPromises(found: Found, isSettled: boolean, { rows, badEvery, hasVersions }: Sent): string[] {
  const planted = badIn({ from: 0, to: rows }, badEvery);
  const [lost, doubled] = [rows - planted - found.distinct, found.count - found.distinct];
  const wanted = hasVersions ? lastVersions(rows) : [];
  const overtaken = wanted.filter((version) => !found.versions.includes(version)).length;
  const checks: readonly [boolean, string][] = [
    [isSettled, 'the queues are not empty, or something is in doubt, and the time is over'],
    [lost === 0, `${lost} rows are lost`],
    [doubled === 0, `${doubled} rows are doubled`],
    [found.rejected === planted, `${found.rejected} of ${planted} bad rows are kept`],
    [found.rejectedGood === 0, `${found.rejectedGood} good rows are rejected`],
    [overtaken === 0, `${overtaken} of ${wanted.length} keys do not hold their last version`],
    [found.deadLetters === 0, `${found.deadLetters} messages are dead letters`],
    [found.prepared === 0, `${found.prepared} transactions stay prepared`],
    [found.inDoubt === 0, `${found.inDoubt} transactions stay in doubt`],
  ];
  return checks.filter(([isKept]) => !isKept).map(([, sentence]) => sentence);
}
