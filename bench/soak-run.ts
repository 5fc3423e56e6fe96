import { setTimeout as delay } from 'node:timers/promises';
import { localClientConfig } from '../local/aws/client-config.ts';
import { seededRandom } from '../local/aws/seeded-random.ts';
import { addressesOf } from '../local/stack.ts';
import { createFeed, type Feed } from './chaos-feed.ts';
import { brokenPromises, type Found, lookForRows, waitUntilSettled } from './chaos-found.ts';
import type { ChaosFunctions } from './chaos-functions.ts';
import { createTables, database, textsOfRows } from './chaos-rows.ts';
import { loader, openWorld, type World } from './chaos-world.ts';
import { type FaultProxy, startFaultProxy, type TcpFault, tcpFaults } from './tcp-faults.ts';
import { createVictim } from './victim.ts';
import { secretsOf, watchOutput } from './watched-output.ts';

export interface SoakOptions {
  /** Rows are sent, and the network is bad, for so long. */
  readonly forMs: number;
  readonly seed: number;
  readonly semantic: string;
  readonly onProgress?: (line: string) => void;
}

export interface SoakEnd extends Found {
  readonly sent: number;
  readonly lost: number;
  readonly doubled: number;
  /** Bad rows that were sent. */
  readonly planted: number;
  /** How often each fault struck, all connections together. */
  readonly struck: Readonly<Record<TcpFault, number>>;
  /** Empty when everything is as promised. */
  readonly broken: readonly string[];
}

const badEvery = 1000;
const rowsAtATime = 250;
const pauseMs = 200;
const progressMs = 30_000;
const timeLimitMs = 5 * 60_000;
const functionTimeoutMs = 15_000;
/** Nobody dies here: what a function is still at work on, no other one gets, as on AWS. */
const visibilityTimeoutSeconds = 20;
const sweepEveryMs = 1000;
/** Longer than every limit of a call: whoever waits gives up first. */
const longestStallMs = 20_000;
const longestLatencyMs = 500;

/** Bytes between two faults: requests of the frontend are small, bodies are large. */
const bytesBetween = { frontend: 6000, backend: 150_000, query: 10_000, aws: 40_000 } as const;
type Servers = Readonly<Record<keyof typeof bytesBetween, FaultProxy>>;

/**
 * Lets the functions reach StarRocks, S3 and SQS through a bad network only, sends rows all the while, and counts what is there
 * when the network has become good.
 */
export async function runSoak({ forMs, seed, semantic, onProgress }: SoakOptions): Promise<SoakEnd> {
  await using world = await openWorld({ seed, tables: createTables(semantic), visibilityTimeoutSeconds });
  await using cleanup = new AsyncDisposableStack();
  const servers = await openProxies(world, seed, cleanup);
  const output = watchOutput({ ...textsOfRows, ...secretsOf(loader) });
  const victim = createVictim(functionsOf(world, servers, semantic), output);
  cleanup.defer(() => victim.kill());
  await victim.start();
  const feed = createFeed(world, false, badEvery);
  const rows = await Promise.race([victim.ended, feedUntil(performance.now() + forMs, feed, onProgress)]);
  const sent = await feed.close();
  for (const proxy of Object.values(servers)) proxy.calm();
  const isSettled = await Promise.race([victim.ended, waitUntilSettled(world, performance.now() + timeLimitMs)]);
  const found = await lookForRows(world);
  const broken = brokenPromises(found, isSettled, { rows, badEvery, hasVersions: false });
  broken.push(...output.brokenPromises());
  if (sent !== rows) broken.push(`${sent} of ${rows} rows were sent`);
  const planted = Math.floor(rows / badEvery);
  const proxies = Object.values(servers);
  const struck = Object.fromEntries(
    tcpFaults.map((fault) => [fault, proxies.reduce((sum, proxy) => sum + proxy.struck[fault], 0)]),
  ) as Record<TcpFault, number>;
  return {
    ...{ ...found, sent, planted, struck, broken },
    ...{ lost: rows - planted - found.distinct, doubled: found.count - found.distinct },
  };
}

/** @out  rows sent */
async function feedUntil(untilMs: number, feed: Feed, onProgress: SoakOptions['onProgress']): Promise<number> {
  let [rows, tellMs] = [0, performance.now() + progressMs];
  while (performance.now() < untilMs) {
    await feed.send({ from: rows, to: rows + rowsAtATime });
    rows += rowsAtATime;
    if (performance.now() > tellMs) {
      tellMs += progressMs;
      onProgress?.(`${rows} rows sent`);
    }
    await delay(pauseMs);
  }
  return rows;
}

async function openProxies({ aws, starrocks }: World, seed: number, cleanup: AsyncDisposableStack): Promise<Servers> {
  const random = seededRandom(seed);
  const open = async (name: keyof typeof bytesBetween, target: string) =>
    cleanup.use(
      await startFaultProxy({
        ...{ target, random, bytesBetween: bytesBetween[name] },
        ...{ longestLatencyMs, longestStallMs },
      }),
    );
  return {
    frontend: await open('frontend', new URL(starrocks.feUrl).host),
    backend: await open('backend', backendOf(starrocks)),
    query: await open('query', `127.0.0.1:${starrocks.queryPort}`),
    aws: await open('aws', new URL(aws.endpoint).host),
  };
}

const backendOf = ({ beUrls: [url = ''] }: World['starrocks']) => new URL(url).host;

function functionsOf({ starrocks, resources }: World, servers: Servers, semantic: string): ChaosFunctions {
  return {
    options: {
      ...addressesOf(starrocks, resources),
      ...{ 'load-url': servers.frontend.address, 'jdbc-url': `jdbc:mysql://${servers.query.address}` },
      'sink.redirect.map': `${backendOf(starrocks)}=${servers.backend.address}`,
      ...{ ...loader, 'sink.tables.allow': `${database}.*` },
      ...{ 'sink.semantic': semantic, 'sink.deadline-reserve-ms': 1000 },
      // Some batches are staged, some are loaded directly; StarRocks sees the bad rows.
      ...{ 'sink.stage-above-bytes': 128 * 1024, 'sink.check-rows': 'pass' },
    },
    ...{ aws: localClientConfig(`http://${servers.aws.address}`), resources },
    ...{ functionTimeoutMs, sweepEveryMs, windowMs: 100 },
  };
}
