import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startFaultProxy } from '../../bench/tcp-faults.ts';
import { runFollow } from '../../cli/follow.ts';
import { runStatus } from '../../cli/status/run.ts';
import type { SourceStatus } from '../../cli/status/sources.ts';
import type { Terminal } from '../../cli/terminal.ts';
import type { DatabaseServer } from '../../local/mysql/database-server.ts';
import { startFollowable } from '../../local/mysql/followable.ts';
import { s3ObjectStore } from '../../src/aws/s3-object-store.ts';
import type { SnapshotPlace } from '../../src/follow/mysql/place.ts';
import type { FollowState } from '../../src/follow/state.ts';
import { startFollower } from './follow-kills.ts';
import { openFollowStack } from './follow-stack.ts';

const start = await startFollowable.mariadb();
const source = { database: '^shop$', table: '^(orders|large)$' };
const routes = [{ source, database: 't', table: 'orders', primaryKey: ['id'] }];
const targets = [
  'CREATE DATABASE t',
  'CREATE TABLE t.orders (id BIGINT NOT NULL, v VARCHAR(1048576), w VARCHAR(1048576)) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)',
];

let world: Awaited<ReturnType<typeof openFollowStack>>;
let server: DatabaseServer;
let folder: string;
beforeAll(async () => {
  if (!('server' in start)) return;
  server = start.server;
  folder = await mkdtemp(join(tmpdir(), 'follow-commands-'));
  world = await openFollowStack(server, targets);
  await server.connection.query(
    `CREATE DATABASE shop; USE shop; CREATE TABLE orders (id BIGINT PRIMARY KEY, v LONGTEXT, w LONGTEXT) CHARACTER SET utf8mb4;
     INSERT INTO orders VALUES (1, 'a', 'b')`,
  );
});
afterAll(async () => {
  await world?.close();
  if ('server' in start) await start.server.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const follow = () => startFollower({ stack: world.stack, server, routes, folder });
const asked = () => ({ config: join(folder, 'sink.json'), endpoint: world.stack.aws.endpoint });

/** A terminal that nobody looks at, and what stands on it. */
function terminal() {
  const written = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof written) =>
    Object.assign(new PassThrough(), {
      write(text: string) {
        written[name] += text;
        return true;
      },
    });
  const env = { STARROCKS_SOURCE_PASSWORD: server.password };
  const made = { stdin: process.stdin, stdout: stream('stdout'), stderr: stream('stderr'), env };
  return { terminal: made as unknown as Terminal, written };
}

async function status(): Promise<{
  readonly code: number;
  readonly sources: readonly SourceStatus[];
  readonly text: string;
}> {
  const [json, text] = [terminal(), terminal()];
  const code = await runStatus(undefined, { ...asked(), json: true }, json.terminal);
  expect(await runStatus(undefined, asked(), text.terminal)).toBe(code);
  return { code, ...JSON.parse(json.written.stdout), text: text.written.stdout };
}
const past = async (transaction: string) => {
  const { terminal: there, written } = terminal();
  const code = await runFollow({ ...asked(), queueUrl: world.stack.resources.rowsQueueUrl, past: transaction }, there);
  return { code, said: written.stdout + written.stderr };
};
const gtid = async () =>
  String((await world.rowsOf(server.connection, 'SELECT @@gtid_current_pos AS gtid'))[0]?.['gtid']);

describe.skipIf('missing' in start)('the commands of a source', () => {
  it('status tells that it is followed, and where, and that a person must act; --past lets it go on', async () => {
    const first = await follow();
    await first.saw('started');
    let followed = await status();
    const hasCaughtUp = async () => {
      followed = await status();
      return (followed.sources[0]?.lagSeconds ?? Number.POSITIVE_INFINITY) < 10;
    };
    await vi.waitUntil(hasCaughtUp, { timeout: 20_000 });
    expect(followed.code).toBe(0);
    expect(followed.sources).toMatchObject([
      { source: 'mysql', state: 'followed', phase: 'binlog', rows: 1, isInsideTransaction: false },
    ]);
    expect(followed.text).toMatch(
      /mysql: followed, binlog\n {4}rows sent {3}1\n {4}position {4}\S+\n {4}behind {6}\d+ s/,
    );
    expect(await past('0-1-1')).toEqual({ code: 1, said: expect.stringContaining('has not stopped') });

    await server.connection.query('TRUNCATE orders; INSERT INTO orders VALUES (2, "c", "d")');
    expect(await first.ended).toBe(1);
    const stopped = await status();
    expect(stopped.code).toBe(1);
    expect(stopped.sources).toMatchObject([{ state: 'stopped', code: 'SOURCE_TABLE_CHANGED', rows: 1 }]);
    expect(stopped.text).toMatch(/mysql: stopped, binlog/);
    expect(stopped.text).toMatch(/behind {6}at most \d+ s/);
    const [, transaction = ''] = /in the transaction (\S+):/.exec(stopped.sources[0]?.error ?? '') ?? [];
    expect(transaction).toMatch(/^\d+-\d+-\d+$/);
    // Whoever comes to it again stops again, and nothing behind it was sent.
    expect(await (await follow()).ended).toBe(1);
    expect((await status()).sources).toMatchObject([{ state: 'stopped', rows: 1 }]);

    expect(await past(transaction)).toMatchObject({ code: 0 });
    expect(await status()).toMatchObject({ code: 0, sources: [{ state: 'waiting' }] });
    const second = await follow();
    await vi.waitUntil(async () => (await world.countOf('t.orders')) === 2, { timeout: 20_000 });
    await vi.waitUntil(async () => (await status()).sources[0]?.position === (await gtid()), { timeout: 20_000 });
    second.kill('SIGTERM');
    expect(await second.ended).toBe(0);
  });

  it.each([
    [[], /^Following mysql until Ctrl-C\.\n$/],
    [['--quiet'], /^$/],
  ])('follow %j says on a pipe what it should, and no more, when all goes well', async (words, said) => {
    const { config, endpoint } = asked();
    const main = join(import.meta.dirname, '../../cli/main.ts');
    const { rowsQueueUrl } = world.stack.resources;
    const args = ['follow', '-c', config, '--queue-url', rowsQueueUrl, '--endpoint', endpoint, ...words];
    const env = { ...process.env, STARROCKS_SOURCE_PASSWORD: server.password };
    const child = spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const told = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    const id = 100 + words.length;
    await server.connection.query(`INSERT INTO orders VALUES (${id}, 'q', NULL)`);
    await vi.waitUntil(async () => (await world.countOf(`t.orders WHERE id = ${id}`)) === 1, { timeout: 20_000 });
    child.kill('SIGINT');
    const [stdout, stderr, [code]] = await told;
    expect([code, stdout, stderr]).toEqual([0, '', expect.stringMatching(said)]);
  });

  it('follow ends when it is told to, also while S3 cannot be reached', async () => {
    const { host } = new URL(world.stack.aws.endpoint);
    const way = { target: host, random: Math.random, bytesBetween: Number.POSITIVE_INFINITY };
    const proxy = await startFaultProxy({ ...way, longestLatencyMs: 0, longestStallMs: 0 });
    const stack = { ...world.stack, aws: { endpoint: `http://${proxy.address}` } };
    const follower = await startFollower({ stack, server, routes, folder });
    await follower.saw('started');
    await vi.waitUntil(async () => (await status()).sources[0]?.state === 'followed', { timeout: 20_000 });
    await proxy[Symbol.asyncDispose]();
    follower.kill('SIGTERM');
    expect(await follower.ended).toBe(130);
    await vi.waitUntil(async () => (await status()).sources[0]?.state === 'waiting', { timeout: 20_000 });
  });

  it('follow takes rows that are larger than a message by the bucket', async () => {
    await server.connection.query(`INSERT INTO orders VALUES (3, REPEAT('é', 350000), REPEAT('x', 700000))`);
    const follower = await follow();
    await vi.waitUntil(async () => (await world.countOf('t.orders WHERE id = 3')) === 1, { timeout: 20_000 });
    const [row] = await world.rowsOf(world.sql, 'SELECT LENGTH(v) v, LENGTH(w) w FROM t.orders WHERE id = 3');
    expect(row).toEqual({ v: 700_000, w: 700_000 });
    follower.kill('SIGTERM');
    expect(await follower.ended).toBe(0);
  });

  it('follow adds a column to StarRocks where its route lets it, and fills it from then on', async () => {
    await world.sql.query(
      'CREATE TABLE t.grown (id BIGINT NOT NULL, v VARCHAR(80)) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)',
    );
    await server.connection.query(
      'CREATE TABLE grown (id BIGINT PRIMARY KEY, v VARCHAR(20)); INSERT INTO grown VALUES (1, "a")',
    );
    const grows = [
      {
        source: { database: '^shop$', table: '^grown$' },
        database: 't',
        table: 'grown',
        primaryKey: ['id'],
        options: { 'sink.schema-change': 'add-columns' },
      },
    ];
    const follower = await startFollower({
      stack: world.stack,
      server,
      routes: grows,
      folder,
      source: { 'source.name': 'grown' },
    });
    await vi.waitUntil(async () => (await world.countOf('t.grown')) === 1, { timeout: 20_000 });
    await server.connection.query(
      'ALTER TABLE grown ADD COLUMN n INT, ADD INDEX (v); INSERT INTO grown VALUES (2, "b", 7); UPDATE grown SET n = 5 WHERE id = 1',
    );
    const found = async () => JSON.stringify(await world.rowsOf(world.sql, 'SELECT * FROM t.grown ORDER BY id'));
    await vi.waitUntil(
      async () =>
        (await found()) ===
        JSON.stringify([
          { id: 1, v: 'a', n: 5 },
          { id: 2, v: 'b', n: 7 },
        ]),
      { timeout: 20_000 },
    );
    follower.kill('SIGTERM');
    expect(await follower.ended).toBe(0);
  });

  it('status tells how many tables are copied, of each source of the bucket', async () => {
    const objects = s3ObjectStore(world.stack.resources.bucket, world.stack.aws.clientConfig);
    const table = { database: 'shop', estimatedRows: 10, rows: 10, open: [] };
    const place: SnapshotPlace = {
      ...{ phase: 'snapshot', start: { gtid: '0-1-7', file: 'binlog.000001', offset: 4 } },
      tables: [
        { ...table, table: 'a', ranges: { key: 'k', count: 2 }, next: 2 },
        { ...table, table: 'b', ranges: { key: 'k', count: 2 }, next: 2, open: [{ index: 1 }] },
        { ...table, table: 'c', next: 0 },
      ],
    };
    const now = Date.now();
    const state: FollowState<SnapshotPlace> = {
      ...{
        version: 1,
        epoch: 1,
        holder: 'h',
        heldUntilMs: 0,
        writes: 1,
        run: 'r',
        plans: 1,
        place,
        rows: 15,
        savedMs: now,
      },
    };
    await objects.putText('sources/other/state.json', JSON.stringify(state), { ifAbsent: true });
    const { sources, text } = await status();
    expect(sources.filter(({ source: name }) => name !== 'grown')).toMatchObject([
      { source: 'mysql', phase: 'binlog' },
      {
        source: 'other',
        phase: 'snapshot',
        state: 'waiting',
        tables: { copied: 1, all: 3 },
        position: '0-1-7',
        rows: 15,
      },
    ]);
    expect(text).toContain('other: waiting, snapshot, 1 of 3 tables copied');
  });
});
