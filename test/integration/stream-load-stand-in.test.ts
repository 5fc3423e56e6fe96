import { type Connection, createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FaultAction } from '../../local/starrocks/faults.ts';
import { type StarRocksServer, startStarRocks } from '../../local/starrocks/server.ts';
import type { Body, LoadResult, TransactionName } from '../../src/ports.ts';
import { readTable } from '../../src/starrocks/schema.ts';
import { createSend, type StarRocksConnection } from '../../src/starrocks/send.ts';
import { createStarRocks } from '../../src/starrocks/stream-load.ts';
import { createTransactions } from '../../src/starrocks/transaction.ts';
import { clock } from './client-fixture.ts';

const destination = { database: 'shop', table: 'items', headers: {} };
let cluster: StarRocksServer;
let sql: Connection;
let send: StarRocksConnection;
let label = 0;

beforeAll(async () => {
  cluster = await startStarRocks({ followers: 1, backends: 2, users: { root: 'secret' } });
  sql = await createConnection({ host: '127.0.0.1', port: cluster.queryPort, user: 'root', password: 'secret' });
  await sql.query('CREATE DATABASE shop');
  send = createSend(
    {
      loadUrls: [cluster.feUrls[1] ?? '', cluster.feUrl],
      credentials: async () => ({ username: 'root', password: 'secret' }),
      connectTimeoutMs: 2_000,
      waitForContinueMs: 10_000,
      redirectHosts: [],
      redirectMap: {},
    },
    clock,
  );
});

afterAll(async () => {
  send?.close();
  await sql?.end();
  await cluster?.close();
});

beforeEach(async () => {
  cluster.faults.clear();
  label += 1;
  await sql.query('DROP TABLE IF EXISTS shop.items');
  await sql.query(
    'CREATE TABLE shop.items (id INT NOT NULL, name VARCHAR(8)) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1',
  );
});

function rowsOf(values: readonly object[]): Body {
  const bytes = Buffer.from(JSON.stringify(values));
  return { bytes: bytes.length, open: () => [bytes] };
}

const two = [
  { id: 1, name: 'a' },
  { id: 2, name: 'b' },
];

function load(values: readonly object[] = two, timeLeftMs = 20_000): Promise<LoadResult> {
  const starRocks = createStarRocks({ send, clock, maxRetries: 2 });
  const deadlineMs = Date.now() + timeLeftMs;
  return starRocks.load({ destination, label: `l-${label}`, body: rowsOf(values), rows: values.length, deadlineMs });
}

function strike(on: 'stream_load' | 'prepare' | 'commit' | 'begin', action: FaultAction, times = 1): void {
  cluster.faults.add({ on, at: on === 'commit' ? 'fe' : 'be', times, do: action });
}

async function ids(): Promise<number[]> {
  const [rows] = await sql.query('SELECT id FROM shop.items ORDER BY id');
  return (rows as { id: number }[]).map((row) => row.id);
}

describe('what no load can heal', () => {
  it.each([
    ['an unknown warehouse', { warehouse: 'no_such' }],
    ['an unknown time zone', { timezone: 'Nope/Nope' }],
    ['an unknown partition', { partitions: 'nope' }],
    ['a partial update of another model', { partial_update: 'true', columns: 'id,name' }],
  ])('is refused for the configuration: %s', async (_, headers) => {
    const request = { destination: { ...destination, headers }, label: `l-${label}`, body: rowsOf(two), rows: 2 };
    const starRocks = createStarRocks({ send, clock, maxRetries: 2 });
    expect(await starRocks.load({ ...request, deadlineMs: Date.now() + 20_000 })).toMatchObject({
      state: 'refused',
      kind: 'configuration',
    });
    expect(await ids()).toEqual([]);
  });
});

describe('a labelled load', () => {
  it('is in, and is found to be in when it is repeated', async () => {
    expect(await load()).toMatchObject({
      state: 'loaded',
      visible: true,
      already: false,
      counts: { total: 2, loaded: 2 },
    });
    expect(await load()).toMatchObject({ state: 'loaded', already: true });
    expect(await ids()).toEqual([1, 2]);
  });

  it.each<FaultAction>([
    { kind: 'drop-answer' },
    { kind: 'close' },
    { kind: 'close-mid-body' },
    { kind: 'commit-unknown', happened: true },
    { kind: 'commit-unknown', happened: false },
    { kind: 'fail', message: 'Service is shutting down, please retry later!', phase: 'begin' },
    { kind: 'fail', message: 'current fe is not master', phase: 'execute' },
  ])('is in once, whatever happens the first time: %j', async (action) => {
    strike('stream_load', action);
    expect(await load()).toMatchObject({ state: 'loaded' });
    expect(await ids()).toEqual([1, 2]);
  });

  it('is recognised as already in where StarRocks says only Fail', async () => {
    await load();
    strike('stream_load', { kind: 'label-clash-as-fail' });
    expect(await load()).toMatchObject({ state: 'loaded', already: true });
    expect(await ids()).toEqual([1, 2]);
  });

  it('stays unknown while a dead backend holds its label', async () => {
    strike('stream_load', { kind: 'close-mid-body', leavesRunning: true });
    expect(await load(two, 4_500)).toMatchObject({ state: 'unknown' });
    expect(await ids()).toEqual([]);
  });

  it('is refused for its rows, which are not in the reason', async () => {
    const result = await load([{ id: 'hidden', name: 'a' }]);
    expect(result).toMatchObject({ state: 'refused', kind: 'data', errorLog: expect.stringContaining('Error') });
    expect(JSON.stringify(result)).not.toContain('hidden');
  });

  it('asks for fewer loads when the database is full of transactions', async () => {
    strike('stream_load', { kind: 'fail', message: 'current running txns on db 1 is 1000, larger than limit 1000' });
    expect(await load()).toMatchObject({ state: 'refused', kind: 'throttled' });
  });
});

describe('a transaction', () => {
  const transactions = () => createTransactions({ send, clock });
  const name = (): TransactionName => ({ database: 'shop', label: `t-${label}`, deadlineMs: Date.now() + 20_000 });

  async function prepared(values: readonly object[] = two) {
    expect(await transactions().begin(name(), 'items', 60)).toMatchObject({ state: 'ok' });
    expect(await transactions().load(name(), destination, rowsOf(values))).toMatchObject({ state: 'ok' });
    return transactions().prepare(name(), 600);
  }

  it('counts at prepare, is in at commit, and stays so', async () => {
    expect(await prepared()).toMatchObject({ state: 'ok', counts: { total: 2, loaded: 2 } });
    expect(await ids()).toEqual([]);
    expect(await transactions().commit(name())).toMatchObject({ state: 'ok' });
    expect(await transactions().commit(name())).toMatchObject({ state: 'ok' });
    expect(await transactions().rollback(name())).toMatchObject({ state: 'already-exists', existing: 'finished' });
    expect(await transactions().begin(name(), 'items', 60)).toMatchObject({
      state: 'already-exists',
      existing: 'finished',
    });
    expect(await ids()).toEqual([1, 2]);
  });

  it('asks frontends for its begin and its end, and its backend in between', async () => {
    const same = transactions();
    await same.begin(name(), 'items', 60);
    await same.load(name(), destination, rowsOf(two));
    await same.prepare(name(), 600);
    await same.commit(name());
    const calls = cluster.spy.calls.filter((call) => call.label === name().label);
    // The follower, which is asked first, leads to the leader.
    expect(calls.map(({ at, operation }) => `${operation} ${at}`)).toEqual([
      ...['begin fe', 'begin fe', 'begin be', 'load be', 'prepare be', 'commit fe', 'commit fe'],
    ]);
    expect(await ids()).toEqual([1, 2]);
  });

  it('can be rolled back, and then not committed', async () => {
    await prepared();
    expect(await transactions().rollback(name())).toMatchObject({ state: 'ok' });
    expect(await transactions().rollback(name())).toMatchObject({ state: 'ok' });
    expect(await transactions().commit(name())).toMatchObject({ state: 'aborted' });
    expect(await transactions().labelState(name())).toBe('ABORTED');
    expect(await ids()).toEqual([]);
  });

  it('whose answer to prepare was lost is prepared, its counts not known', async () => {
    strike('prepare', { kind: 'drop-answer' });
    expect(await prepared()).toEqual({ state: 'ok' });
    expect(await transactions().prepare(name())).toEqual({ state: 'ok' });
    expect(await transactions().commit(name())).toMatchObject({ state: 'ok' });
  });

  it('is committed once, however often the answer is lost', async () => {
    await prepared();
    strike('commit', { kind: 'drop-answer' }, 2);
    expect(await transactions().commit(name())).toMatchObject({ state: 'ok' });
    expect(await ids()).toEqual([1, 2]);
  });

  it('is refused at prepare for its rows', async () => {
    expect(await prepared([{ id: null, name: 'a' }])).toMatchObject({ state: 'refused', kind: 'data' });
  });

  it('that nobody began does not exist', async () => {
    expect(await transactions().load(name(), destination, rowsOf(two))).toMatchObject({ state: 'not-exists' });
    expect(await transactions().commit(name())).toMatchObject({ state: 'not-exists' });
    expect(await transactions().rollback(name())).toMatchObject({ state: 'not-exists' });
  });

  it('is lost with the leader before prepare, and is not committed', async () => {
    await transactions().begin(name(), 'items', 60);
    await transactions().load(name(), destination, rowsOf(two));
    cluster.faults.leaderChange();
    expect((await transactions().prepare(name())).state).not.toBe('ok');
    expect(await ids()).toEqual([]);
  });
});

it('reads the columns of a table', async () => {
  const { columns, model } = await readTable(
    { jdbcUrl: cluster.jdbcUrl, user: 'root', password: 'secret', timeoutMs: 5_000 },
    'shop',
    'items',
  );
  expect(model).toBe('duplicate');
  expect(columns.map(({ name, nullable, key }) => [name, nullable, key])).toEqual([
    ['id', false, true],
    ['name', true, false],
  ]);
});
