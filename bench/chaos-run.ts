import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '../local/aws/seeded-random.ts';
import { addressesOf } from '../local/stack.ts';
import type { StarRocksServer } from '../local/starrocks/server.ts';
import { createFeed, type Feed } from './chaos-feed.ts';
import { brokenPromises, type Found, lookForRows, waitUntilSettled } from './chaos-found.ts';
import type { ChaosFunctions } from './chaos-functions.ts';
import { createTables, database, type RowRange, textsOfRows } from './chaos-rows.ts';
import type { Scenario } from './chaos-scenarios.ts';
import { loader, openWorld, type World } from './chaos-world.ts';
import { createVictim, type Victim } from './victim.ts';
import { secretsOf, watchOutput } from './watched-output.ts';

export interface ChaosOptions {
  readonly scenario: Scenario;
  readonly rows: number;
  readonly kills: number;
  /** Decides disorder, duplicates, and the moments of the kills. */
  readonly seed: number;
  readonly semantic: string;
  /** How long an outage of an hour takes. */
  readonly hourMs: number;
  readonly onProgress?: (line: string) => void;
}

export interface ChaosEnd extends Found {
  /** Event rows that SQS has taken. */
  readonly sent: number;
  /** Times that the scenario's own misfortune struck. */
  readonly struck: number;
  /** Labels that were committed. */
  readonly loads: number;
  /** Empty when everything is as promised. */
  readonly broken: readonly string[];
}

/** Less than this, and no load would be begun directly: every batch would be staged. */
const functionTimeoutMs = 15_000;
const sweepEveryMs = 1000;
const longestWaitMs = 4000;
const slicesPerKill = 20;
/** Half of the kills strike while StarRocks is doing one of these. */
const operations = ['begin', 'load', 'prepare', 'commit'] as const;
const timeLimitMs = 9 * 60_000;

/**
 * Sends rows, kills the process that runs the functions again and again, and counts what is there at the end.
 *
 * @throws Error when the functions end by themselves
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosEnd> {
  const { scenario, rows, seed, semantic } = options;
  await using world = await openWorld({ seed, tables: createTables(semantic), ...scenario });
  const committed = committedLabels(world.starrocks);
  const output = watchOutput({ ...textsOfRows, ...secretsOf(loader) });
  const victim = createVictim(functionsOf(world, scenario, semantic), output);
  const feed = createFeed(world, scenario.fifo ?? false, scenario.badEvery);
  await victim.start();
  const isSent = new AbortController();
  const disturbing = scenario.disturb?.(world, isSent.signal, options.hourMs);
  try {
    await Promise.race([victim.ended, chase(options, world, { victim, feed, note: committed.note })]);
    const sent = await feed.close();
    isSent.abort();
    const countStruck = await disturbing;
    const isSettled = await waitUntilSettled(world, performance.now() + timeLimitMs);
    const struck = countStruck?.();
    world.aws.faults.clear();
    const found = await lookForRows(world);
    const expected = { rows, badEvery: scenario.badEvery, hasVersions: scenario.fifo ?? false };
    const broken = brokenPromises(found, isSettled, expected);
    broken.push(...output.brokenPromises());
    if (sent !== rows) broken.push(`${sent} of ${rows} rows were sent`);
    if (struck === 0) broken.push('what the scenario is about never happened');
    return { ...found, sent, struck: struck ?? 0, loads: committed.note(), broken };
  } finally {
    await victim.kill();
  }
}

interface Chase {
  readonly victim: Victim;
  readonly feed: Feed;
  readonly note: () => void;
}

async function chase(options: ChaosOptions, world: World, { victim, feed, note }: Chase): Promise<void> {
  const { rows, kills, seed, onProgress } = options;
  const random = seededRandom(seed);
  for (let kill = 1; kill <= kills; kill++) {
    const range = { from: Math.floor((rows * (kill - 1)) / (kills + 1)), to: Math.floor((rows * kill) / (kills + 1)) };
    // The message arrives and its answer is lost, so that the producer sends the chunk again.
    world.aws.faults.add({ action: 'SendMessageBatch', after: true });
    await Promise.all([sendSlowly(feed, range), momentToKill(world.starrocks, random)]);
    await victim.kill();
    note();
    await victim.start();
    onProgress?.(`killed ${kill} times, ${range.to} rows sent`);
  }
  await feed.send({ from: Math.floor((rows * kills) / (kills + 1)), to: rows });
}

/** StarRocks and its spy forget, so labels that were committed are noted in time; an answer that nobody took is missing. */
function committedLabels({ spy }: StarRocksServer) {
  const labels = new Set<string>();
  const isDone = /"Status":\s?"(OK|Success)"/;
  return {
    /** @out  how many so far */
    note(): number {
      for (const { operation, answer = '', label } of spy.calls) {
        if ((operation === 'commit' || operation === 'stream_load') && isDone.test(answer)) labels.add(label);
      }
      return labels.size;
    },
  };
}

function functionsOf(world: World, { options }: Scenario, semantic: string): ChaosFunctions {
  const { aws, starrocks, resources } = world;
  return {
    options: {
      ...addressesOf(starrocks, resources),
      ...loader,
      ...{ 'sink.semantic': semantic, 'sink.tables.allow': `${database}.*`, 'sink.deadline-reserve-ms': 1000 },
      // Some batches are staged, some are loaded directly.
      'sink.stage-above-bytes': 256 * 1024,
      ...options?.(world),
    },
    ...{ aws: aws.clientConfig, resources, functionTimeoutMs, sweepEveryMs, windowMs: 100 },
  };
}

/** A little at a time, so that something is under way whenever the process is killed. */
async function sendSlowly(feed: Feed, { from, to }: RowRange): Promise<void> {
  const slice = Math.ceil((to - from) / slicesPerKill);
  for (let at = from; at < to; at += slice) {
    await feed.send({ from: at, to: Math.min(to, at + slice) });
    await delay(longestWaitMs / 2 / slicesPerKill);
  }
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
