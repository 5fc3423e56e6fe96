import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FaultAction, faultMessages } from '../../local/starrocks/faults.ts';
import { message, openWorkers, rowsOf } from './delivery-world.ts';

describe.each([
  ['exactly-once', 'prepare'],
  ['at-least-once', 'stream_load'],
] as const)('rows that StarRocks does not take now, %s', (semantic, lastCall) => {
  let world: Awaited<ReturnType<typeof openWorkers>>;
  beforeAll(async () => {
    world = await openWorkers({ options: { 'sink.semantic': semantic, 'sink.max-retries': 0 } });
  });
  afterAll(() => world.close());

  it.each<readonly [string, FaultAction]>([
    ['too many versions', { kind: 'fail', message: faultMessages.tooManyVersions }],
    ['too many transactions', { kind: 'fail', phase: 'begin', message: faultMessages.tooManyTransactions }],
    ['too little memory', { kind: 'fail', message: faultMessages.memory }],
  ])('for %s, come again, and are in the table once', async (_, action) => {
    const table = await world.createTable();
    const records = [
      message('m1', table, rowsOf(1, 2), `${table}-c1`),
      message('m2', table, rowsOf(3, 4), `${table}-c2`),
    ];
    const isBegin = action.kind === 'fail' && action.phase === 'begin' && semantic === 'exactly-once';
    const fault = world.starrocks.faults.add({ on: isBegin ? 'begin' : lastCall, at: 'be', do: action });
    expect(await world.worker().ingest(records)).toEqual(['m1', 'm2']);
    expect(fault.hits).toBe(1);
    expect(await world.rows(table)).toEqual([]);
    expect(await world.worker().ingest(records)).toEqual([]);
    expect(await world.rows(table)).toEqual(['1', '2', '3', '4']);
  });
});
