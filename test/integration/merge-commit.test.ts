import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sqsRecord } from '../builders.ts';
import { openWorkers } from './delivery-world.ts';

describe('merge commit', () => {
  let world: Awaited<ReturnType<typeof openWorkers>>;
  beforeAll(async () => {
    world = await openWorkers({
      options: {
        'sink.semantic': 'at-least-once',
        'sink.properties.enable_merge_commit': 'true',
        'sink.properties.merge_commit_interval_ms': '50',
        'sink.properties.merge_commit_parallel': '1',
      },
    });
  });
  afterAll(() => world.close());

  const message = (id: string, table: string, body: string) =>
    sqsRecord({ messageId: id, body, attributes: { database: 'd', table } });

  it('acks rows that are visible, loaded under a label of the server', async () => {
    const table = await world.createTable();
    expect(await world.worker().ingest([message('mc1', table, '{"id":1,"v":1}\n{"id":2,"v":2}')])).toEqual([]);
    expect(await world.rows(table)).toEqual(['1=1', '2=2']);
    const [transaction] = world.starrocks.transactions().filter((each) => each.table === table);
    expect(transaction?.label).toMatch(/^merge_commit_/);
  });

  it('takes rows of two invocations at once', async () => {
    const table = await world.createTable();
    const two = [1, 2].map((id) => world.worker().ingest([message(`mc2-${id}`, table, `{"id":${id},"v":${id}}`)]));
    expect(await Promise.all(two)).toEqual([[], []]);
    expect((await world.rows(table)).toSorted()).toEqual(['1=1', '2=2']);
  });

  it('keeps rows that are refused aside, and loads the others', async () => {
    const table = await world.createTable();
    const body = '{"id":1,"v":1}\n{"id":2,"v":"no number"}';
    expect(await world.worker().ingest([message('mc3', table, body)])).toEqual([]);
    expect(await world.rows(table)).toEqual(['1=1']);
    expect((await world.keys('rejected/')).length).toBeGreaterThan(0);
  });
});
