import { describe, expect, it } from 'vitest';
import type { RecordParts } from '../builders.ts';
import { done, message, refused, setUp } from './ingest-world.ts';

describe('ingest', () => {
  it('loads the rows of many messages at once, and gives nothing back', async () => {
    const { run, loads, counts } = setUp();
    expect(await run([message('m1', 1), message('m2', 2), { messageId: 'm3', body: '[{"id":3},{"id":4}]' }])).toEqual(
      [],
    );
    expect(loads).toMatchObject([{ table: 'shop.orders', rows: 4, text: '[{"id":1},{"id":2},{"id":3},{"id":4}]' }]);
    expect(counts.get('RowsLoaded')).toBe(4);
  });

  it('loads each table on its own, two at once and never one twice', async () => {
    const { run, loads, open } = setUp();
    const tables = ['a', 'b', 'c', 'a', 'b', 'c', 'a'];
    const messages = tables.map((table, index) => message(`m${index}`, index, { table }));
    expect(await run(messages, { limitsOf: () => ({ maxRows: 1, maxBytes: 1000 }) })).toEqual([]);
    expect(loads).toHaveLength(7);
    expect(loads.filter(({ table }) => table === 'shop.a').map(({ text }) => text)).toEqual([
      '[{"id":0}]',
      '[{"id":3}]',
      '[{"id":6}]',
    ]);
    expect(open).toMatchObject({ most: 2, sameTable: false });
  });

  it.each<[string, RecordParts]>([
    ['is no JSON', { body: 'hunter2' }],
    ['is not UTF-8', { body: '{"a":"\ud800"}' }],
    ['names a table outside the allow-list', { attributes: { database: 'hr', table: 'people' } }],
    ['names a table that leaves its place', { attributes: { table: '../x' } }],
    ['claims a wrong row count', { attributes: { rows: '7' } }],
    ['has an unknown encoding', { attributes: { encoding: 'brotli' } }],
    ['is no gzip', { attributes: { encoding: 'gzip' } }],
  ])('fails only the message that %s', async (_, bad) => {
    const { run, loads, counts, events } = setUp();
    expect(await run([message('m1', 1), { ...bad, messageId: 'bad' }, message('m2', 2)])).toEqual(['bad']);
    expect(loads.map(({ text }) => text)).toEqual(['[{"id":1},{"id":2}]']);
    expect(counts.get('MessagesRejected')).toBe(1);
    expect(events.join()).not.toContain('hunter2');
  });

  it('does not throw because every message is bad', async () => {
    const { run, loads } = setUp();
    expect(
      await run([
        { messageId: 'm1', body: 'x' },
        { messageId: 'm2', body: 'y' },
      ]),
    ).toEqual(['m1', 'm2']);
    expect(loads).toEqual([]);
  });

  it('loads a chunk that was sent twice once, and answers for both messages', async () => {
    const { run, loads } = setUp();
    const twice = ['m1', 'm2'].map((id) => message(id, 1, { chunk: 'p-1' }));
    expect(await run([...twice, message('m3', 3)])).toEqual([]);
    expect(loads.map(({ rows }) => rows)).toEqual([2]);
    const failing = setUp(() => refused('transient'));
    expect(await failing.run([...twice, message('m3', 3)])).toEqual(['m1', 'm2', 'm3']);
  });

  it('takes the same chunk id for two tables as two chunks', async () => {
    const { run, loads } = setUp();
    await run([message('m1', 1, { chunk: 'p-1', table: 'a' }), message('m2', 2, { chunk: 'p-1', table: 'b' })]);
    expect(loads.map(({ table }) => table).sort()).toEqual(['shop.a', 'shop.b']);
  });

  it('sends no load for messages without rows, which StarRocks would refuse', async () => {
    const { run, loads } = setUp(() => refused('data', 'all partitions have no load data'));
    const csv = { messageId: 'm2', body: '\n\n', attributes: { format: 'csv' } };
    expect(await run([{ messageId: 'm1', body: '[]' }, csv])).toEqual([]);
    expect(loads).toEqual([]);
  });

  it('gives the same batch the same label when it is delivered again in another order', async () => {
    const { run, loads } = setUp();
    await run([message('m1'), message('m2')]);
    await run([message('m2'), message('m1')]);
    await run([message('m1')]);
    expect(loads[1]?.label).toBe(loads[0]?.label);
    expect(loads[2]?.label).not.toBe(loads[0]?.label);
  });

  it('never takes a miscounted load for good: its parts are loaded until each count agrees', async () => {
    // Malformed JSON inside an array: what stands behind it is lost, and the answer is Success.
    const told = setUp(({ rows, text }) => {
      const total = text.includes('odd')
        ? (JSON.parse(text) as { id: string }[]).findIndex(({ id }) => id === 'odd')
        : rows;
      const counts = { total, loaded: total, filtered: 0, unselected: 0 };
      return { ...done, state: 'loaded', counts, ...(total === rows ? {} : { miscounted: true as const }) };
    });
    expect(await told.run([message('m1'), message('m2', 'odd'), message('m3')])).toEqual(['m2']);
    expect(told.loads.filter(({ text }) => !text.includes('odd')).map(({ text }) => text)).toEqual([
      '[{"id":"m1"}]',
      '[{"id":"m3"}]',
    ]);
    expect(told.events.join()).toContain('ROWS_MISCOUNTED');
  });

  it('gives back a FIFO group from its first failure on', async () => {
    const { run } = setUp((load) => (load.table === 'shop.b' ? refused('transient') : done));
    const of = (messageId: string, group: string, table: string) => ({
      ...message(messageId, messageId, { table }),
      group,
    });
    expect(await run([of('m1', 'x', 'a'), of('m2', 'x', 'b'), of('m3', 'x', 'a'), of('m4', 'y', 'a')])).toEqual([
      'm2',
      'm3',
    ]);
  });
});

describe('the test event of S3', () => {
  it('is acked, also where no default table is set', async () => {
    const { run, loads } = setUp(undefined, { database: undefined, table: undefined });
    const body = '{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}';
    expect(await run([{ messageId: 'm1', body }])).toEqual([]);
    expect(loads).toEqual([]);
  });
});

describe('conversion on the way', () => {
  const csv = { messageId: 'm1', body: '1,a\n2,b', attributes: { format: 'csv', columns: 'name,id' } };

  it('reads CSV by the columns that its message names, not by the order of the table', async () => {
    const { run, loads } = setUp(undefined, { properties: { format: 'json' } });
    expect(await run([csv], { schemaOf: async () => ({ columns: ['id', 'name'], primaryKey: undefined }) })).toEqual(
      [],
    );
    expect(JSON.parse(loads[0]?.text ?? '')).toEqual([
      { name: '1', id: 'a' },
      { name: '2', id: 'b' },
    ]);
  });

  it('writes CSV in the order of the columns option, expressions left out', async () => {
    const { run, loads } = setUp(undefined, { properties: { format: 'csv', columns: 'b, a, c = ifnull(a, 0)' } });
    expect(await run([{ messageId: 'm1', body: '{"a":1.0,"b":"x"}' }])).toEqual([]);
    expect(loads[0]?.text).toBe('x,1.0\n');
  });

  it('rejects only the message whose columns are not known', async () => {
    const { run, loads } = setUp(undefined, { properties: { format: 'json' } });
    const bare = { messageId: 'm2', body: '1,a', attributes: { format: 'csv' } };
    expect(await run([bare, message('m3', 3)])).toEqual(['m2']);
    expect(loads.map(({ text }) => text)).toEqual(['[{"id":3}]']);
  });
});
