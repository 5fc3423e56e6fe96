import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../local/aws/seeded-random.ts';
import type { DatabaseServer } from '../../local/mysql/database-server.ts';
import { addressesOf } from '../../local/stack.ts';
import { startFollower } from '../../test/integration/follow-kills.ts';
import type { ChaosFunctions } from '../chaos-functions.ts';
import { loader, openWorld, type World } from '../chaos-world.ts';
import { type FaultProxy, startFaultProxy } from '../tcp-faults.ts';
import { createVictim } from '../victim.ts';
import { secretsOf, type WatchedOutput, watchOutput } from '../watched-output.ts';
import { Chase, sourceName } from './chase.ts';
import { compareHistory, compareMirrors, type Mirrored, type Remembered } from './compare.ts';
import { routes, shards, targets, textOfRows } from './shards.ts';
import { fill, openSource, startWriters } from './writers.ts';

export interface MySqlChaosOptions {
  readonly server: DatabaseServer;
  /** Rows that the source holds before anything happens. */
  readonly rows: number;
  /** Of the follower; the sink's functions are killed half as often. */
  readonly kills: number;
  /** Decides what is written, and when whom is killed. */
  readonly seed: number;
  readonly onProgress?: (line: string) => void;
}

export interface MySqlChaosEnd
  extends Mirrored,
    Remembered,
    Pick<Chase, 'killed' | 'amid' | 'sinkKilled' | 'restarts'> {
  /** Transactions that the writers committed. */
  readonly transactions: number;
  /** Connections that the network ended. */
  readonly cuts: number;
  /** Empty when everything is as promised. */
  readonly broken: readonly string[];
}

const leaseMs = 1000;
const functionTimeoutMs = 15_000;
/** Longer than a function runs, as on AWS: what it is at work on, no other one gets. */
const visibilityTimeoutSeconds = 20;
/** Bytes between two faults of a connection. */
const bytesBetween = { database: 3_000_000, aws: 1_500_000 } as const;
type Network = Readonly<Record<keyof typeof bytesBetween, FaultProxy>>;

/**
 * Follows twenty tables while they are written, kills the follower, the functions and the server, cuts the network, and holds both
 * sides against each other at the end.
 *
 * @throws Error when the follower or the functions end by themselves
 */
export async function runMySqlChaos(options: MySqlChaosOptions): Promise<MySqlChaosEnd> {
  const { server, rows, seed, onProgress } = options;
  const rowsOfShard = Math.ceil(rows / shards.length);
  await using cleanup = new AsyncDisposableStack();
  const world = cleanup.use(await openWorld({ seed, fifo: true, tables: targets, visibilityTimeoutSeconds }));
  const folder = await mkdtemp(join(tmpdir(), 'mysql-chaos-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  await fill(server, rowsOfShard);
  onProgress?.(`${rowsOfShard * shards.length} rows in ${shards.length} tables`);
  const writers = startWriters(server, { rowsOfShard, seed });
  cleanup.defer(async () => void (await writers.stop()));
  const output = watchOutput({
    ...{ 'a cell of a row': textOfRows, 'the password of the source': server.password },
    ...secretsOf(loader),
  });
  const victim = createVictim(functionsOf(world), output);
  cleanup.defer(() => victim.kill());
  await victim.start();
  const network = await openNetwork(world, server, seed, cleanup);
  const chase = new Chase(options, {
    ...{ world, victim, server },
    startFollower: followerOf(world, network, server, { folder, output }),
  });
  cleanup.defer(() => chase.end());
  await Promise.race([victim.ended, chase.run()]);
  const transactions = await writers.stop();
  onProgress?.(`${transactions} transactions were written`);
  for (const proxy of Object.values(network)) proxy.calm();
  const broken = await Promise.race([victim.ended, chase.finish()]);
  await using source = await openSource(server);
  const found = {
    ...(await compareMirrors(source, world.sql)),
    ...(await compareHistory(source, world.sql, chase.watermark)),
  };
  const { killed, amid, sinkKilled, restarts } = chase;
  const cuts = Object.values(network).reduce((sum, { struck: { reset, cut } }) => sum + reset + cut, 0);
  return {
    ...{ ...found, transactions, killed, amid, sinkKilled, restarts, cuts },
    broken: [...broken, ...brokenPromises(found), ...output.brokenPromises()],
  };
}

function brokenPromises({ mirrored, differing, changes, lost, doubled, disordered }: Mirrored & Remembered): string[] {
  const checks: readonly [boolean, string][] = [
    [mirrored > 0 && changes > 0, `${mirrored} rows and ${changes} changes are nothing to compare`],
    [differing === 0, `${differing} of ${mirrored} mirrored rows differ`],
    [lost === 0, `${lost} of ${changes} changes are lost`],
    [doubled === 0, `${doubled} changes are doubled`],
    [disordered === 0, `${disordered} keys have their changes in another order`],
  ];
  return checks.filter(([isKept]) => !isKept).map(([, sentence]) => sentence);
}

function functionsOf({ aws, starrocks, resources }: World): ChaosFunctions {
  return {
    options: {
      ...addressesOf(starrocks, resources),
      ...{ ...loader, 'sink.semantic': 'exactly-once', 'sink.deadline-reserve-ms': 1000 },
      // Some batches are staged, some are loaded directly.
      'sink.stage-above-bytes': 256 * 1024,
    },
    ...{ routes, aws: aws.clientConfig, resources, functionTimeoutMs, sweepEveryMs: 1000, windowMs: 100 },
  };
}

async function openNetwork(
  { aws }: World,
  { host, port }: DatabaseServer,
  seed: number,
  cleanup: AsyncDisposableStack,
): Promise<Network> {
  const random = seededRandom(seed);
  const open = async (name: keyof typeof bytesBetween, target: string) =>
    cleanup.use(
      await startFaultProxy({
        ...{ target, random, bytesBetween: bytesBetween[name] },
        ...{ longestLatencyMs: 300, longestStallMs: 3000 },
      }),
    );
  return { database: await open('database', `${host}:${port}`), aws: await open('aws', new URL(aws.endpoint).host) };
}

/** The follower reaches the server, S3 and SQS through the network only. */
function followerOf(
  { aws, resources, starrocks }: World,
  network: Network,
  server: DatabaseServer,
  { folder, output }: { readonly folder: string; readonly output: WatchedOutput },
) {
  const through = ({ address }: FaultProxy) => new URL(`http://${address}`);
  const rowsQueueUrl = resources.rowsQueueUrl.replace(new URL(aws.endpoint).host, network.aws.address);
  const options = {
    ...addressesOf(starrocks, resources),
    ...loader,
    'sink.semantic': 'exactly-once',
  };
  return () =>
    startFollower({
      stack: { aws: { endpoint: through(network.aws).origin }, resources: { rowsQueueUrl }, options },
      server: { ...server, port: Number(through(network.database).port) },
      ...{ routes, folder, onLine: output.note },
      source: {
        'source.name': sourceName,
        'source.lease-ms': leaseMs,
        'source.flush-ms': 200,
        'source.snapshot.parallel': 3,
      },
    });
}
