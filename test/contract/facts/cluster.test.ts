/** Facts of a real frontend, by number: what nodes remember, and what is lost with them. */
import { expect, it } from 'vitest';
import { labelOf } from '../../../src/rows/label.ts';
import { labelState, newLabel, put, said } from '../calls.ts';
import { csv, ddlException, openWorld, starRocksException, verdictOf } from './world.ts';

it('fact 2: information_schema.loads shows the refused repeat instead of the load, get_load_state does not', async () => {
  const { target, sql, standIn } = await openWorld();
  const label = newLabel();
  const stateInView = async () => sql(`SELECT STATE FROM information_schema.loads WHERE LABEL = '${label}'`);
  await put(target, 'items', { ...csv, label }, '1,a\n');
  expect(await stateInView()).toEqual(['FINISHED']);
  const repeat = await put(target, 'items', { ...csv, label }, '1,a\n');
  expect(repeat.json['Status']).toBe('Label Already Exists');
  expect(await stateInView()).toEqual(['CANCELLED']);
  expect(await labelState(target, label)).toBe('VISIBLE');
  expect(verdictOf('stream_load', repeat)).toBe('loaded');
  standIn.config.change('stream_load_task_keep_max_num', '3');
  for (let loads = 0; loads < 5; loads += 1) await put(target, 'items', csv, '1,a\n');
  expect(Number((await sql('SELECT count(*) FROM information_schema.loads'))[0])).toBeLessThan(5);
});

it('fact 3: a label that is open in one database is taken in another, so labels of the sink name their database', async () => {
  const { call, sql } = await openWorld();
  await sql('CREATE DATABASE other');
  await sql('CREATE TABLE other.items (id INT NOT NULL, name VARCHAR(100)) DISTRIBUTED BY HASH (id)');
  const label = newLabel();
  await call('begin', label);
  const taken = await call('begin', label, { db: 'other' });
  expect(taken.json).toEqual({ Status: 'LABEL_ALREADY_EXISTS', ExistingJobStatus: '', Message: '' });
  expect(verdictOf('begin', taken)).toBe('running');
  const labels = ['shop', 'other'].map((database) => labelOf({ database, table: 'items', headers: csv }, ['chunk']));
  expect(new Set(labels).size).toBe(2);
});

it('fact 17: a dead backend is pointed to for 20 s, its open transactions are aborted, prepared ones publish late', async () => {
  const { call, target, standIn, advance, get, ask } = await openWorld();
  const [open, kept] = [newLabel(), newLabel()];
  for (const label of [open, kept]) {
    await call('begin', label);
    await call('load', label, {}, '1,a\n');
  }
  await call('prepare', kept);
  await standIn.faults.killBackend(0, { noticed: false });
  const pointedTo = await ask('PUT', '/api/shop/items/_stream_load', '', { ...csv, expect: '100-continue' });
  expect(pointedTo.headers.location).toMatch(standIn.beUrls[0] ?? '');
  advance(21_000);
  const { json } = await get(`/api/shop/get_load_state?label=${open}`);
  expect(json).toMatchObject({ state: 'ABORTED', reason: expect.stringContaining('coordinate BE is down') });
  const late = await call('commit', kept);
  expect(late.json['Message']).toMatch(new RegExp(`^${starRocksException}publish timeout: 20000, transactionId=\\d+$`));
  expect(verdictOf('commit', late)).toBe('loaded');
  expect(await labelState(target, kept)).toBe('COMMITTED');
  const begun = await call('begin', newLabel());
  const loaded = await put(target, 'items', csv, '1,a\n');
  for (const refused of [begun, loaded]) expect(refused.json['Message']).toContain('No backend alive.');
  const merging = { ...csv, enable_merge_commit: 'true', merge_commit_interval_ms: '1', merge_commit_parallel: '1' };
  const merged = await put(target, 'items', merging, '1,a\n');
  expect(merged.json).toMatchObject({
    status: 'FAILED',
    msg: expect.stringContaining("Can't find available backends"),
  });
  expect([verdictOf('begin', begun), verdictOf('stream_load', loaded), verdictOf('stream_load', merged)]).toEqual([
    'transient',
    'transient',
    'transient',
  ]);
});

it('fact 18: the cleaner forgets all but the last label_keep_max_num, and what is forgotten counts twice', async () => {
  const { call, target, standIn, advance, sql } = await openWorld();
  standIn.config.change('label_keep_max_num', '3');
  const [prepared, first, second, third] = [newLabel(), newLabel(), newLabel(), newLabel()];
  await call('begin', prepared);
  await call('load', prepared, {}, '1,a\n');
  await call('prepare', prepared);
  await sql('CREATE TABLE copies (id INT NOT NULL) DUPLICATE KEY (id) DISTRIBUTED BY HASH (id)');
  for (const label of [first, second, third]) await put(target, 'copies', { label }, '1\n');
  const states = () => Promise.all([prepared, first, second, third].map((label) => labelState(target, label)));
  advance(3_600_000);
  expect(await states()).toEqual(['PREPARED', 'VISIBLE', 'VISIBLE', 'VISIBLE']);
  advance(4 * 3_600_000);
  expect(await states()).toEqual(['PREPARED', 'UNKNOWN', 'VISIBLE', 'VISIBLE']);
  expect((await put(target, 'copies', { label: first }, '1\n')).json['Status']).toBe('Success');
  expect(await target.rows('copies')).toHaveLength(4);
});

it('fact 20: a frontend that starts again has forgotten what was not prepared, and only that', async () => {
  const { call, target, standIn } = await openWorld();
  const [open, kept, visible] = [newLabel(), newLabel(), newLabel()];
  for (const label of [open, kept]) {
    await call('begin', label);
    await call('load', label, {}, '1,a\n');
  }
  await call('prepare', kept);
  const before = await put(target, 'items', { ...csv, label: visible }, '2,b\n');
  await standIn.faults.stopFrontend();
  await standIn.faults.startFrontend();
  const states = await Promise.all([open, kept, visible].map((label) => labelState(target, label)));
  expect(states).toEqual(['UNKNOWN', 'PREPARED', 'VISIBLE']);
  expect((await call('prepare', kept)).json['Message']).toContain('op[prepare]');
  expect((await call('commit', kept)).json['Status']).toBe('OK');
  const fresh = await call('begin', newLabel());
  expect(Number(fresh.json['TxnId']) - Number(before.json['TxnId'])).toBeGreaterThan(1);
});

it('fact 12: only _stream_load demands Expect, and a redirect carries no password', async () => {
  const { ask } = await openWorld();
  const refused = await ask('PUT', '/api/shop/items/_stream_load');
  expect(JSON.parse(refused.text)).toEqual({
    Status: 'FAILED',
    Message: `${ddlException}There is no 100-continue header`,
  });
  const kept = { connection: 'keep-alive' };
  const plain = await ask('PUT', '/api/shop/items/_stream_load', '', { ...kept, expect: '100-continue' });
  const begin = await ask('POST', '/api/transaction/begin', newLabel(), kept);
  expect([plain, begin].map(({ status, headers }) => [status, headers.connection, headers['content-type']])).toEqual([
    [307, 'close', 'text/html'],
    [307, 'keep-alive', 'text/html'],
  ]);
  for (const { headers } of [plain, begin]) expect(headers.location).not.toContain('@');
  const stranger = await ask('POST', '/api/transaction/begin', '', { authorization: 'Basic bm9ib2R5OnA=' });
  expect([stranger.status, stranger.headers['content-type']]).toEqual([401, 'text/html']);
});

it('fact 13: an unknown database is refused by the frontend at begin and by the backend else, an unknown table by the backend', async () => {
  const { call, ask, target, get } = await openWorld();
  const begun = said(await ask('POST', '/api/transaction/begin', newLabel(), { db: 'nope' }));
  expect(begun.json['Message']).toContain('Database[nope] does not exist.');
  const loaded = await put({ ...target, database: 'nope' }, 'items', csv, '1,a\n');
  expect(loaded.json['Message']).toContain('unknown database, database=nope');
  expect((await get('/api/nope/get_load_state?label=a')).json['status']).toBe('FAILED');
  const unknown = [await put(target, 'nope', csv, '1,a\n'), await call('begin', newLabel(), { table: 'nope' })];
  for (const { location, json } of unknown) {
    expect(location).toBeDefined();
    expect(json['Message']).toContain('unknown table "shop.nope"');
  }
  const verdicts = [verdictOf('begin', begun), ...[loaded, ...unknown].map((each) => verdictOf('stream_load', each))];
  expect(new Set(verdicts)).toEqual(new Set(['configuration']));
});
