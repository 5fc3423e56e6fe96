import { afterEach, describe, expect, it } from 'vitest';
import { faultMessages } from '../../local/starrocks/faults.ts';
import type { LoadServerOptions } from '../../local/starrocks/load-servers.ts';
import { labelState, newLabel, put, transact } from '../contract/calls.ts';
import { send } from '../contract/http-client.ts';
import { openMemoryStarRocks } from './memory-starrocks.ts';

type StandIn = Awaited<ReturnType<typeof openMemoryStarRocks>>;
const opened: StandIn[] = [];

async function open(options: LoadServerOptions = {}): Promise<StandIn> {
  const target = await openMemoryStarRocks(options);
  opened.push(target);
  return target;
}
afterEach(async () => {
  for (const target of opened.splice(0)) await target.close();
});

const csv = { column_separator: ',' };
const row = { headers: csv, body: '1,a\n' };
const lost = expect.objectContaining({ code: expect.stringMatching(/ECONNRESET|EPIPE/) });

describe('outcome that the client does not learn', () => {
  it('drops the answer after the commit', async () => {
    const target = await open();
    const label = newLabel();
    target.standIn.faults.add({ on: 'stream_load', at: 'be', do: { kind: 'drop-answer' } });
    await expect(put(target, 'items', { ...csv, label }, '1,a\n')).rejects.toEqual(lost);
    expect(await labelState(target, label)).toBe('VISIBLE');
    const again = await put(target, 'items', { ...csv, label }, '1,a\n');
    expect(again.json).toMatchObject({ Status: 'Label Already Exists', ExistingJobStatus: 'FINISHED' });
    expect(await target.rows('items')).toEqual(['1,a']);
  });

  it.each([
    [true, 'VISIBLE', ['1,a']],
    [false, 'ABORTED', []],
  ])('answers that the commit is unknown (happened: %s)', async (happened, state, rows) => {
    const target = await open();
    const label = newLabel();
    target.standIn.faults.add({ on: 'stream_load', at: 'be', do: { kind: 'commit-unknown', happened } });
    const { json } = await put(target, 'items', { ...csv, label }, '1,a\n');
    expect(json['Status']).toBe('Fail');
    expect(json['Message']).toMatch(
      /^Commit transaction fail cause .*, Transaction status unknown, you can retry with same label\.$/,
    );
    expect(await labelState(target, label)).toBe(state);
    expect(await target.rows('items')).toEqual(rows);
  });

  it.each([
    [false, 'ABORTED'],
    [true, 'PREPARE'],
  ])('dies in the middle of the body (leaves it running: %s)', async (leavesRunning, state) => {
    const target = await open();
    const label = newLabel();
    const fault = { kind: 'close-mid-body', afterBytes: 1000, leavesRunning } as const;
    target.standIn.faults.add({ on: 'stream_load', at: 'be', match: { label }, do: fault });
    await expect(put(target, 'items', { ...csv, label }, '1,a\n'.repeat(500_000))).rejects.toEqual(lost);
    expect(await labelState(target, label)).toBe(state);
    expect(await target.rows('items')).toEqual([]);
  });

  it('rolls a load back whose client went away', async () => {
    const target = await open();
    const label = newLabel();
    const { location } = await put(target, 'items', csv, '1,a\n');
    const { connect } = await import('node:net');
    const { port, pathname } = new URL(location!);
    const socket = connect(Number(port), '127.0.0.1');
    const head = `PUT ${pathname} HTTP/1.1\r\nAuthorization: ${target.authorization}\r\nlabel: ${label}\r\nContent-Length: 100\r\n\r\n1`;
    socket.write(head);
    await target.standIn.spy.waitFor((call) => call.label === label && call.at === 'be' && call.bytes === 1);
    socket.destroy();
    await target.standIn.spy.waitFor((call) => call.label === label && call.status === 0);
    expect(await labelState(target, label)).toBe('ABORTED');
  });

  it('keeps in a transaction the bytes of a body that broke off', async () => {
    const target = await open();
    const label = newLabel();
    await transact(target, 'begin', label);
    target.standIn.faults.add({ on: 'load', at: 'be', do: { kind: 'close-mid-body', afterBytes: 4 } });
    await expect(transact(target, 'load', label, { headers: csv, body: '1,a\n' })).rejects.toEqual(lost);
    await transact(target, 'load', label, { headers: csv, body: '2,b\n' });
    expect((await transact(target, 'commit', label)).json).toMatchObject({ NumberTotalRows: 2, LoadBytes: 8 });
  });
});

describe('a frontend', () => {
  it('takes 8 KB of headers, unless it is told otherwise', async () => {
    const columns = Array.from({ length: 1000 }, (_, index) => `column_${index}`).join(',');
    const narrow = await open();
    expect(await put(narrow, 'items', { ...csv, columns }, '1,a\n')).toMatchObject({ status: 431 });
    const wide = await open({ maxHeaderBytes: 32_768 });
    expect((await put(wide, 'items', { ...csv, columns: `id,name,${columns}` }, '1,a\n')).location).toBeDefined();
  });

  it('garbles the path of Location, when it is an old one', async () => {
    const target = await open();
    target.standIn.faults.add({ on: 'stream_load', at: 'fe', do: { kind: 'garble-location' } });
    const path = `/api/${target.database}/${encodeURIComponent('订单')}/_stream_load`;
    const headers = { authorization: target.authorization, expect: '100-continue' };
    const reply = await send(`${target.fe}${path}`, { method: 'PUT', headers });
    expect(reply.headers.location).toBe(`${target.standIn.beUrls[0]}/api/${target.database}/??/_stream_load`);
  });
});

describe('late publish', () => {
  it('answers Publish Timeout to a plain load, then is VISIBLE', async () => {
    const target = await open();
    const label = newLabel();
    target.standIn.faults.add({ on: 'stream_load', at: 'be', do: { kind: 'delay-publish' } });
    const { json } = await put(target, 'items', { ...csv, label }, '1,a\n');
    expect(json).toMatchObject({ Status: 'Publish Timeout', NumberLoadedRows: 1 });
    expect(json['Message']).toMatch(/^Publish timeout\. The data will be visible after a while, /);
    expect(await labelState(target, label)).toBe('COMMITTED');
    expect(await target.rows('items')).toEqual([]);
    const again = await put(target, 'items', { ...csv, label }, '1,a\n');
    expect(again.json['ExistingJobStatus']).toBe('FINISHED');
    await target.standIn.faults.publishPending();
    expect(await labelState(target, label)).toBe('VISIBLE');
    expect(await target.rows('items')).toEqual(['1,a']);
  });

  it('holds back later loads into the same table, and keeps commit order', async () => {
    const target = await open();
    target.standIn.faults.add({ on: 'stream_load', at: 'be', do: { kind: 'delay-publish' } });
    await put(target, 'items', csv, '1,first\n');
    expect((await put(target, 'items', csv, '1,second\n')).json['Status']).toBe('Publish Timeout');
    expect((await put(target, 'strict', csv, '1,other,1\n')).json['Status']).toBe('Success');
    await target.standIn.faults.publishPending();
    expect(await target.rows('items')).toEqual(['1,first', '1,second']);
  });

  it('fails the commit of a prepared transaction although it is COMMITTED; the next commit answers OK', async () => {
    const target = await open();
    const label = newLabel();
    await transact(target, 'begin', label);
    await transact(target, 'load', label, row);
    await transact(target, 'prepare', label);
    target.standIn.faults.add({ on: 'commit', at: 'fe', do: { kind: 'delay-publish' } });
    const { json } = await transact(target, 'commit', label);
    expect(json).toMatchObject({
      Status: 'FAILED',
      Message: expect.stringMatching(/: publish timeout: 20000, transactionId=\d+$/),
    });
    expect(await labelState(target, label)).toBe('COMMITTED');
    expect((await transact(target, 'rollback', label)).json['Message']).toMatch(/Can not abort COMMITTED transaction/);
    expect((await transact(target, 'commit', label)).json['Status']).toBe('OK');
  });

  it('of a one-phase commit is not rolled back', async () => {
    const target = await open();
    const label = newLabel();
    await transact(target, 'begin', label);
    await transact(target, 'load', label, row);
    target.standIn.faults.add({ on: 'commit', at: 'be', do: { kind: 'delay-publish' } });
    expect((await transact(target, 'commit', label)).json['Status']).toBe('PUBLISH_TIMEOUT');
    await target.standIn.faults.publishPending();
    expect((await transact(target, 'commit', label)).json).toMatchObject({ Status: 'OK' });
    expect(await target.rows('items')).toEqual(['1,a']);
  });
});

describe('refusals that pass', () => {
  it.each([
    ['begin', faultMessages.tooManyTransactions, -1],
    ['execute', faultMessages.tooManyVersions, 1],
    ['execute', faultMessages.memory, 1],
  ] as const)('come at %s: %s', async (phase, message, sign) => {
    const target = await open();
    const label = newLabel();
    const fault = target.standIn.faults.add({ on: 'stream_load', at: 'be', do: { kind: 'fail', phase, message } });
    const { json } = await put(target, 'items', { ...csv, label }, '1,a\n');
    expect(json).toMatchObject({ Status: 'Fail', Message: message, NumberTotalRows: 0 });
    expect(Math.sign(Number(json['TxnId']))).toBe(sign);
    expect(fault.hits).toBe(1);
    expect((await put(target, 'items', { ...csv, label }, '1,a\n')).json['Status']).toBe('Success');
  });

  it('limits running transactions of a database', async () => {
    const target = await open({ config: { max_running_txn_num_per_db: 1 } });
    await transact(target, 'begin', newLabel());
    const { json } = await put(target, 'items', csv, '1,a\n');
    expect(json['Message']).toMatch(/^current running txns on db \S+ is 1, larger than limit 1$/);
  });

  it('report a used label as some releases do', async () => {
    const target = await open();
    const label = newLabel();
    await put(target, 'items', { ...csv, label }, '1,a\n');
    target.standIn.faults.add({ on: 'stream_load', at: 'be', do: { kind: 'label-clash-as-fail' } });
    const { json } = await put(target, 'items', { ...csv, label }, '1,a\n');
    expect(json['Status']).toBe('Fail');
    expect(json).not.toHaveProperty('ExistingJobStatus');
    expect(json['Message']).toContain(`Label [${label}] has already been used.`);
  });
});
