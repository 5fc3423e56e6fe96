import { describe, expect, it } from 'vitest';
import { SinkError } from '../../src/kit/errors.ts';
import type { StarRocksCall, StarRocksReply } from '../../src/ports.ts';
import { bodyOf } from '../../src/rows/body.ts';
import { releaseIn, requireSeveralTables } from '../../src/starrocks/release.ts';
import { createSeveralTables } from '../../src/starrocks/several-tables.ts';

/** What StarRocks says to each call, in their order; `lost`: the answer does not arrive. */
type Said = object | 'lost';

function load(...script: readonly (readonly [operation: string, says: Said])[]) {
  const calls: StarRocksCall[] = [];
  const left = [...script];
  const send = async (call: StarRocksCall): Promise<StarRocksReply> => {
    calls.push(call);
    const [operation, says] = left.shift() ?? ['nothing', 'lost'];
    expect(call.operation).toBe(operation);
    if (says === 'lost') throw new SinkError('ANSWER_LOST', 'reset');
    return { status: 200, text: JSON.stringify(says) };
  };
  let now = 0;
  const sleep = async (ms: number) => {
    now += ms;
  };
  const clock = { now: () => now, random: () => 0, sleep };
  const starrocks = createSeveralTables({ send, clock, requireRelease: async () => undefined });
  const parts = ['a', 'b'].map((table) => ({
    destination: { database: 'd', table, headers: { format: 'json' } },
    body: bodyOf(Buffer.from('[{"id":1}]')),
  }));
  const result = starrocks.load({ database: 'd', label: 'L', parts, deadlineMs: 60_000 });
  return { result, calls, left };
}

const ok = { Status: 'OK', Message: '' };
const used = (state: string) => ({
  Status: 'LABEL_ALREADY_EXISTS',
  Message: 'Transaction already started',
  ExistingJobStatus: state,
});
const state = (now: string) => ({ state: now, status: 'OK', msg: 'Success' });
const loads = [
  ['load', ok],
  ['load', ok],
] as const;

describe('a transaction over several tables', () => {
  it('is begun, loaded table by table, and committed, all of it under one label', async () => {
    const { result, calls } = load(['begin', ok], ...loads, ['commit', ok]);
    expect(await result).toMatchObject({ state: 'loaded', already: false });
    expect(calls.map(({ table }) => table)).toEqual([undefined, 'a', 'b', undefined]);
    expect(new Set(calls.map(({ label }) => label))).toEqual(new Set(['L']));
    expect(calls.every(({ headers }) => headers?.['transaction_type'] === 'multi')).toBe(true);
    expect(calls[0]?.headers).toMatchObject({ timeout: '58' });
  });

  it('is done already when its label is visible', async () => {
    const { result } = load(['begin', used('COMMITED')], ['get_load_state', state('VISIBLE')]);
    expect(await result).toMatchObject({ state: 'loaded', already: true });
  });

  it('takes another label when its own was aborted, since StarRocks never gives it back', async () => {
    const { result, calls } = load(
      ['begin', used('CANCELLED')],
      ['get_load_state', state('ABORTED')],
      ['begin', ok],
      ...loads,
      ['commit', ok],
    );
    expect(await result).toMatchObject({ state: 'loaded' });
    expect(calls.at(-1)?.label).toBe('L-2');
  });

  it('is left alone while somebody else is at it', async () => {
    const { result, left } = load(['begin', used('BEGIN')], ['get_load_state', state('PREPARE')]);
    expect(await result).toMatchObject({ state: 'unknown' });
    expect(left).toEqual([]);
  });

  it('is taken back when a load is refused, or its answer gets lost', async () => {
    const refusal = { Status: 'FAILED', Message: 'class x.DdlException: unknown table "d.b"' };
    const refused = load(['begin', ok], ['load', ok], ['load', refusal], ['rollback', ok]);
    expect(await refused.result).toMatchObject({ state: 'refused', kind: 'configuration' });
    const lost = load(['begin', ok], ['load', 'lost'], ['rollback', ok]);
    expect(await lost.result).toMatchObject({ state: 'refused', kind: 'transient' });
  });

  it.each<[string, Said, string, object]>([
    ['is in when the answer of commit is lost and its label says so', 'lost', 'COMMITTED', { state: 'loaded' }],
    ['is not in when its label is aborted', 'lost', 'ABORTED', { state: 'refused', kind: 'transient' }],
    [
      'has bad rows when StarRocks says so of a table',
      { Status: 'FAILED', Message: 'Failed to load table b: abnormal data more than max filter rate, tracking_url: u' },
      'ABORTED',
      { state: 'refused', kind: 'data' },
    ],
  ])('%s', async (_, says, then, wanted) => {
    const { result } = load(['begin', ok], ...loads, ['commit', says], ['get_load_state', state(then)]);
    expect(await result).toMatchObject(wanted);
  });
});

describe('the release of a cluster', () => {
  it.each(['4.0.0-abc', '4.1.2', '5.0'])('%s has transactions over several tables', (printed) => {
    expect(() => requireSeveralTables(releaseIn(printed))).not.toThrow();
  });

  it.each(['3.5.4', '2.5', 'main'])('%s has none that is known', (printed) => {
    expect(() => requireSeveralTables(releaseIn(printed))).toThrow(
      expect.objectContaining({ code: 'STARROCKS_CONFIGURATION' }),
    );
  });
});
