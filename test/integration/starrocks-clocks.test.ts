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

describe('change of leader', () => {
  it.each([
    ['3.5', /: No transaction found by label /, /: Transaction with op\[load\] and label\[.+\] has no node\.$/],
    ['4.0', /: No transaction found with db\[shop\] and label\[/, /1\. FE leader is started or switched/],
  ] as const)(
    'loses PREPARE transactions and keeps PREPARED ones, in the words of %s',
    async (release, unknown, lost) => {
      const target = await open({ release });
      const [openLabel, prepared] = [newLabel(), newLabel()];
      for (const label of [openLabel, prepared]) {
        await transact(target, 'begin', label);
        await transact(target, 'load', label, row);
      }
      await transact(target, 'prepare', prepared);
      target.standIn.faults.leaderChange();
      expect(await labelState(target, openLabel)).toBe('UNKNOWN');
      expect((await transact(target, 'commit', openLabel)).json['Message']).toMatch(unknown);
      expect((await transact(target, 'load', openLabel, row)).json['Message']).toMatch(lost);
      expect((await transact(target, 'commit', prepared)).json['Status']).toBe('OK');
      expect(await target.rows('items')).toEqual(['1,a']);
    },
  );

  it('fails a running load at its commit, and frees its label', async () => {
    const target = await open();
    const label = newLabel();
    const { faults, spy } = target.standIn;
    const body = '1,a\n'.repeat(100_000);
    const held = faults.add({ on: 'load', at: 'be', do: { kind: 'hold', before: 'answer' } });
    await transact(target, 'begin', label);
    const loading = transact(target, 'load', label, { headers: csv, body });
    await spy.waitFor((call) => call.operation === 'load' && call.at === 'be' && call.bytes === body.length);
    faults.leaderChange();
    held.release();
    expect((await loading).json['Status']).toBe('OK');
    const backend = target.standIn.beUrls[0]!;
    const headers = { authorization: target.authorization, db: 'shop', label };
    const { text } = await send(`${backend}/api/transaction/commit`, { method: 'POST', headers });
    expect(JSON.parse(text)).toMatchObject({ Status: 'ANALYSIS_ERROR', Message: 'transaction not found' });
    expect((await put(target, 'items', { ...csv, label }, '1,a\n')).json['Status']).toBe('Success');
  });
});

describe('time', () => {
  it.each([
    ['4.0', 'ABORTED'],
    ['3.5', 'PREPARED'],
  ] as const)('reads prepared_timeout from 4.0 on: %s', async (release, after) => {
    let now = 1_700_000_000_000;
    const target = await open({ now: () => now, release });
    const label = newLabel();
    await transact(target, 'begin', label);
    await transact(target, 'load', label, row);
    await transact(target, 'prepare', label, { headers: { prepared_timeout: '300' } });
    now += 300_000;
    expect(await labelState(target, label)).toBe('PREPARED');
    now += 31_000;
    const asked = await follow(target, `/api/shop/get_load_state?label=${label}`, {});
    const reason = after === 'ABORTED' ? 'timeout by txn manager' : '';
    expect(asked.json).toMatchObject({ state: after, reason });
    expect((await transact(target, 'commit', label)).json['Status']).toBe(after === 'ABORTED' ? 'FAILED' : 'OK');
  });

  it.each([
    ['timeout', { timeout: '60' }, 90_000],
    ['idle timeout', { idle_transaction_timeout: '10' }, 30_000],
  ])('ends a transaction by its %s, when the cleaners come', async (_, headers, afterMs) => {
    let now = 1_700_000_000_000;
    const target = await open({ now: () => now });
    const label = newLabel();
    await transact(target, 'begin', label, { headers });
    await transact(target, 'load', label, row);
    now += afterMs - 2000;
    expect(await labelState(target, label)).toBe('PREPARE');
    now += 2000;
    expect(await labelState(target, label)).toBe('ABORTED');
    expect((await transact(target, 'load', label, row)).json['Status']).toBe('TXN_NOT_EXISTS');
  });

  it('forgets final labels by count at the next cleaning, oldest first, and never running ones', async () => {
    let now = 1_700_000_000_000;
    const target = await open({ now: () => now, config: { label_keep_max_num: 3 } });
    const running = newLabel();
    await transact(target, 'begin', running);
    const labels = [newLabel(), newLabel(), newLabel(), newLabel()];
    for (const label of labels) await put(target, 'items', { ...csv, label }, '1,a\n');
    const known = () => Promise.all([running, ...labels].map((label) => labelState(target, label)));
    expect(await known()).toEqual(['PREPARE', 'VISIBLE', 'VISIBLE', 'VISIBLE', 'VISIBLE']);
    now += 300_000;
    expect(await known()).toEqual(['PREPARE', 'VISIBLE', 'VISIBLE', 'VISIBLE', 'VISIBLE']);
    target.standIn.faults.cleanLabels();
    expect(await known()).toEqual(['PREPARE', 'UNKNOWN', 'UNKNOWN', 'VISIBLE', 'VISIBLE']);
    expect((await put(target, 'items', { ...csv, label: labels[0]! }, '1,a\n')).json['Status']).toBe('Success');
    expect(await target.rows('items')).toHaveLength(5);
  });

  it('forgets final labels after three days', async () => {
    let now = 1_700_000_000_000;
    const target = await open({ now: () => now });
    const label = newLabel();
    await put(target, 'items', { ...csv, label }, '1,a\n');
    now += 3 * 24 * 3_600_000;
    expect(await labelState(target, label)).toBe('VISIBLE');
    now += 4 * 3_600_000;
    expect(await labelState(target, label)).toBe('UNKNOWN');
  });

  it('answers by label to a commit whose transaction was evicted', async () => {
    const target = await open();
    const label = newLabel();
    await transact(target, 'begin', label);
    await transact(target, 'load', label, row);
    await transact(target, 'commit', label);
    expect(target.standIn.faults.evictLabels(10)).toBe(1);
    expect((await transact(target, 'commit', label)).json['Message']).toMatch(/No transaction found by label/);
  });
});

describe('rows that nobody will see', () => {
  it('are given up when a load fails, a transaction is rolled back, times out, or its commit is lost', async () => {
    let now = 1_700_000_000_000;
    const target = await open({ now: () => now, release: '4.0' });
    const { faults } = target.standIn;
    await put(target, 'strict', csv, '1,a,\n2,b,1\n');
    faults.add({ on: 'stream_load', at: 'be', do: { kind: 'commit-unknown', happened: false } });
    await put(target, 'items', csv, '1,a\n');
    const labels = [newLabel(), newLabel()];
    for (const label of labels) {
      await transact(target, 'begin', label);
      await transact(target, 'load', label, row);
      await transact(target, 'prepare', label, { headers: { prepared_timeout: '60' } });
    }
    expect(target.storage.held).toBe(2);
    await transact(target, 'rollback', labels[0]!);
    expect(target.storage.held).toBe(1);
    now += 90_000;
    expect(await labelState(target, labels[1]!)).toBe('ABORTED');
    expect(target.storage.held).toBe(0);
  });
});
