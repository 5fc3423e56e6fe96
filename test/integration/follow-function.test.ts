import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Context } from 'aws-lambda';
import mysql from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHandler } from '../../functions/follow/handler.ts';
import type { DatabaseServer } from '../../local/mysql/database-server.ts';
import { startFollowable } from '../../local/mysql/followable.ts';
import { startStack } from '../../local/stack.ts';
import { s3ObjectStore } from '../../src/aws/s3-object-store.ts';
import { cloudWatch } from '../../src/lambda/observer.ts';
import { rightsOf } from '../infra/rights.ts';
import { onceOptions, stubCode, synthesize } from '../infra/synthesize.ts';
import { recordRights } from './recorded-rights.ts';

const start = await startFollowable.mariadb();
const routes = [
  { source: { database: '^shop$', table: '^orders$' }, database: 't', table: 'orders', primaryKey: ['id'] },
];

/** Secrets Manager, as far as it is asked. */
const secrets: Record<string, string> = {};
const secretsManager = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += part));
  request.on('end', () => {
    const { SecretId: id } = JSON.parse(body);
    rights.add('follow', `secretsmanager:GetSecretValue secret:${id}-??????`);
    const text = secrets[id];
    const answer =
      text === undefined ? { __type: 'ResourceNotFoundException', message: 'not there' } : { SecretString: text };
    response.writeHead(text === undefined ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answer));
  });
});

/** The sink with a follower, as it is deployed. */
function deployedTemplate() {
  const options = { ...onceOptions, 'jdbc-url': 'jdbc:mysql://fe:9030' };
  const { template } = synthesize({ options, fifo: true, routes }, (sink, stack) => {
    const secret = Secret.fromSecretNameV2(stack, 'DatabaseSecret', 'shop-database');
    sink.addMySqlSource('shop', {
      host: 'db.example.com',
      secret,
      settings: { 'flush-ms': 20, 'lease-ms': 1000 },
      ...stubCode,
    });
  });
  return template();
}

/** The variables that the construct gives the follower; references to other resources are objects. */
function deployedVariables(): Readonly<Record<string, unknown>> {
  const functions = Object.values(deployedTemplate().findResources('AWS::Lambda::Function'));
  const found = functions.map(({ Properties }) => Properties.Environment?.Variables ?? {});
  return found.find((variables) => 'STARROCKS_SOURCE_HOST' in variables);
}

const rights = recordRights();
let server: DatabaseServer;
let stack: Awaited<ReturnType<typeof startStack>>;
let variables: Record<string, string>;
let target: mysql.Connection;
const lines: Record<string, unknown>[] = [];

beforeAll(async () => {
  if (!('server' in start)) return;
  server = start.server;
  await new Promise<void>((resolve) => secretsManager.listen(0, '127.0.0.1', resolve));
  stack = await startStack({
    options: { 'sink.semantic': 'exactly-once', 'sink.tables.allow': '*.*' },
    ...{ fifo: true, windowMs: 100, telemetry: { event: () => undefined, count: () => undefined } },
    aws: { onAnswer: rights.note },
  });
  target = await mysql.createConnection({ host: '127.0.0.1', port: stack.starrocks.queryPort, user: 'root' });
  await target.query('CREATE DATABASE t');
  await target.query('CREATE TABLE t.orders (id BIGINT NOT NULL, v INT) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)');
  await server.connection.query(
    'CREATE DATABASE shop; USE shop; CREATE TABLE orders (id BIGINT PRIMARY KEY, v INT); INSERT INTO orders VALUES (1, 1)',
  );
  const local: Record<string, string> = {
    STARROCKS_LOAD_URL: String(stack.options['load-url']),
    STARROCKS_JDBC_URL: String(stack.options['jdbc-url']),
    STARROCKS_SINK_BUCKET: stack.resources.bucket,
    STARROCKS_SINK_LOAD_QUEUE_URL: stack.resources.loadQueueUrl,
    STARROCKS_SINK_SECRET_ID: 'starrocks',
    STARROCKS_SOURCE_QUEUE_URL: stack.resources.rowsQueueUrl,
    STARROCKS_SOURCE_SECRET_ID: 'shop-database',
    STARROCKS_SOURCE_HOST: '127.0.0.1',
    STARROCKS_SOURCE_PORT: String(server.port),
  };
  const deployed = deployedVariables();
  // What is only known when it is deployed stands for itself here; everything else is as the construct has it.
  const open = Object.entries(deployed).filter(
    ([name, value]) => typeof value !== 'string' && local[name] === undefined,
  );
  expect(open).toEqual([]);
  variables = { ...(deployed as Record<string, string>), ...local };
});
beforeEach(() => {
  const { port } = secretsManager.address() as { port: number };
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', `http://127.0.0.1:${port}`);
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'x');
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});
afterAll(async () => {
  await target?.end();
  await stack?.close();
  secretsManager.close();
  if ('server' in start) await start.server.stop();
});

/** A run of the function: what it answers, whom it starts, and what it prints. */
async function run(changed: Readonly<Record<string, string>> = {}, name = 'a', forMs = 4500, given: unknown = routes) {
  lines.length = 0;
  for (const level of ['log', 'info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((text) => {
      // Powertools warns in words where there is nothing to count.
      if (String(text).startsWith('{')) lines.push(JSON.parse(text));
    });
  const started: string[] = [];
  const endsMs = Date.now() + forMs;
  const handler = createHandler({
    environment: { ...variables, ...changed },
    observer: cloudWatch('follow'),
    aws: { ...stack.aws.clientConfig, credentials: { accessKeyId: 'follow', secretAccessKey: 'local' } },
    routes: given,
    longestRunMs: 12_000,
    startSuccessor: async (functionName) => void started.push(functionName),
  });
  const context = {
    awsRequestId: name,
    functionName: 'shop-follower',
    getRemainingTimeInMillis: () => endsMs - Date.now(),
  };
  const answer = await handler({}, context as Context);
  return { ...answer, started };
}
const said = () =>
  lines
    .filter(({ message }) => message !== undefined)
    .map((line) => JSON.stringify(line))
    .join('\n');
const inTarget = async () => ((await target.query('SELECT id, v FROM t.orders ORDER BY id')) as unknown[])[0];

describe.skipIf('missing' in start)('the function that follows, with the variables that it is deployed with', () => {
  it('follows until shortly before its deadline, starts its successor, and that goes on', async () => {
    Object.assign(secrets, {
      starrocks: JSON.stringify({ username: 'root', password: '' }),
      'shop-database': JSON.stringify({ username: server.user, password: server.password }),
    });
    expect(await run()).toEqual({ ended: 'time is over', started: ['shop-follower'] });
    await server.connection.query('INSERT INTO orders VALUES (2, 2); UPDATE orders SET v = 7 WHERE id = 1');
    expect(await run({}, 'b')).toEqual({ ended: 'time is over', started: ['shop-follower'] });
    await stack.idle();
    expect(await inTarget()).toEqual([
      { id: 1, v: 7 },
      { id: 2, v: 2 },
    ]);
  });

  it('has the rights that its calls need, no more and no fewer', async () => {
    // Above what a message holds, also when it is compressed: it goes through the bucket.
    const text = () => randomBytes(750_000).toString('base64');
    await server.connection.query(
      `CREATE TABLE shop.texts (id BIGINT PRIMARY KEY, v LONGTEXT, w LONGTEXT); INSERT INTO shop.texts VALUES (1, '${text()}', '${text()}')`,
    );
    await target.query(
      'CREATE TABLE t.texts (id BIGINT NOT NULL, v VARCHAR(1048576), w VARCHAR(1048576)) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)',
    );
    const texts = {
      source: { database: '^shop$', table: '^texts$' },
      database: 't',
      table: 'texts',
      primaryKey: ['id'],
    };
    expect([await run({ STARROCKS_SOURCE_NAME: 'texts' }, 'rights', 6000, [texts]), said()]).toMatchObject([
      { ended: 'time is over' },
      '',
    ]);
    const granted = rightsOf(deployedTemplate(), 'Follower').filter((right) => !right.startsWith('lambda:'));
    const used = [...rights.of('follow')].filter((right) => !/secret:(none|wrong)/.test(right));
    expect(granted).toContain('s3:PutObject payloads/*');
    expect(used.sort()).toEqual(granted);
  });

  it('goes on while StarRocks cannot be asked whether its tables fit, and says so', async () => {
    const answer = await run({ STARROCKS_JDBC_URL: 'jdbc:mysql://127.0.0.1:1' }, 'e');
    expect(answer.ended).toBe('time is over');
    expect(said()).toMatch(/whether its tables fit was not looked at: STARROCKS_UNREACHABLE/);
    expect(said()).not.toContain('Following is interrupted');
  });

  it('refuses tables that do not fit, with the statements that mend them', async () => {
    await target.query('CREATE TABLE t.narrow (id INT NOT NULL, v INT) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)');
    const narrow = [{ ...routes[0], table: 'narrow' }];
    const answer = await run({ STARROCKS_SOURCE_NAME: 'narrow' }, 'f', 4500, narrow);
    expect(answer).toEqual({ ended: 'stopped', started: [] });
    expect(said()).toMatch(/SOURCE_UNFIT.*Run: ALTER TABLE `t`\.`narrow` MODIFY COLUMN `id` BIGINT/);
  });

  it('ends at once, and starts nobody, while another follows', async () => {
    const first = run({}, 'c', 6000);
    const store = s3ObjectStore(stack.resources.bucket, stack.aws.clientConfig);
    await vi.waitUntil(async () => (await store.getText('sources/shop/state.json'))?.text.includes('"holder":"c"'), {
      timeout: 5000,
    });
    expect(await run({}, 'd')).toEqual({ ended: 'somebody else follows', started: [] });
    expect((await first).ended).toBe('time is over');
  });

  it.each<[string, Record<string, string>, string, RegExp[]]>([
    [
      'there is no secret',
      { STARROCKS_SOURCE_SECRET_ID: 'none' },
      'time is over',
      [/SECRET_UNREADABLE/, /There is no secret none here/],
    ],
    [
      'the server cannot be reached',
      { STARROCKS_SOURCE_PORT: '1' },
      'time is over',
      [/SOURCE_LOST/, /At 127\.0\.0\.1:1 it said.*ECONNREFUSED/],
    ],
    [
      'the password is wrong',
      { STARROCKS_SOURCE_SECRET_ID: 'wrong' },
      'stopped',
      [/SOURCE_ACCESS_DENIED/, /Correct source\.user/],
    ],
    [
      'the bucket is missing',
      { STARROCKS_SINK_BUCKET: 'nowhere' },
      'time is over',
      [/BUCKET_MISSING/, /Correct sink\.bucket/],
    ],
    [
      'the server takes no TLS',
      { STARROCKS_SOURCE_TLS_MODE: 'verify-identity' },
      'stopped',
      [/SOURCE_TLS/, /Correct source\.tls\.mode/],
    ],
  ])('says what is wrong where %s', async (_, changed, ended, words) => {
    secrets['wrong'] = JSON.stringify({ username: server.user, password: 'not it' });
    const answer = await run(changed);
    expect(answer.ended).toBe(ended);
    for (const word of words) expect(said()).toMatch(word);
    expect(said()).not.toContain('not it');
    const stopped = lines.flatMap((line) => ('SourceStopped' in line ? [line['SourceStopped']] : []));
    expect(stopped).toEqual(ended === 'stopped' ? [1] : []);
  });

  it('refuses what it cannot follow with, in words of ours', async () => {
    await expect(run({ STARROCKS_SOURCE_QUEUE_URL: 'http://127.0.0.1/1/standard' })).rejects.toThrow(
      /FOLLOW_QUEUE_UNORDERED/,
    );
    await expect(run({ STARROCKS_SINK_SEMANTIC: 'at-least-once' })).rejects.toThrow(/FOLLOW_SEMANTIC/);
    await expect(run({ STARROCKS_SOURCE_FLUSH_MS: 'soon' })).rejects.toThrow(/source\.flush-ms/);
  });
});
