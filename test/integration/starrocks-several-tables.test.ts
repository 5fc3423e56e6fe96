import { afterEach, describe, expect, it } from 'vitest';
import type { LoadServerOptions } from '../../local/starrocks/load-servers.ts';
import { labelState, newLabel, put, type TransactionSent, transact } from '../contract/calls.ts';
import { send } from '../contract/http-client.ts';
import { type MemoryStarRocks, openMemoryStarRocks } from './memory-starrocks.ts';

const opened: MemoryStarRocks[] = [];

/** A stand-in of release 4.0, and its transaction calls with the header that lets them go over several tables. */
async function open(options: LoadServerOptions = {}) {
  const target = await openMemoryStarRocks({ release: '4.0', ...options });
  opened.push(target);
  return {
    ...target,
    call: (operation: string, label: string, { headers = {}, ...sent }: TransactionSent = {}) =>
      transact(target, operation, label, { ...sent, headers: { transaction_type: 'multi', ...headers } }),
  };
}
afterEach(async () => {
  for (const target of opened.splice(0)) await target.close();
});

const csv = { column_separator: ',' };
const items = { table: 'items', headers: csv, body: '1,a\n' };
const strict = { table: 'strict', headers: csv, body: '1,a,2\n' };
const starRocks = 'class com.starrocks.common.StarRocksException: ';

describe('a transaction over several tables', () => {
  it('shows the rows of all of them at its commit', async () => {
    const { call, ...target } = await open();
    const label = newLabel();
    const begun = await call('begin', label);
    expect(begun.text).toBe('{\n  "Status": "OK",\n  "Message": ""\n}');
    expect(await labelState(target, label)).toBe('UNKNOWN');
    const { json } = await call('load', label, items);
    expect(json).toMatchObject({ Status: 'OK', Label: label, LoadBytes: 4 });
    await call('load', label, { ...items, body: '2,b\n' });
    await call('load', label, strict);
    expect(await labelState(target, label)).toBe('PREPARE');
    expect([...(await target.rows('items')), ...(await target.rows('strict'))]).toEqual([]);
    const committed = await call('commit', label);
    expect(committed.text).toBe(
      `{\n  "Label": "${label}",\n  "Status": "OK",\n  "TxnId": ${json['TxnId']},\n  "ChannelId": 0,\n  "Message": "",\n  "Prepared Channel Num": 1\n}`,
    );
    expect(await labelState(target, label)).toBe('VISIBLE');
    expect(await target.rows('items')).toEqual(['1,a', '2,b']);
    expect(await target.rows('strict')).toEqual(['1,a,2']);
  });

  it('is known by source_type, too', async () => {
    const { call } = await open();
    const label = newLabel();
    const headers = { transaction_type: '', source_type: '12' };
    expect((await call('begin', label, { headers })).json).toEqual({ Status: 'OK', Message: '' });
  });

  it('is not what a frontend of 3.5 reads of the header', async () => {
    const { call } = await open({ release: '3.5' });
    const { json } = await call('begin', newLabel());
    expect(json).toHaveProperty('TxnId');
  });

  it('is refused by a backend', async () => {
    const { standIn, authorization } = await open();
    const headers = { authorization, db: 'shop', label: newLabel(), transaction_type: 'multi' };
    const { text } = await send(`${standIn.beUrls[0]}/api/transaction/begin`, { method: 'POST', headers });
    expect(JSON.parse(text)).toEqual({
      Status: 'INVALID_ARGUMENT',
      Message: 'Multi-statement transaction requests can only be sent to FE nodes, not BE nodes',
    });
  });

  it('has no prepare', async () => {
    const { call } = await open();
    const label = newLabel();
    await call('begin', label);
    expect((await call('prepare', label)).json).toEqual({
      Status: 'FAILED',
      Message: `${starRocks}Unsupported operation: TXN_PREPARE`,
    });
  });

  it('commits with nothing in it', async () => {
    const { call } = await open();
    const label = newLabel();
    await call('begin', label);
    expect((await call('commit', label)).json).toEqual({ Status: 'OK', Message: '' });
  });

  it('takes back what was loaded', async () => {
    const { call, ...target } = await open();
    const label = newLabel();
    await call('begin', label);
    await call('load', label, items);
    expect((await call('rollback', label)).json).toEqual({ Status: 'OK', Message: `stream load ${label} abort` });
    expect(await labelState(target, label)).toBe('ABORTED');
    expect(await target.rows('items')).toEqual([]);
  });

  it('waits 20 seconds from its begin, unless it is told otherwise', async () => {
    let now = 1_700_000_000_000;
    const { call } = await open({ now: () => now });
    const [short, long] = [newLabel(), newLabel()];
    await call('begin', short);
    await call('begin', long, { headers: { timeout: '60' } });
    now += 21_000;
    expect((await call('load', short, items)).json['Message']).toBe(
      `stream load task ${short} has already been cancelled: transaction timeout after 20000ms`,
    );
    expect((await call('load', long, items)).json['Status']).toBe('OK');
  });

  it('is cancelled when the frontend starts again; one that was committed stays so', async () => {
    const { call, standIn } = await open();
    const [running, committed] = [newLabel(), newLabel()];
    for (const label of [running, committed]) {
      await call('begin', label);
      await call('load', label, items);
    }
    await call('commit', committed);
    await standIn.faults.stopFrontend();
    await standIn.faults.startFrontend();
    expect((await call('load', running, items)).json['Message']).toContain('cancelled after FE restart');
    expect((await call('commit', committed)).json['Message']).toMatch(/has already committed/);
  });
});

describe('a failing part', () => {
  it('of a load ends the whole transaction, the other tables too', async () => {
    const { call, ...target } = await open();
    const label = newLabel();
    await call('begin', label);
    await call('load', label, items);
    const failed = await call('load', label, { ...strict, headers: { ...csv, columns: 'id,name' } });
    expect(failed.json['Status']).toBe('FAILED');
    expect(failed.json['Message']).toMatch(/cancel stream task for exception: /);
    expect((await call('load', label, items)).json['Message']).toMatch(/ has already been cancelled: /);
    expect((await call('commit', label)).json['Message']).toMatch(
      /^Can not commit CANCELLED transaction \d+, label is /,
    );
    expect(await labelState(target, label)).toBe('ABORTED');
    expect(await target.rows('items')).toEqual([]);
  });

  it('of rows that are all refused fails the commit, and names the table and where to look', async () => {
    const { call, ...target } = await open();
    const label = newLabel();
    await call('begin', label);
    await call('load', label, items);
    const headers = { ...csv, strict_mode: 'true', max_filter_ratio: '1' };
    await call('load', label, { table: 'strict', headers, body: 'x,a,1\n' });
    const { json } = await call('commit', label);
    expect(json).toMatchObject({ Status: 'FAILED' });
    expect(json['Message']).toMatch(/Failed to load table strict.*tracking_url: http:.*_load_error_log\?file=/);
    expect(await target.rows('items')).toEqual([]);
    expect(target.storage.held).toBe(0);
  });

  it('of a backend that is gone fails the commit', async () => {
    const { call, standIn } = await open({ backends: 2 });
    const label = newLabel();
    await call('begin', label);
    const { location = '' } = await call('load', label, items);
    await standIn.faults.killBackend(standIn.beUrls.indexOf(new URL(location).origin));
    expect((await call('commit', label)).json['Message']).toMatch(/Failed to load table items: /);
  });

  it.each([
    ['another database', { headers: { db: 'other' } }, /Request database other not equal transaction database shop$/],
    ['a table that there is not', { table: 'nope' }, /MetaNotFoundException: Failed to find table nope in db shop$/],
  ])('of %s ends it as well', async (_, sent, message) => {
    const { call } = await open();
    const label = newLabel();
    await call('begin', label);
    expect((await call('load', label, { ...items, ...sent })).json['Message']).toMatch(message);
    expect((await call('load', label, items)).json['Message']).toMatch(/ has already been cancelled: /);
  });

  it('of headers that differ from the first load into the table shows at the commit', async () => {
    const { call } = await open();
    const label = newLabel();
    await call('begin', label);
    await call('load', label, items);
    const other = await call('load', label, { ...items, headers: { column_separator: ';' } });
    expect(other.json).toEqual({ Status: 'INTERNAL_ERROR', Message: 'load request not equal last.' });
    expect((await call('commit', label)).json['Status']).toBe('FAILED');
  });
});

describe('call against state', () => {
  const cells: [string, string, string, RegExp][] = [
    ['load', 'none', 'FAILED', /: stream load task LABEL does not exist$/],
    ['commit', 'none', 'FAILED', /: stream load task LABEL does not exist$/],
    ['rollback', 'none', 'FAILED', /: stream load taskLABELdoes not exist$/],
    ['begin', 'begun', 'LABEL_ALREADY_EXISTS', /^Transaction already started with label \[LABEL\], txnId: \d+$/],
    ['begin', 'committed', 'LABEL_ALREADY_EXISTS', /^Label \[LABEL\] has already been used\.$/],
    ['load', 'committed', 'FAILED', /^stream load task LABEL has already been commited$/],
    ['commit', 'committed', 'OK', /^Transaction \d+ has already committed, label is LABEL$/],
    ['rollback', 'committed', 'FAILED', /^Can not abort VISIBLE transaction \d+, label is LABEL$/],
    ['begin', 'rolled back', 'LABEL_ALREADY_EXISTS', /^Transaction already started with label \[LABEL\], txnId: \d+$/],
    ['load', 'rolled back', 'FAILED', /^stream load task LABEL has already been cancelled: manual abort$/],
    ['commit', 'rolled back', 'FAILED', /^Can not commit CANCELLED transaction \d+, label is LABEL$/],
    ['rollback', 'rolled back', 'OK', /^Transaction \d+ has already aborted, label is LABEL$/],
  ];

  it.each(cells)('%s, %s, answers %s', async (operation, state, status, message) => {
    const { call } = await open();
    const label = newLabel();
    if (state !== 'none') {
      await call('begin', label);
      await call('load', label, items);
    }
    if (state === 'committed') await call('commit', label);
    if (state === 'rolled back') await call('rollback', label);
    const { json } = await call(operation, label, operation === 'load' ? items : {});
    expect(json['Status']).toBe(status);
    expect(String(json['Message']).replaceAll(label, 'LABEL')).toMatch(message);
  });

  it('begin tells the state of the task', async () => {
    const { call } = await open();
    const label = newLabel();
    await call('begin', label);
    expect((await call('begin', label)).json).toMatchObject({ ExistingJobStatus: 'BEGIN', TxnId: expect.any(Number) });
    await call('rollback', label);
    expect((await call('begin', label)).json).toMatchObject({ ExistingJobStatus: 'CANCELLED' });
  });

  it('begin of a label that a load has used tells the state of that one', async () => {
    const { call, ...target } = await open();
    const label = newLabel();
    await put(target, 'items', { ...csv, label }, '1,a\n');
    expect((await call('begin', label)).json).toMatchObject({
      Status: 'LABEL_ALREADY_EXISTS',
      ExistingJobStatus: 'VISIBLE',
      Db: 'shop',
    });
  });
});
