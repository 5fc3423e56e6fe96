import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { message, openWorkers } from './delivery-world.ts';

let world: Awaited<ReturnType<typeof openWorkers>>;
beforeAll(async () => {
  world = await openWorkers();
});
afterAll(() => world.close());

describe.each([
  ['duplicate', ['1=5', '1=5']],
  ['unique', ['1=5']],
  ['aggregate', ['1=10']],
  ['primary', ['1=5']],
] as const)('a table by %s key, whose message comes again after StarRocks has forgotten the label', (model, twice) => {
  it.each([
    ['exactly-once', ['1=5']],
    ['at-least-once', twice],
  ] as const)('holds what %s promises', async (semantic, expected) => {
    const table = await world.createTable(model);
    const { ingest } = world.worker({ options: { 'sink.semantic': semantic } });
    for (let again = 0; again < 2; again++) {
      expect(await ingest([message('m1', table, [{ id: 1, v: 5 }], `${table}-c1`)])).toEqual([]);
      world.starrocks.faults.evictLabels(1000);
    }
    expect(await world.rows(table)).toEqual(expected);
  });
});
