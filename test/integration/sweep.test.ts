import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operation } from '../../local/starrocks/spy.ts';
import { message, openStack, openWorkers, rowsOf, sorted } from './delivery-world.ts';

const minute = 60_000;

let world: Awaited<ReturnType<typeof openWorkers>>;
beforeAll(async () => {
  world = await openWorkers();
});
afterAll(() => world.close());

const records = (table: string) => [message('m1', table, rowsOf(1, 5), `${table}-c1`)];
const expected = rowsOf(1, 5).map(({ id }) => String(id));
const statesOf = (table: string) =>
  world.starrocks
    .transactions()
    .filter((each) => each.table === table)
    .map(({ state }) => state);
const markersOf = async (table: string) =>
  (await world.keys('in-doubt/')).filter((key) => key.includes(`-${table}-`)).length;

/** A worker whose call is done, or not begun, and that never goes on: as if it were killed there. */
async function dieAt(table: string, on: Operation, before: 'call' | 'answer') {
  const at = on === 'commit' ? 'fe' : 'be';
  const match = { label: new RegExp(`-${table}-`) };
  const { release } = world.starrocks.faults.add({ on, at, match, do: { kind: 'hold', before } });
  const arrived = world.starrocks.spy.waitFor(
    (call) => call.operation === on && call.at === at && match.label.test(call.label),
  );
  let hasArrived = false;
  void arrived.then(() => {
    hasArrived = true;
  });
  // On a busy machine a worker may give its messages back before it comes so far; then they come again.
  const work = async (): Promise<readonly string[]> => {
    const failed = await world.worker().ingest(records(table));
    return hasArrived ? failed : work();
  };
  const answer = work();
  const { label } = await arrived;
  return { label, answer, release };
}

async function isPrepared(table: string): Promise<void> {
  while (!statesOf(table).includes('PREPARED')) await new Promise((resolve) => setImmediate(resolve));
}

describe('what a killed worker left', () => {
  it('prepared, before its decision, is rolled back when no run can last so long, and its rows come by their messages', async () => {
    const table = await world.createTable();
    await dieAt(table, 'prepare', 'answer');
    await isPrepared(table);
    const sweep = world.worker({ aheadMs: 2 * minute });
    await sweep.sweep();
    expect(statesOf(table)).toEqual(['ABORTED']);
    expect(await markersOf(table)).toBe(0);
    expect(await world.worker().ingest(records(table))).toEqual([]);
    expect(sorted(await world.rows(table))).toEqual(expected);
    expect(await markersOf(table)).toBe(0);
  });

  it('decided, before its commit, is committed at once, and its messages are acked when they come again', async () => {
    const table = await world.createTable();
    await dieAt(table, 'commit', 'call');
    expect(statesOf(table)).toEqual(['PREPARED']);
    await world.worker().sweep();
    expect(statesOf(table)).toEqual(['VISIBLE']);
    expect(await markersOf(table)).toBe(0);
    expect(await world.worker().ingest(records(table))).toEqual([]);
    expect(sorted(await world.rows(table))).toEqual(expected);
  });

  it('committed, before it could note that, is noted as done, so that a forgotten label does no harm', async () => {
    const table = await world.createTable();
    await dieAt(table, 'commit', 'answer');
    await world.visible(table);
    await world.worker().sweep();
    world.starrocks.faults.evictLabels(1000);
    expect(await world.worker().ingest(records(table))).toEqual([]);
    expect(sorted(await world.rows(table))).toEqual(expected);
  });

  it('is settled once by two sweeps at the same time', async () => {
    const [one, two] = [await world.createTable(), await world.createTable()];
    await dieAt(one, 'commit', 'call');
    await dieAt(two, 'prepare', 'answer');
    await isPrepared(two);
    const sweeps = [world.worker({ aheadMs: 2 * minute }), world.worker({ aheadMs: 2 * minute })];
    await Promise.all(sweeps.map((each) => each.sweep()));
    expect([statesOf(one), statesOf(two)]).toEqual([['VISIBLE'], ['ABORTED']]);
    expect(await markersOf(one)).toBe(0);
    expect(await markersOf(two)).toBe(0);
  });

  it('is told, and tried again by the next sweep, when StarRocks refuses the commit for a passing reason', async () => {
    const table = await world.createTable();
    await dieAt(table, 'commit', 'call');
    const fault = world.starrocks.faults.add({
      ...{ on: 'commit', at: 'fe', times: 1000, match: { label: new RegExp(`-${table}-`) } },
      do: { kind: 'close' },
    });
    const first = world.worker({ aheadMs: 2 * minute, remainingMs: 3000 });
    await first.sweep();
    expect(first.counts['InDoubt']).toBe(1);
    expect(first.events).toContainEqual(
      expect.objectContaining({ message: 'in doubt', database: 'd', table, reason: expect.any(String) }),
    );
    fault.remove();
    const second = world.worker({ aheadMs: 2 * minute });
    await second.sweep();
    expect(second.counts['InDoubt']).toBe(0);
    expect(statesOf(table)).toEqual(['VISIBLE']);
  });
});

describe('a sweep that meets a worker at work', () => {
  it.each([
    ['begin', 0],
    ['load', 1],
    ['prepare', 1],
  ] as const)('leaves its transaction alone at %s', async (on, markers) => {
    const table = await world.createTable();
    const { answer, release } = await dieAt(table, on, 'answer');
    await expect.poll(() => markersOf(table)).toBe(markers);
    const sweep = world.worker();
    await sweep.sweep();
    expect(sweep.counts['InDoubt']).toBe(0);
    expect(await markersOf(table)).toBe(markers);
    release();
    expect(await answer).toEqual([]);
    expect(sorted(await world.rows(table))).toEqual(expected);
    expect(await markersOf(table)).toBe(0);
  });

  it('and takes it for dead, does its rows no harm: it stops, and they are loaded when they come again', async () => {
    const table = await world.createTable();
    const { answer, release } = await dieAt(table, 'prepare', 'call');
    await world.worker({ aheadMs: 16 * minute }).sweep();
    release();
    expect(await answer).toEqual(['m1']);
    expect(await world.rows(table)).toEqual([]);
    expect(await world.worker().ingest(records(table))).toEqual([]);
    expect(sorted(await world.rows(table))).toEqual(expected);
    expect(statesOf(table)).not.toContain('PREPARED');
  });
});

describe('the local stack', () => {
  it('sweeps when it is asked to, and leaves nothing in doubt behind messages that were loaded', async () => {
    const sink = await openStack();
    const table = await sink.createTable();
    sink.starrocks.faults.add({ on: 'commit', at: 'fe', do: { kind: 'drop-answer' } });
    await sink.send(table, rowsOf(1, 5));
    await sink.idle();
    await sink.sweep();
    expect(await sink.keys('in-doubt/')).toEqual([]);
    expect(sorted(await sink.rows(table))).toEqual(expected);
    await sink.close();
  });
});
