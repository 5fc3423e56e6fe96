import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SinkError } from '../../src/kit/errors.ts';
import type { IngestDeps } from '../../src/pipeline/ingest.ts';
import type { LoadResult } from '../../src/ports.ts';
import { runs } from '../property-runs.ts';
import { done, type Load, message, refused, setUp } from './ingest-world.ts';

describe('a batch that StarRocks refuses for its data', () => {
  const isBad = ({ text }: Load) => text.includes('bad');

  it('is halved until exactly the bad messages have failed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 24 }), async (kinds) => {
        const inTable = new Set<string>();
        const { run, loads, counts } = setUp((load) => {
          if (isBad(load)) return refused('data');
          for (const { id } of JSON.parse(load.text)) inTable.add(id);
          return done;
        });
        const ids = kinds.map((isGood, index) => `${isGood ? 'good' : 'bad'}${index}`);
        const bad = ids.filter((id) => id.startsWith('bad'));
        expect(await run(ids.map((id) => message(id)))).toEqual(bad);
        expect([...inTable].sort()).toEqual(ids.filter((id) => id.startsWith('good')).sort());
        expect(new Set(loads.map(({ label }) => label)).size).toBe(loads.length);
        expect(loads.length).toBeLessThanOrEqual(1 + 200);
        expect(counts.get('MessagesRejected') ?? 0).toBe(bad.length);
      }),
      { numRuns: runs(60) },
    );
  });

  it('costs a bounded number of loads, and what was not searched is delivered again', async () => {
    const { run, loads } = setUp((load) => (isBad(load) ? refused('data') : done));
    const ids = Array.from({ length: 1000 }, (_, index) => `${index % 3 === 0 ? 'bad' : 'good'}${index}`);
    const failed = await run(ids.map((id) => message(id)));
    expect(loads.length).toBeLessThanOrEqual(1 + 200);
    const loaded = new Set(loads.filter((load) => !isBad(load)).flatMap(({ text }) => JSON.parse(text)));
    expect(failed.length).toBeGreaterThanOrEqual(334);
    expect(failed).toHaveLength(ids.length - loaded.size);
  });

  it('spends a budget on each table, so that one does not keep another from being searched', async () => {
    const { run, loads } = setUp(() => refused('data'));
    const ids = Array.from({ length: 400 }, (_, index) => index);
    await run(ids.map((id) => message(`m${id}`, id, { table: `t${id % 4}` })));
    const byTable = Map.groupBy(loads, ({ table }) => table);
    for (const ofTable of byTable.values()) expect(ofTable.length).toBe(1 + 198);
  });

  it('is not halved for any other reason', async () => {
    for (const kind of ['configuration', 'access', 'privilege', 'throttled', 'transient'] as const) {
      const { run, loads } = setUp((load) => (load.table === 'shop.orders' ? refused(kind) : done));
      expect(await run([message('m1'), message('m2'), message('m3', 3, { table: 'other' })])).toEqual(['m1', 'm2']);
      expect(loads).toHaveLength(2);
    }
  });
});

describe('a failure outside the messages', () => {
  const unreachable = () => {
    throw new SinkError('STARROCKS_UNREACHABLE', 'Tried fe1:8030.');
  };
  const both = [message('m1', 1, { table: 'a' }), message('m2', 2, { table: 'b' })];

  it.each<[string, () => LoadResult]>([
    ['STARROCKS_UNREACHABLE', unreachable],
    ['STARROCKS_ACCESS_DENIED', () => refused('access')],
    ['STARROCKS_PRIVILEGE_MISSING', () => refused('privilege')],
    ['STARROCKS_CONFIGURATION', () => refused('configuration')],
  ])('throws %s when it met everything', async (code, answer) => {
    await expect(setUp(answer).run(both)).rejects.toMatchObject({ code });
  });

  it('throws also when bad messages stand among the others', async () => {
    await expect(setUp(unreachable).run([...both, { messageId: 'bad', body: 'x' }])).rejects.toMatchObject({
      code: 'STARROCKS_UNREACHABLE',
    });
  });

  it('does not throw when it met one table of two', async () => {
    const { run } = setUp((load) => (load.table === 'shop.a' ? unreachable() : done));
    expect(await run(both)).toEqual(['m1']);
  });

  it.each<[string, () => LoadResult]>([
    ['throttled', () => refused('throttled')],
    ['transient', () => refused('transient')],
    ['unknown', () => ({ state: 'unknown', message: 'lost' })],
    [
      'near its deadline',
      () => {
        throw new SinkError('DEADLINE_NEAR', '1 ms are left.');
      },
    ],
  ])('gives messages back without an exception when StarRocks is %s', async (_, answer) => {
    expect(await setUp(answer).run(both)).toEqual(['m1', 'm2']);
  });

  it('of one schema fails the messages of that table only', async () => {
    const schemaOf: IngestDeps['schemaOf'] = async ({ table }) => {
      if (table === 'a') throw new SinkError('STARROCKS_UNREACHABLE', 'Tried fe1:9030.');
      return { columns: ['id'], primaryKey: undefined };
    };
    const { run, loads } = setUp();
    expect(await run(both, { schemaOf })).toEqual(['m1']);
    expect(loads.map(({ table }) => table)).toEqual(['shop.b']);
    await expect(run(both.slice(0, 1), { schemaOf })).rejects.toMatchObject({ code: 'STARROCKS_UNREACHABLE' });
  });
});
