import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import mysql, { type Connection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCheckCommand } from '../../cli/check/check-command.ts';
import { createHandler } from '../../functions/ingest/handler.ts';
import { type Stack, startStack } from '../../local/stack.ts';
import type { Finding } from '../../src/check/finding.ts';
import { variablesFromOptions } from '../../src/options/sources.ts';
import { lambdaContext } from '../builders.ts';

let stack: Stack;
let connection: Connection;
let elsewhere: Server;

beforeAll(async () => {
  stack = await startStack({
    options: { 'database-name': 'shop', 'table-name': 'orders', 'sink.semantic': 'exactly-once' },
    starrocks: { backends: 2 },
    telemetry: { event: () => undefined, count: () => undefined },
  });
  connection = await mysql.createConnection({ host: '127.0.0.1', port: stack.starrocks.queryPort, user: 'root' });
  await connection.query('CREATE DATABASE shop');
  await connection.query('CREATE TABLE shop.orders (id BIGINT NOT NULL, v INT) PRIMARY KEY (id)');
  await connection.query("CREATE USER 'guest' IDENTIFIED BY 'secret'");
  elsewhere = createServer((_, response) => response.end('hello'));
  await once(elsewhere.listen(0, '127.0.0.1'), 'listening');
});
afterAll(async () => {
  await connection.end();
  elsewhere.close();
  await stack.close();
});

async function check(options: Readonly<Record<string, string>> = {}, args: readonly string[] = []) {
  const printed: string[] = [];
  let isWell = true;
  const command = createCheckCommand({
    env: variablesFromOptions({ ...stack.options, ...options }),
    print: (text) => void printed.push(text),
    notWell: () => {
      isWell = false;
    },
  });
  await command.parseAsync(['--endpoint', stack.aws.endpoint, ...args], { from: 'user' });
  return { isWell, text: printed.join('\n') };
}

/** What is not well, of what was found from here. */
async function troubles(options: Readonly<Record<string, string>>): Promise<readonly Finding[]> {
  const { text, isWell } = await check(options, ['--json']);
  const said = JSON.parse(text);
  expect(said.isWell).toBe(isWell);
  return said.checks[0].findings.filter(({ level }: Finding) => level !== 'ok');
}

describe('check', () => {
  it('finds everything well, names each backend, and the table with its model', async () => {
    const { isWell, text } = await check();
    expect(text).not.toMatch(/FAIL|note/);
    expect(isWell).toBe(true);
    expect(text).toMatch(/frontend 127\.0\.0\.1:\d+: It answers; 2 of 2 backends are alive\./);
    for (const url of stack.starrocks.beUrls) {
      expect(text).toContain(`backend ${new URL(url).host}: It answers.`);
    }
    expect(text).toContain('table shop.orders: 2 columns, primary key.');
    expect(text).toContain('privilege shop.orders: root may load it.');
    expect(text).toMatch(/bucket \S+: It takes conditional writes\./);
  });

  it('looks at options whose bucket is made when they are deployed', async () => {
    const { 'sink.bucket': _, ...undeployed } = stack.options;
    const printed: string[] = [];
    const surroundings = {
      env: variablesFromOptions(undeployed),
      print: (text: string) => void printed.push(text),
      notWell: () => void printed.push('not well'),
    };
    await createCheckCommand(surroundings).parseAsync(['--endpoint', stack.aws.endpoint], { from: 'user' });
    expect(printed.join()).toContain('table shop.orders: 2 columns, primary key.');
    expect(printed.join()).not.toMatch(/FAIL|bucket|not well/);
  });

  it.each<[what: string, options: Readonly<Record<string, string>>, found: Partial<Finding>]>([
    [
      'a name without an address',
      { 'load-url': 'no-such-host.invalid:8030' },
      { check: 'name', level: 'failure', found: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) },
    ],
    [
      'a port at which nobody listens',
      { 'load-url': '127.0.0.1:1' },
      { check: 'frontend', level: 'failure', found: expect.stringContaining('ECONNREFUSED') },
    ],
    [
      'a password that is wrong',
      { username: 'guest', password: 'guess' },
      { check: 'credentials', level: 'failure', subject: 'jdbc-url' },
    ],
    [
      'a table that is not there',
      { 'table-name': 'ordres' },
      {
        check: 'table',
        level: 'failure',
        subject: 'shop.ordres',
        found: expect.stringContaining('has no table ordres'),
      },
    ],
    [
      'a pattern that names no table',
      { 'sink.tables.allow': 'shop.x*' },
      { check: 'table', level: 'warning', subject: 'shop.x*' },
    ],
    [
      'a table that may double rows',
      { 'sink.semantic': 'at-least-once', 'table-name': 'log' },
      { check: 'table', level: 'warning', found: expect.stringContaining('may load a row twice') },
    ],
    [
      'a redirect map that leads nowhere',
      { 'sink.redirect.map': '127.0.0.1=127.0.0.1:1' },
      { check: 'backend', level: 'failure', remedy: expect.stringContaining('sink.redirect.map=') },
    ],
    [
      'an option out of its range',
      { 'sink.max-retries': '-1' },
      { check: 'options', level: 'failure', found: expect.stringContaining('sink.max-retries') },
    ],
  ])('says what is wrong with %s, and what to do', async (_, options, found) => {
    await connection.query('CREATE TABLE IF NOT EXISTS shop.log (id BIGINT NOT NULL) DUPLICATE KEY (id)');
    const all = await troubles(options);
    expect(all).toContainEqual(expect.objectContaining(found));
    for (const { remedy } of all) expect(remedy).toMatch(/\w/);
  });

  it('says when something else listens at load-url', async () => {
    const { port } = elsewhere.address() as AddressInfo;
    const all = await troubles({ 'load-url': `127.0.0.1:${port}` });
    expect(all).toContainEqual(
      expect.objectContaining({ check: 'frontend', found: expect.stringContaining('no health of StarRocks') }),
    );
  });

  it('says which grant a user lacks who may log in', async () => {
    const all = await troubles({ username: 'guest', password: 'secret' });
    expect(all).toContainEqual(
      expect.objectContaining({
        check: 'privilege',
        remedy: expect.stringContaining('GRANT INSERT ON TABLE shop.orders'),
      }),
    );
  });

  it('is asked of a function from inside, before it touches any message', async () => {
    const handler = createHandler({
      environment: variablesFromOptions(stack.options),
      observer: { telemetry: { event: () => undefined, count: () => undefined }, middlewares: [] },
      aws: stack.aws.clientConfig,
    });
    const answer = await handler({ check: true } as never, lambdaContext(60_000));
    const { findings } = answer as unknown as { readonly findings: readonly Finding[] };
    expect(findings.length).toBeGreaterThan(5);
    expect(findings.filter(({ level }) => level === 'failure')).toEqual([]);
  });
});

describe('check --stack', () => {
  const xml = (names: Readonly<Record<string, string>>) =>
    `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member><StackName>Sink</StackName><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime><Outputs>${Object.entries(
      names,
    )
      .map(([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`)
      .join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;

  /** CloudFormation and Lambda, as far as they are asked. */
  async function withAws(
    outputs: Readonly<Record<string, string>>,
    answer: object,
    use: (endpoint: string) => Promise<void>,
  ) {
    const server = createServer((request, response) => {
      const isInvocation = request.url?.includes('/invocations');
      response.setHeader('content-type', isInvocation ? 'application/json' : 'text/xml');
      request.resume().on('end', () => response.end(isInvocation ? JSON.stringify(answer) : xml(outputs)));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.close();
    }
  }

  const run = async (endpoint: string) => {
    const printed: string[] = [];
    let isWell = true;
    const notWell = () => {
      isWell = false;
    };
    const command = createCheckCommand({ env: {}, print: (text) => void printed.push(text), notWell });
    await command.parseAsync(['--stack', 'Sink', '--endpoint', endpoint], { from: 'user' });
    return { isWell, text: printed.join('\n') };
  };

  it('tells what each function found', async () => {
    const finding = { check: 'backend', subject: 'be:8040', level: 'failure', found: 'It hangs.', remedy: 'Open it.' };
    const outputs = { IngestFunctionName: 'ingest-1', LoadFunctionName: 'load-1' };
    await withAws(outputs, { findings: [finding] }, async (endpoint) => {
      const { isWell, text } = await run(endpoint);
      expect(isWell).toBe(false);
      for (const name of ['ingest-1', 'load-1']) {
        expect(text).toContain(`From inside ${name}:\n  FAIL  backend be:8040: It hangs.\n        → Open it.`);
      }
    });
  });

  it('says when a function is of an older version', async () => {
    await withAws({ IngestFunctionName: 'old' }, { batchItemFailures: [] }, async (endpoint) => {
      expect((await run(endpoint)).text).toMatch(/Deploy this version/);
    });
  });

  it('refuses a stack that is none of ours', async () => {
    await withAws({ BucketName: 'x' }, {}, async (endpoint) => {
      await expect(run(endpoint)).rejects.toThrow(/Sink has no output IngestFunctionName/);
    });
  });
});
