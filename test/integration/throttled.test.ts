import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FaultAction, faultMessages } from '../../local/starrocks/faults.ts';
import { message, openWorkers, rowsOf, sorted } from './delivery-world.ts';

describe.each([
  ['exactly-once', 'load', 'prepare'],
  ['at-least-once', 'stream_load', 'stream_load'],
] as const)('rows that StarRocks does not take now, %s', (semantic, loadCall, lastCall) => {
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

  const large = (id: number) => [{ id, name: 'x'.repeat(100 * 1024) }];

  it('because its memory is too small for so many come in smaller loads, and are in the table once', async () => {
    const table = await world.createTable();
    const worker = world.worker();
    const records = Array.from({ length: 16 }, (_, index) =>
      message(`m${index}`, table, large(index), `${table}-${index}`),
    );
    const fault = world.starrocks.faults.add(tooLittleFor(table));
    let left = records;
    for (let deliveries = 0; left.length > 0 && deliveries < 4; deliveries++) {
      const ids = await worker.ingest(left);
      left = left.filter(({ messageId }) => ids.includes(messageId));
      worker.wait(900_000);
    }
    fault.remove();
    expect(left).toEqual([]);
    expect(sorted(await world.rows(table))).toEqual(records.map((_, index) => String(index)));
    expect(new Set(worker.codes.filter((code) => code !== undefined))).toEqual(new Set(['STARROCKS_MEMORY_EXCEEDED']));
    expect(worker.metrics).toContain('LoadsThrottled');
    expect(worker.metrics).not.toContain('LoadsFailed');
  });

  it('because its memory is too small for so many segments come in smaller loads too', async () => {
    const table = await world.createTable();
    const worker = world.worker({ options: { 'sink.stage-above-bytes': 0 } });
    for (let index = 0; index < 16; index++) {
      expect(await worker.ingest([message(`m${index}`, table, large(index), `${table}-${index}`)])).toEqual([]);
    }
    const fault = world.starrocks.faults.add(tooLittleFor(table));
    let left = await world.pointers();
    expect(left).toHaveLength(16);
    for (let deliveries = 0; left.length > 0 && deliveries < 4; deliveries++) {
      const ids = await worker.load(left);
      left = left.filter(({ messageId }) => ids.includes(messageId));
      worker.wait(900_000);
    }
    fault.remove();
    expect(left).toEqual([]);
    expect(sorted(await world.rows(table))).toEqual(Array.from({ length: 16 }, (_, index) => String(index)));
  });

  it('because its memory is too small do not make those of another table smaller', async () => {
    const [table, other] = [await world.createTable(), await world.createTable()];
    const worker = world.worker();
    const recordsFor = (name: string) =>
      Array.from({ length: 16 }, (_, index) => message(`${name}-${index}`, name, large(index), `${name}-${index}`));
    const fault = world.starrocks.faults.add(tooLittleFor(table));
    expect(await worker.ingest(recordsFor(table))).toHaveLength(16);
    expect(await worker.ingest(recordsFor(other))).toEqual([]);
    fault.remove();
    expect(world.calls(other, loadCall)).toHaveLength(1);
  });

  /** StarRocks has memory for loads of half a megabyte. */
  const tooLittleFor = (table: string) => ({
    ...{ on: loadCall, at: 'be' as const, times: Number.POSITIVE_INFINITY, match: { table } },
    do: {
      kind: 'fail' as const,
      code: 'MEM_LIMIT_EXCEEDED' as const,
      message: faultMessages.memory,
      aboveBytes: 512 * 1024,
    },
  });
});
