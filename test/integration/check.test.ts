import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
    expect(text).toContain(`queue ${stack.resources.loadQueueUrl}: It answers.`);
    expect(text).toContain('clock AWS: It agrees with the clock here.');
    expect(text).toMatch(/version StarRocks: It is 3\.5\S* It has what exactly-once needs\./);
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
        remedy: 'Create shop.ordres, or correct the name.',
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

  it('says which grant a user lacks for what an option does, and sees it when it is there', async () => {
    await connection.query("GRANT INSERT ON shop.orders TO USER 'guest'");
    const options = { username: 'guest', password: 'secret', 'sink.unknown-columns': 'add' };
    const remedy = "GRANT ALTER ON TABLE shop.orders TO USER 'guest'.";
    expect(await troubles(options)).toContainEqual(
      expect.objectContaining({ check: 'privilege', level: 'failure', remedy }),
    );
    await connection.query("GRANT ALTER ON ALL TABLES IN DATABASE shop TO USER 'guest'");
    const { text } = await check(options);
    expect(text).toContain('ok    privilege shop.orders: guest has ALTER.');
    await connection.query("REVOKE INSERT ON shop.orders FROM USER 'guest'");
    await connection.query("REVOKE ALTER ON ALL TABLES IN DATABASE shop FROM USER 'guest'");
  });

  it('says in one line that the limits may not be read', async () => {
    const all = await troubles({ username: 'guest', password: 'secret' });
    const limits = all.filter(({ check: asked }) => asked === 'limit');
    expect(limits).toEqual([
      expect.objectContaining({
        level: 'warning',
        remedy: expect.stringContaining("GRANT OPERATE ON SYSTEM TO USER 'guest'"),
      }),
    ]);
  });

  it('says that labels are forgotten sooner than usual, and how many transactions run', async () => {
    await connection.query("ADMIN SET FRONTEND CONFIG ('label_keep_max_num' = '10')");
    const { text } = await check();
    await connection.query("ADMIN SET FRONTEND CONFIG ('label_keep_max_num' = '1000')");
    expect(text).toContain('note  limit label_keep_max_num: It is 10; usual is 1000.');
    expect(text).toContain('ok    limit shop: 0 transactions run in it, of at most 1000.');
  });

  it('says that the release is too old for an option', async () => {
    const all = await troubles({ 'sink.semantic': 'at-least-once', 'sink.atomic-messages': 'true' });
    expect(all).toContainEqual(
      expect.objectContaining({
        check: 'version',
        level: 'failure',
        found: expect.stringMatching(/It is 3\.5.*; sink\.atomic-messages needs 4\.0 or later/),
      }),
    );
  });

  it('says which rows and keys of a sample do not fit, and loads none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sample-'));
    const sample = join(folder, 'orders.json');
    await writeFile(sample, '{"id":1,"v":2}\n{"id":2,"v":"secret-text"}\n{"v":3}\n{"id":4,"V":5,"note":"x"}\n');
    const { isWell, text } = await check({}, ['--sample', sample]);
    expect(isWell).toBe(false);
    expect(text).toContain('ok    sample shop.orders: 2 rows fit.');
    expect(text).toMatch(/FAIL {2}sample shop\.orders: VALUE_UNFIT: Row 2: column 'v'/);
    expect(text).toMatch(/FAIL {2}sample shop\.orders: VALUE_UNFIT: Row 3: column 'id'/);
    expect(text).toMatch(/note {2}sample shop\.orders: No column takes the keys note, of 1 rows/);
    expect(text).toContain('The keys V are spelt in another case');
    expect(text).not.toContain('secret-text');
    const elsewhere = await check({}, ['--sample', sample, '--table', 'other.t']);
    expect(elsewhere.text).toContain('FAIL  sample orders.json: TABLE_NOT_ALLOWED: Found other.t.');
    const unknown = await check({ 'jdbc-url': '' }, ['--sample', sample]);
    expect(unknown.text).toContain('4 rows can be read; with jdbc-url it is known whether they fit.');
    const [rows] = await connection.query('SELECT * FROM shop.orders');
    expect(rows).toEqual([]);
    await rm(folder, { recursive: true });
  });

  it('asks SQS whether a function may send to the load queue, and takes no message for it', async () => {
    const handler = createHandler({
      environment: variablesFromOptions(stack.options),
      observer: { telemetry: { event: () => undefined, count: () => undefined }, middlewares: [] },
      aws: stack.aws.clientConfig,
    });
    const ask = async () => {
      const answer = await handler({ check: true, sends: true } as never, lambdaContext(60_000));
      const { findings } = answer as unknown as { readonly findings: readonly Finding[] };
      return findings.filter(({ check: asked }) => asked === 'queue' || asked === 'clock');
    };
    const queue = { check: 'queue', subject: stack.resources.loadQueueUrl };
    const clocks = ['AWS', 'frontend'].map((subject) =>
      expect.objectContaining({ check: 'clock', subject, level: 'ok' }),
    );
    expect(await ask()).toEqual([
      clocks[1],
      { ...queue, level: 'ok', found: 'It answers, and pointers may be sent to it.' },
      clocks[0],
    ]);
    stack.aws.faults.add({ action: 'SendMessage', status: 403, code: 'AccessDenied' });
    expect(await ask()).toContainEqual({
      ...{ ...queue, level: 'failure', found: expect.stringContaining('AccessDenied') },
      remedy: expect.stringContaining('sqs:SendMessage'),
    });
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
