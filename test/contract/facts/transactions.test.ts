/** Facts of a real frontend, by number: the life of transactions. */
import { expect, it } from 'vitest';
import { labelState, newLabel, put, said } from '../calls.ts';
import { csv, ddlException, openWorld, starRocksException, verdictOf, type World } from './world.ts';

/** Begun, with a row in it. */
async function loaded({ call }: World, label: string): Promise<void> {
  await call('begin', label);
  await call('load', label, {}, '1,a\n');
}

async function prepared(world: World, label: string): Promise<void> {
  await loaded(world, label);
  await world.call('prepare', label);
}

it('fact 4: a commit waits for publish as long as its own timeout says, else 20 s; the same commit again is OK at once', async () => {
  const world = await openWorld();
  const { call, standIn, target } = world;
  standIn.faults.add({ on: 'commit', times: 3, do: { kind: 'delay-publish', forMs: 25_000 } });
  const [patient, hasty] = [newLabel(), newLabel()];
  await prepared(world, patient);
  expect((await call('commit', patient, { timeout: '30' })).json).toMatchObject({ Status: 'OK', Message: '' });
  await prepared(world, hasty);
  const late = await call('commit', hasty);
  const { TxnId } = late.json;
  expect(late.json).toEqual({
    Status: 'FAILED',
    Message: `${starRocksException}publish timeout: 20000, transactionId=${await txnIdOf(world, hasty)}`,
    ...(TxnId === undefined ? {} : { TxnId, Label: hasty }),
  });
  expect(verdictOf('commit', late)).toBe('loaded');
  const again = await call('commit', hasty);
  expect(again.json).toMatchObject({ Status: 'OK', Message: expect.stringContaining('has already committed') });
  expect(await labelState(target, hasty)).toBe('COMMITTED');
  expect(verdictOf('commit', again)).toBe('loaded');
});

const txnIdOf = async ({ standIn }: World, label: string) =>
  standIn.transactions().findLast((transaction) => transaction.label === label)?.id;

it('fact 5: a backend has the transaction until prepare, then the frontend answers, without counts', async () => {
  const world = await openWorld();
  const { call, ask } = world;
  const label = newLabel();
  for (const operation of ['begin', 'prepare', 'commit']) {
    const refused = await ask('PUT', `/api/transaction/${operation}`, label);
    expect(JSON.parse(refused.text).Message).toBe(`${ddlException}Invalid request`);
  }
  expect((await call('begin', label)).location).toBeDefined();
  expect((await call('load', label, {}, '1,a\n')).location).toBeDefined();
  const counted = await call('prepare', label);
  expect(counted.location).toBeDefined();
  expect(counted.json).toMatchObject({ Status: 'OK', NumberLoadedRows: 1 });
  const broken = said(await ask('POST', '/api/transaction/commit', label, {}, '{'));
  expect(broken.json['Message']).toContain(`Malformed json tablets, label is ${label}`);
  expect(verdictOf('commit', broken)).toBe('configuration');
  const committed = await call('commit', label);
  expect(committed.location).toBeUndefined();
  expect(Object.keys(committed.json)).toEqual(['Label', 'Status', 'TxnId', 'Message']);
});

it('fact 6: commit and rollback can be repeated, prepare and load cannot, and what is decided stays so', async () => {
  const world = await openWorld();
  const { call } = world;
  const [kept, undone] = [newLabel(), newLabel()];
  const statuses = async (label: string, ...operations: string[]) => {
    const said: unknown[] = [];
    for (const operation of operations)
      said.push((await call(operation, label, {}, operation === 'load' ? '2,b' : '')).json['Status']);
    return said;
  };
  await prepared(world, kept);
  expect(await statuses(kept, 'prepare', 'load', 'commit', 'commit')).toEqual([
    'TXN_NOT_EXISTS',
    'TXN_NOT_EXISTS',
    'OK',
    'OK',
  ]);
  const visible = await call('rollback', kept);
  expect(visible.json['Message']).toMatch(/Can not abort VISIBLE transaction \d+, label is/);
  expect(verdictOf('rollback', visible)).toBe('finished');
  await loaded(world, undone);
  expect(await statuses(undone, 'rollback', 'rollback')).toEqual(['OK', 'OK']);
  const late = await call('commit', undone);
  expect(late.json['Message']).toMatch(/Can not commit ABORTED transaction \d+/);
  expect(verdictOf('commit', late)).toBe('aborted');
  const before = await txnIdOf(world, undone);
  expect((await call('begin', undone)).json).toMatchObject({ Status: 'OK', TxnId: Number(before) + 1 });
});

it('fact 7: messages of the frontend begin with a Java class, and its JSON escapes =', async () => {
  const { call, ask } = await openWorld();
  expect((await call('prepare', 'a_label')).json['Message']).toMatch(
    /^class com\.starrocks\.common\.StarRocksException: /,
  );
  const noted = await ask('POST', '/api/transaction/commit', 'b=c');
  expect(noted.text).toContain('b\\u003dc');
});

it('fact 8: a frontend remembers which backend serves a label for 512 labels of a backend', async () => {
  const world = await openWorld();
  const { call } = world;
  const first = newLabel();
  await call('begin', first);
  for (let begun = 1; begun < 512; begun += 1) await world.ask('POST', '/api/transaction/begin', `l${begun}`);
  expect((await call('load', first, {}, '1,a\n')).json['Status']).toBe('OK');
  for (let begun = 512; begun < 513 + 512; begun += 1) await world.ask('POST', '/api/transaction/begin', `l${begun}`);
  const forgotten = await call('load', first, {}, '1,a\n');
  expect(forgotten.json['Message']).toBe(
    `${starRocksException}Transaction with op[load] and label[${first}] has no node.`,
  );
  expect(verdictOf('load', forgotten)).toBe('not-exists');
  const never = await call('prepare', 'never-begun');
  expect(never.json['Message']).toBe(`${starRocksException}No transaction found by label never-begun`);
  expect(verdictOf('prepare', never)).toBe('not-exists');
});

it('fact 9: a load that a check refuses aborts the transaction, one for another table does not', async () => {
  const world = await openWorld();
  const { call } = world;
  for (const headers of [{ columns: 'id, zzz=id' }, { column_separator: ';' }]) {
    const label = newLabel();
    await loaded(world, label);
    expect((await call('load', label, headers, '2,b\n')).json['Status']).not.toBe('OK');
    expect((await call('prepare', label)).json['Status']).toBe('TXN_NOT_EXISTS');
    expect((await call('commit', label)).json['Message']).toContain('Can not commit ABORTED');
  }
  const label = newLabel();
  await loaded(world, label);
  expect((await call('load', label, { table: 'others' }, '2,b\n')).json['Status']).not.toBe('OK');
  expect((await call('prepare', label)).json['Status']).toBe('OK');
});

it('fact 10: a body that is no JSON is found out at prepare', async () => {
  const { call } = await openWorld();
  const label = newLabel();
  await call('begin', label);
  expect((await call('load', label, { format: 'json' }, 'no json')).json['Status']).toBe('OK');
  const refused = await call('prepare', label);
  expect(refused.json['Status']).not.toBe('OK');
  expect(verdictOf('prepare', refused)).toBe('data');
});

it('fact 11: nothing to load is a failure that will be the same each time', async () => {
  const world = await openWorld();
  const plain = await put(world.target, 'items', { ...csv, where: 'id > 5' }, '1,a\n');
  expect(plain.json['Status']).toBe('Fail');
  expect(plain.json['Message']).toMatch(
    /^fail to execute commit task: No partitions have data available for loading\. .*empty_load_as_error/,
  );
  const label = newLabel();
  await world.call('begin', label);
  await world.call('load', label, { where: 'id > 5' }, '1,a\n');
  const refused = await world.call('prepare', label);
  expect(refused.json).toMatchObject({
    Status: 'ANALYSIS_ERROR',
    Message: expect.stringMatching(/^No partitions have data available for loading\./),
  });
  expect([verdictOf('stream_load', plain), verdictOf('prepare', refused)]).toEqual(['data', 'data']);
});

it('fact 14: transactions ignore skip_header, and only begin reads timeout', async () => {
  const world = await openWorld();
  const { call, target, advance } = world;
  const label = newLabel();
  await call('begin', label, { timeout: '60' });
  await call('load', label, { skip_header: '1', enclose: '"', trim_space: 'true', timeout: '600' }, '1,"a"\n');
  await call('prepare', label);
  await call('commit', label);
  expect(await target.rows('items')).toEqual(['1,"a"']);
  const short = newLabel();
  await call('begin', short, { timeout: '60' });
  await call('load', short, { timeout: '600' }, '1,a\n');
  advance(95_000);
  expect(await labelState(target, short)).toBe('ABORTED');
});

it('fact 16: a timeout that passes before prepare aborts within 30 s, and after prepare a day is given', async () => {
  const world = await openWorld();
  const { call, target, advance, get } = world;
  const [open, kept] = [newLabel(), newLabel()];
  await call('begin', open, { timeout: '60' });
  await call('begin', kept, { timeout: '60' });
  await call('load', kept, {}, '1,a\n');
  await call('prepare', kept, { prepared_timeout: '1' });
  advance(91_000);
  const { json } = await get(`/api/shop/get_load_state?label=${open}`);
  expect(json).toMatchObject({ state: 'ABORTED', reason: 'timeout by txn manager' });
  expect(await labelState(target, kept)).toBe('PREPARED');
  advance(86_400_000);
  expect(await labelState(target, kept)).toBe('ABORTED');
});

it('fact 23: running transactions of a database are limited, prepared ones count', async () => {
  const world = await openWorld();
  await world.sql('ADMIN SET FRONTEND CONFIG ("max_running_txn_num_per_db" = "2")');
  await prepared(world, newLabel());
  await world.call('begin', newLabel());
  const refused = await world.call('begin', newLabel());
  expect(refused.json).toMatchObject({
    Status: 'ANALYSIS_ERROR',
    Message: expect.stringMatching(/^current running txns on db \d+ is 2, larger than limit 2/),
  });
  expect(verdictOf('begin', refused)).toBe('throttled');
});

it('fact 27: transaction_type is not read, so there is no transaction over several tables', async () => {
  const { call } = await openWorld();
  expect((await call('begin', newLabel(), { transaction_type: 'multi' })).json).toHaveProperty('TxnId');
});
