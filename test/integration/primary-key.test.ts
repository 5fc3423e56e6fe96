import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { message, openWorkers } from './delivery-world.ts';

const upsert = (v: number) => ({ id: 1, v });
const remove = { id: 1, __op: 1 };

describe.each(['exactly-once', 'at-least-once'])('a primary-key table, %s', (semantic) => {
  const options = { 'sink.semantic': semantic };
  const staged = { ...options, 'sink.stage-above-bytes': 0 };
  let world: Awaited<ReturnType<typeof openWorkers>>;
  beforeAll(async () => {
    world = await openWorkers();
  });
  afterAll(() => world.close());

  /** Rows that StarRocks counted in each load of a table. */
  const countsOf = (table: string) =>
    world
      .calls(table, semantic === 'exactly-once' ? 'prepare' : 'stream_load')
      .map(({ answer = '' }) => (JSON.parse(answer) as { NumberTotalRows: number }).NumberTotalRows);

  it.each([
    ['an upsert', [upsert(1), remove, upsert(2)], ['1=2']],
    ['a delete', [upsert(1), upsert(2), remove], []],
  ])('is sent one row for many of a key in one batch, here %s', async (_, rows, found) => {
    const table = await world.createTable('primary');
    const messages = rows.map((row, index) => message(`m${index}`, table, [row], `${table}-c${index}`));
    expect(await world.worker({ options }).ingest(messages)).toEqual([]);
    expect(countsOf(table)).toEqual([1]);
    expect(await world.rows(table)).toEqual(found);
  });

  it('gets nothing behind a segment with deletes in the same load', async () => {
    const table = await world.createTable('primary');
    const { ingest, load } = world.worker({ options: staged });
    for (const [index, row] of [upsert(1), remove, upsert(2), upsert(3)].entries()) {
      await ingest([message(`m${index}`, table, [row], `${table}-c${index}`)]);
    }
    expect(await load(await world.pointers())).toEqual([]);
    expect(countsOf(table)).toEqual([2, 2]);
    expect(await world.rows(table)).toEqual(['1=3']);
  });

  it('holds what was sent when the same messages are loaded again', async () => {
    const table = await world.createTable('primary');
    const messages = [
      message('m1', table, [upsert(1), { id: 2, v: 1 }], `${table}-c1`),
      message('m2', table, [remove], `${table}-c2`),
    ];
    for (let again = 0; again < 3; again++) expect(await world.worker({ options }).ingest(messages)).toEqual([]);
    expect(await world.rows(table)).toEqual(['2=1']);
  });
});
