import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import mysql, { type Connection, type RowDataPacket } from 'mysql2/promise';
import { openQueue } from '../local/aws/event-source-queue.ts';
import { createLocalResources, type LocalResources } from '../local/aws/queues.ts';
import { seededRandom } from '../local/aws/seeded-random.ts';
import { type LocalAws, startAws } from '../local/aws/server.ts';
import { addressesOf } from '../local/stack.ts';
import { type StarRocksServer, startStarRocks } from '../local/starrocks/server.ts';
import { createProducer, type Producer } from '../src/producer/producer.ts';
import type { ChaosFunctions } from './chaos-functions.ts';

export interface ChaosOptions {
  readonly rows: number;
  readonly kills: number;
  /** Decides disorder, duplicates, and the moments of the kills. */
  readonly seed: number;
  readonly semantic: string;
  readonly onProgress?: (line: string) => void;
}

export interface ChaosFound {
  /** Rows that SQS has taken. */
  readonly sent: number;
  readonly count: number;
  readonly distinct: number;
  readonly kills: number;
  /** Loads that were committed. */
  readonly loads: number;
  /** Transactions that a killed process left prepared. */
  readonly leftPrepared: number;
  /** False: messages were left when the time was over. */
  readonly isEmpty: boolean;
}

/** Messages are small, so that many are under way when the process is killed. */
const messageBytes = 16_384;
const visibilityTimeoutSeconds = 4;
/** Less than this, and no load would be begun directly: every batch would be staged. */
const functionTimeoutMs = 15_000;
const longestWaitMs = 4000;
const slicesPerKill = 20;
/** Half of the kills strike while StarRocks is doing one of these. */
const operations = ['begin', 'load', 'prepare', 'commit'] as const;
const timeLimitMs = 9 * 60_000;
/** StarRocks forgets everything but this many transactions, and a producer loses an answer between any two kills. */
const labelsKept = 20;

/** @throws Error when the functions end by themselves */
export async function runChaos(options: ChaosOptions): Promise<ChaosFound> {
  const { seed } = options;
  const [aws, starrocks] = await Promise.all([
    startAws({ seed, disorder: 50, duplicates: 0.05 }),
    startStarRocks({ config: { label_keep_max_num: labelsKept, label_clean_interval_second: 0.1 } }),
  ]);
  const sqs = new SQSClient({ ...aws.clientConfig, maxAttempts: 1 });
  const sql = await mysql.createConnection({ host: '127.0.0.1', port: starrocks.queryPort, user: 'root' });
  try {
    return await chase(options, { aws, starrocks, sqs, sql });
  } finally {
    await sql.end();
    sqs.destroy();
    await Promise.all([aws.close(), starrocks.close()]);
  }
}

interface World {
  readonly aws: LocalAws;
  readonly starrocks: StarRocksServer;
  readonly sqs: SQSClient;
  readonly sql: Connection;
}

async function chase(options: ChaosOptions, world: World): Promise<ChaosFound> {
  const { rows, kills, seed, semantic, onProgress } = options;
  const { aws, starrocks, sqs, sql } = world;
  await sql.query('CREATE DATABASE chaos');
  await sql.query('CREATE TABLE chaos.events (id BIGINT NOT NULL, note VARCHAR(100)) DUPLICATE KEY(id)');
  const resources = await createLocalResources(aws.endpoint, { visibilityTimeoutSeconds, maxReceiveCount: 1000 });
  const random = seededRandom(seed);
  const untilMs = performance.now() + timeLimitMs;
  const victim = createVictim(functionsOf(world, resources, semantic));
  const producer = createProducer({
    ...{ queueUrl: resources.rowsQueueUrl, client: sqs, database: 'chaos', targetBytes: messageBytes },
  });

  const committed = new Set<string>();
  await victim.start();
  let sent = 0;
  for (let kill = 1; kill <= kills; kill++) {
    const until = Math.floor((rows * kill) / (kills + 1));
    // The message arrives and its answer is lost, so that the producer sends the chunk again.
    aws.faults.add({ action: 'SendMessageBatch', after: true });
    await Promise.all([sendSlowly(producer, sent, until), momentToKill(starrocks, random)]);
    sent = until;
    await victim.kill();
    noteCommits(starrocks, committed);
    await victim.start();
    onProgress?.(`killed ${kill} times, ${sent} rows sent`);
  }
  await producer.send('events', rowsBetween(sent, rows));
  const summary = await producer.close();
  const isEmpty = await waitUntilEmpty(sqs, resources, untilMs);
  await victim.kill();
  noteCommits(starrocks, committed);
  const [counts] = await sql.query<RowDataPacket[]>('SELECT COUNT(*) AS c, COUNT(DISTINCT id) AS d FROM chaos.events');
  return {
    ...{ sent: summary.rows, count: Number(counts[0]?.['c']), distinct: Number(counts[0]?.['d']) },
    ...{ kills, loads: committed.size, isEmpty },
    leftPrepared: starrocks.transactions().filter(({ state }) => state === 'PREPARED').length,
  };
}

const isCommit: ReadonlySet<string> = new Set(['commit', 'stream_load']);

/** StarRocks and its spy forget, so labels that were committed are noted in time; an answer that nobody took is missing. */
function noteCommits({ spy }: StarRocksServer, committed: Set<string>): void {
  const isDone = /"Status":\s?"(OK|Success)"/;
  for (const { operation, answer = '', label } of spy.calls)
    if (isCommit.has(operation) && isDone.test(answer)) committed.add(label);
}

function functionsOf({ aws, starrocks }: World, resources: LocalResources, semantic: string): ChaosFunctions {
  return {
    options: {
      ...addressesOf(starrocks, resources),
      ...{ username: 'root', password: '' },
      ...{ 'sink.semantic': semantic, 'sink.tables.allow': 'chaos.*', 'sink.deadline-reserve-ms': 1000 },
      // Some batches are staged, some are loaded directly.
      'sink.stage-above-bytes': 256 * 1024,
    },
    ...{ aws: aws.clientConfig, resources, functionTimeoutMs, windowMs: 100 },
  };
}

/** A little at a time, so that something is under way whenever the process is killed. */
async function sendSlowly(producer: Producer, from: number, to: number): Promise<void> {
  const slice = Math.ceil((to - from) / slicesPerKill);
  for (let at = from; at < to; at += slice) {
    await producer.send('events', rowsBetween(at, Math.min(to, at + slice)));
    await delay(longestWaitMs / 2 / slicesPerKill);
  }
}

function* rowsBetween(from: number, to: number): Generator<object> {
  for (let id = from; id < to; id++) yield { id, note: `event ${id}, as it was told to the sink` };
}

async function momentToKill({ spy }: StarRocksServer, random: () => number): Promise<void> {
  const [waitMs, isAimed, operation] = [random() * longestWaitMs, random() < 0.5, pick(operations, random)];
  await delay(waitMs);
  if (!isAimed) return;
  const isOver = delay(longestWaitMs, undefined, { ref: false });
  await Promise.race([spy.waitFor((call) => call.operation === operation && call.status === undefined), isOver]);
}

const pick = <T>(items: readonly T[], random: () => number): T | undefined =>
  items[Math.floor(random() * items.length)];

/** The process that runs the functions. */
function createVictim(setup: ChaosFunctions) {
  let child: ChildProcess | undefined;
  return {
    async start(): Promise<void> {
      const started = fork(new URL('./chaos-functions.ts', import.meta.url), [JSON.stringify(setup)], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      child = started;
      const ended = once(started, 'exit').then(([code]) => {
        if (child === started) throw new Error(`The functions ended by themselves (${code}).`);
      });
      await Promise.race([once(started, 'message'), ended]);
    },
    async kill(): Promise<void> {
      const killed = child;
      child = undefined;
      if (killed === undefined) return;
      const ended = once(killed, 'exit');
      killed.kill('SIGKILL');
      await ended;
    },
  };
}

/** Rows first: their pointer is sent before they are deleted, so nothing is between the queues. */
async function waitUntilEmpty(
  sqs: SQSClient,
  { rowsQueueUrl, loadQueueUrl }: LocalResources,
  untilMs: number,
): Promise<boolean> {
  const [rows, segments] = await Promise.all([openQueue(sqs, rowsQueueUrl), openQueue(sqs, loadQueueUrl)]);
  while (performance.now() < untilMs) {
    if ((await rows.isEmpty()) && (await segments.isEmpty())) return true;
    await delay(500);
  }
  return false;
}
