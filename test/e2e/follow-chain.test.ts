import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFollowable } from '../../local/mysql/followable.ts';
import { bundleFunctions } from '../../scripts/build.ts';
import { s3ObjectStore } from '../../src/aws/s3-object-store.ts';
import { readState, stateKey } from '../../src/follow/state.ts';
import { stubCode, synthesize } from '../infra/synthesize.ts';
import { openFollowStack } from '../integration/follow-stack.ts';
import { routes, targets } from '../integration/followed-shop.ts';
import {
  awsAt,
  deployedVariables,
  type Invocation,
  invokeBundle,
  type LocalService,
  startLambda,
  startSecrets,
} from './deployed.ts';

const functionName = 'shop-follower';
/** The function reads no more when twenty seconds are left. */
const remainingMs = 23_000;
const invocations = 10;
const rows = 20_000;
const everyId = '(SELECT DISTINCT id FROM t.events) ids';

const start = await startFollowable.mariadb();

describe('the function that follows a database, as it is deployed', () => {
  if (!('server' in start)) return it.skip(start.missing);
  const { server } = start;
  const { host, port, user, password } = server;
  const startedAgain: string[] = [];
  let world: Awaited<ReturnType<typeof openFollowStack>>;
  let folder: string;
  let services: readonly LocalService[];
  let variables: Record<string, string>;
  const follow = (more: Partial<Invocation> = {}) =>
    invokeBundle({ ...{ folder, name: 'follow', event: {}, variables, functionName, remainingMs }, ...more });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'follow-chain-'));
    await bundleFunctions(folder);
    const routesFile = join(folder, 'routes.json');
    await writeFile(routesFile, JSON.stringify(routes));
    world = await openFollowStack(server, targets);
    const { aws, resources, starrocks } = world.stack;
    const secrets = await startSecrets((id) =>
      id === 'shop-database' ? { username: user, password } : { username: 'root', password: '' },
    );
    const lambda = await startLambda((name) => startedAgain.push(name));
    services = [secrets, lambda];
    const options = {
      ...{ 'load-url': starrocks.loadUrl, 'jdbc-url': starrocks.jdbcUrl, 'sink.secret-id': 'starrocks' },
      'sink.semantic': 'exactly-once' as const,
    };
    const { template } = synthesize({ options, routes, fifo: true }, (sink, stack) => {
      const secret = Secret.fromSecretNameV2(stack, 'Database', 'shop-database');
      const settings = { 'lease-ms': 2000, 'flush-ms': 50 };
      sink.addMySqlSource('shop', { host, port, secret, settings, ...stubCode });
    });
    variables = deployedVariables(template(), /Follower/, {
      STARROCKS_SINK_BUCKET: resources.bucket,
      STARROCKS_SINK_LOAD_QUEUE_URL: resources.loadQueueUrl,
      STARROCKS_SINK_ROUTES: routesFile,
      STARROCKS_SOURCE_QUEUE_URL: resources.rowsQueueUrl,
      STARROCKS_SOURCE_SECRET_ID: 'shop-database',
      ...awsAt(aws.endpoint, { SECRETS_MANAGER: secrets.url, LAMBDA: lambda.url }),
    });
    await server.connection.query(
      `CREATE DATABASE shop; USE shop; CREATE TABLE orders (id BIGINT PRIMARY KEY, v VARCHAR(50));
       CREATE TABLE events (id BIGINT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(50));
       INSERT INTO orders SELECT seq, 'found' FROM seq_1_to_${rows}`,
    );
  }, 120_000);
  afterAll(async () => {
    for (const service of services ?? []) await service[Symbol.asyncDispose]();
    await world?.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const holder = async () => {
    const { aws, resources } = world.stack;
    const state = await s3ObjectStore(resources.bucket, aws.clientConfig).getText(stateKey('shop'));
    return state && readState(state.text).holder;
  };
  const orders = 'SELECT id, v FROM orders ORDER BY id';
  const isMirrored = async () =>
    isDeepStrictEqual(
      await world.rowsOf(server.connection, orders),
      await world.rowsOf(world.sql, orders.replace('orders', 't.orders')),
    );

  it('hands over ten times, and once when it is ended before, with no gap and nothing twice', {
    timeout: 400_000,
  }, async () => {
    let [isOver, events] = [false, 0];
    const write = async () => {
      for (let round = 0; !isOver; round++, events += 2) {
        await server.connection.query(
          `BEGIN; INSERT INTO events (v) VALUES ('a'), ('b'); UPDATE orders SET v = 'round ${round}' WHERE id % 997 = ${round % 997};
           DELETE FROM orders WHERE id = ${rows - round}; UPDATE orders SET id = id + ${rows} WHERE id = ${round}; COMMIT`,
        );
        await delay(100);
      }
    };
    const writing = write();
    // It is looked at when it has ended.
    writing.catch(() => undefined);
    for (let invocation = 1; invocation <= invocations; invocation++) {
      const { answer } = await follow();
      expect(answer).toEqual({ ended: 'time is over' });
      expect(startedAgain).toEqual(Array.from({ length: invocation }, () => functionName));
    }
    // Its successor is ended in the middle, as Lambda does at the deadline, and starts nobody; what the schedule starts meanwhile ends at once.
    const before = await holder();
    const end = new AbortController();
    const ended = follow({ signal: end.signal, remainingMs: 200_000 });
    await world.until(async () => (await holder()) !== before, { running: ended.then(() => undefined) });
    expect((await follow()).answer).toEqual({ ended: 'somebody else follows' });
    end.abort();
    await expect(ended).rejects.toThrow('aborted');
    isOver = true;
    await writing;
    // Once the lease of the dead one is over, another follows, and sends what was left, if anything was.
    const ends = new Set<unknown>();
    while (!(ends.has('time is over') && (await isMirrored()) && (await world.countOf(everyId)) === events)) {
      ends.add((await follow()).answer.ended);
      await world.stack.idle();
    }
    const [told] = await world.rowsOf(
      world.sql,
      "SELECT COUNT(*) n, COUNT(DISTINCT id) ids, COUNT(DISTINCT place) places FROM t.events WHERE op = 'insert'",
    );
    expect(told?.['n']).toBeGreaterThan(events / 2);
    expect([told?.['ids'], told?.['places']]).toEqual([told?.['n'], told?.['n']]);
  });
});
