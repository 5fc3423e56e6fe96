import { afterEach, describe, expect, it } from 'vitest';
import type { LoadServerOptions } from '../../local/starrocks/load-servers.ts';
import { follow, labelState, newLabel, put, transact } from '../contract/calls.ts';
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

describe('nodes', () => {
  it('says so when no backend lives', async () => {
    const target = await open();
    await target.standIn.faults.killBackend(0);
    const { json } = await put(target, 'items', csv, '1,a\n');
    expect(json).toEqual({ Status: 'FAILED', Message: 'class com.starrocks.common.DdlException: No backend alive.' });
    await target.standIn.faults.reviveBackend(0);
    expect((await put(target, 'items', csv, '1,a\n')).json['Status']).toBe('Success');
  });

  it('sends loads to all backends in turn, and past a dead one', async () => {
    const target = await open({ backends: 3 });
    const where = async () => new URL((await put(target, 'items', csv, '1,a\n')).location!).origin;
    expect(new Set([await where(), await where(), await where()])).toEqual(new Set(target.standIn.beUrls));
    await target.standIn.faults.killBackend(1);
    expect(new Set([await where(), await where(), await where()]).has(target.standIn.beUrls[1]!)).toBe(false);
  });

  it('loses a transaction with the backend that holds it', async () => {
    const target = await open({ backends: 2 });
    const label = newLabel();
    const begun = await transact(target, 'begin', label);
    await transact(target, 'load', label, row);
    await target.standIn.faults.killBackend(target.standIn.beUrls.indexOf(new URL(begun.location!).origin));
    expect(await labelState(target, label)).toBe('ABORTED');
    expect((await transact(target, 'begin', label)).json['Status']).toBe('OK');
  });

  it('redirects to an address that nobody answers', async () => {
    const target = await open();
    target.standIn.faults.add({ on: 'stream_load', at: 'fe', do: { kind: 'redirect', to: '127.0.0.1:1' } });
    await expect(put(target, 'items', csv, '1,a\n')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('refuses connections while the frontend is down, and takes them again', async () => {
    const target = await open();
    await target.standIn.faults.stopFrontend();
    await expect(put(target, 'items', csv, '1,a\n')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await target.standIn.faults.startFrontend();
    expect((await put(target, 'items', csv, '1,a\n')).json['Status']).toBe('Success');
  });

  it('sends transactions and questions from a follower to the leader, plain loads not', async () => {
    const target = await open({ followers: 1 });
    const follower = target.standIn.feUrls[1]!;
    const headers = { authorization: target.authorization, expect: '100-continue' };
    const to = async (path: string, method: string) =>
      (await send(`${follower}${path}`, { method, headers })).headers.location;
    expect(await to('/api/transaction/begin', 'POST')).toBe(`${target.standIn.feUrl}/api/transaction/begin`);
    expect(await to('/api/shop/get_load_state?label=a', 'GET')).toBe(
      `${target.standIn.feUrl}/api/shop/get_load_state?label=a`,
    );
    expect(await to('/api/shop/items/_stream_load', 'PUT')).toMatch(target.standIn.beUrls[0]!);
    const label = newLabel();
    expect((await transact({ ...target, fe: follower }, 'begin', label)).json['Status']).toBe('OK');
  });

  it('holds a slow frontend until the test lets go', async () => {
    const target = await open();
    const label = newLabel();
    const slow = target.standIn.faults.add({ on: 'stream_load', at: 'fe', do: { kind: 'hold' } });
    const loading = put(target, 'items', { ...csv, label }, '1,a\n');
    await target.standIn.spy.waitFor((call) => call.at === 'fe' && call.label === label);
    expect(await labelState(target, label)).toBe('UNKNOWN');
    slow.release();
    expect((await loading).json['Status']).toBe('Success');
  });

  it('plays a scripted reply as often as it is told, for the label it is told', async () => {
    const target = await open();
    const reply = { kind: 'reply', status: 503, text: 'busy' } as const;
    target.standIn.faults.add({ on: 'get_load_state', times: 2, match: { label: /^x/ }, do: reply });
    const ask = async (label: string) =>
      (
        await send(`${target.fe}/api/shop/get_load_state?label=${label}`, {
          headers: { authorization: target.authorization },
        })
      ).status;
    expect([await ask('y'), await ask('x1'), await ask('x2'), await ask('x3')]).toEqual([200, 503, 503, 200]);
  });
});

describe('spy', () => {
  it('tells operation, label, table, headers, bytes and status of every call', async () => {
    const target = await open();
    const label = newLabel();
    await put(target, 'items', { ...csv, label }, '1,ä\n');
    const [frontend, backend] = target.standIn.spy.calls;
    expect(frontend).toMatchObject({
      at: 'fe',
      operation: 'stream_load',
      database: 'shop',
      table: 'items',
      label,
      status: 307,
      bytes: 0,
    });
    expect(backend).toMatchObject({ at: 'be', operation: 'stream_load', label, status: 200, bytes: 5 });
    expect(backend!.headers['column_separator']).toBe(',');
  });
});

describe('cancel', () => {
  it('ends a PREPARE transaction whose label the query names; one in the path is not read', async () => {
    const target = await open();
    const label = newLabel();
    await transact(target, 'begin', label);
    const inPath = await follow(target, `/api/shop/${label}/_cancel`, { method: 'POST' });
    expect(inPath.json).toMatchObject({ status: 'FAILED', msg: 'No label selected.' });
    const { json } = await follow(target, `/api/shop/items/_cancel?label=${label}`, { method: 'POST' });
    expect(json).toEqual({ status: 'OK', code: '0', msg: 'Success', message: 'OK' });
    const asked = await follow(target, `/api/shop/get_load_state?label=${label}`, {});
    expect(asked.json).toMatchObject({ state: 'ABORTED', reason: 'user cancel' });
  });
});

describe('list', () => {
  it('prints open transactions one after the other', async () => {
    const target = await open();
    const labels = [newLabel(), newLabel()];
    for (const label of labels) await transact(target, 'begin', label);
    const { text } = await send(`${target.standIn.beUrls[0]}/api/transaction/list`, { method: 'POST' });
    const listed = text.split(/(?<=^\})(?=\{)/m).map((part) => JSON.parse(part) as Record<string, unknown>);
    expect(listed.map((entry) => entry['Label'])).toEqual(labels);
    expect(listed[0]).toMatchObject({ Status: 'OK', InProcessing: false, LoadBytes: 0, TransactionTimeoutSec: -1 });
  });
});
