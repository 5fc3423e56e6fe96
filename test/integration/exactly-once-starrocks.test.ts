import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FaultAction, faultMessages } from '../../local/starrocks/faults.ts';
import type { Call, Operation } from '../../local/starrocks/spy.ts';
import { s3ObjectStore } from '../../src/aws/s3-object-store.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { assume } from '../../src/ledger/ledger.ts';
import { openStack, rowsOf, sorted } from './delivery-world.ts';

const expected = rowsOf(1, 30).map(({ id }) => String(id));

describe.each([
  ['loaded directly', 4 * 1024 ** 2],
  ['staged', 0],
] as const)('a batch that is %s', (_, stageAboveBytes) => {
  let sink: Awaited<ReturnType<typeof openStack>>;
  const counted: string[] = [];
  beforeAll(async () => {
    sink = await openStack({
      options: { 'sink.stage-above-bytes': stageAboveBytes },
      telemetry: { event: () => undefined, count: (metric) => void counted.push(metric) },
    });
  });
  afterAll(() => sink.close());

  const send = (table: string) => Promise.all([1, 11, 21].map((from) => sink.send(table, rowsOf(from, from + 9))));
  const sideOf = (on: Operation) => (on === 'commit' ? 'fe' : 'be');
  /** Holds the first such call for the table, and gives it when it has arrived. */
  async function hold(table: string, on: Operation) {
    const fault = sink.starrocks.faults.add({
      ...{ on, at: sideOf(on), match: { label: new RegExp(`-${table}-`) } },
      do: { kind: 'hold' },
    });
    await send(table);
    const call = await arrived(table, ({ operation, at }) => operation === on && at === sideOf(on));
    return { ...call, release: fault.release };
  }
  const arrived = (table: string, is: (call: Call) => boolean) =>
    sink.starrocks.spy.waitFor((call) => call.label.includes(`-${table}-`) && is(call));

  it.each<readonly [string, Operation, FaultAction]>([
    ['loses the answer of begin', 'begin', { kind: 'drop-answer' }],
    ['loses the answer of load', 'load', { kind: 'drop-answer' }],
    ['loses the answer of prepare, which counts the rows', 'prepare', { kind: 'drop-answer' }],
    ['loses the answer of commit', 'commit', { kind: 'drop-answer' }],
    ['closes the connection of begin', 'begin', { kind: 'close' }],
    ['breaks off in the middle of the rows', 'load', { kind: 'close-mid-body', afterBytes: 20 }],
    ['closes the connection of commit', 'commit', { kind: 'close' }],
    ['shuts down', 'load', { kind: 'fail', message: faultMessages.shuttingDown }],
  ])('is in the table once when StarRocks %s', async (_name, on, action) => {
    const table = await sink.createTable();
    const fault = sink.starrocks.faults.add({ on, at: sideOf(on), do: action });
    await send(table);
    await sink.idle();
    expect(fault.hits).toBe(1);
    expect(sorted(await sink.rows(table))).toEqual(expected);
  });

  it('is acked when it is committed, and seen when StarRocks has published it', async () => {
    const table = await sink.createTable();
    const fault = sink.starrocks.faults.add({ on: 'commit', at: 'fe', times: 10, do: { kind: 'delay-publish' } });
    await send(table);
    await sink.idle();
    fault.remove();
    expect(await sink.rows(table)).toEqual([]);
    await sink.starrocks.faults.publishPending();
    expect(sorted(await sink.rows(table))).toEqual(expected);
  });

  it.each(['load', 'prepare'] as const)('is in the table once when the leader changes before %s', async (on) => {
    const table = await sink.createTable();
    const { release } = await hold(table, on);
    sink.starrocks.faults.leaderChange();
    release();
    await sink.idle();
    expect(sorted(await sink.rows(table))).toEqual(expected);
  });

  it('is in the table once when the leader changes between prepare and commit', async () => {
    const table = await sink.createTable();
    const { release } = await hold(table, 'commit');
    sink.starrocks.faults.leaderChange();
    release();
    await sink.idle();
    expect(sorted(await sink.rows(table))).toEqual(expected);
  });

  it('is in the table once when an operator aborts what was prepared and decided', async () => {
    const table = await sink.createTable();
    const { label, release } = await hold(table, 'commit');
    sink.starrocks.faults.abort('d', label, 'by an operator');
    release();
    await sink.idle();
    expect(sorted(await sink.rows(table))).toEqual(expected);
    expect(sink.starrocks.transactions().find((each) => each.label === label)?.state).toBe('ABORTED');
  });

  it('is left to a person when StarRocks forgets the label of a commit whose answer was lost, and is in the table once', async () => {
    const table = await sink.createTable();
    sink.starrocks.faults.add({ on: 'commit', at: 'fe', do: { kind: 'drop-answer' } });
    await send(table);
    const { label } = await arrived(table, ({ operation, status }) => operation === 'commit' && status === 0);
    expect(sink.starrocks.faults.evictLabels(1000)).toBeGreaterThan(0);
    await expect.poll(() => counted.includes('Undecided')).toBe(true);
    expect(sorted(await sink.rows(table))).toEqual(expected);
    // The person looks into the table, and says what is there.
    const objects = s3ObjectStore(sink.resources.bucket, sink.aws.clientConfig);
    const ledger = { objects, clock: systemClock, deadlineMs: systemClock.now() + 5000 };
    expect(await assume(label.replace(/-\d+$/, ''), 'loaded', ledger)).toMatchObject({ state: 'done' });
    await sink.idle();
    expect(sorted(await sink.rows(table))).toEqual(expected);
  });

  it('waits while the backends are gone, and is in the table once when they are back', async () => {
    const table = await sink.createTable();
    // The table is known: without backends, information_schema cannot be read.
    const begin = await hold(table, 'begin');
    await sink.starrocks.faults.killBackend(0);
    begin.release();
    await arrived(table, ({ operation, at, status }) => operation === 'begin' && at === 'fe' && status === 200);
    await sink.starrocks.faults.reviveBackend(0);
    await sink.idle();
    expect(sorted(await sink.rows(table))).toEqual(expected);
  });
});
