import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planBatches } from '../../src/pipeline/plan-lanes.ts';
import { type Batch, rowsIn } from '../../src/rows/batch.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import { chunk, destination, joinRows } from '../builders.ts';

const tables = ['orders', 'people', 'stock'];

const routed = fc
  .array(
    fc.record({
      table: fc.constantFrom(...tables),
      headers: fc.constantFrom<Record<string, string>>({ format: 'json' }, { format: 'json', columns: '`a`' }),
      length: fc.integer({ min: 1, max: 200 }),
      rows: fc.integer({ min: 1, max: 30 }),
    }),
    { maxLength: 40 },
  )
  .map((parts) =>
    parts.map(({ table, headers, length, rows }, index): Parameters<typeof planBatches<Chunk>>[0][number] => ({
      item: chunk({ id: `c${index}`, text: 'x'.repeat(length), layout: 'items', rows }),
      destination: destination({ table, headers }),
    })),
  );
const limits = fc.record({ maxRows: fc.integer({ min: 1, max: 100 }), maxBytes: fc.integer({ min: 1, max: 1000 }) });

const keyOf = ({ destination: { table, headers } }: Batch<Chunk> | Parameters<typeof planBatches<Chunk>>[0][number]) =>
  `${table} ${headers['columns']}`;
const isWithin = (items: readonly Chunk[], limit: { maxRows: number; maxBytes: number }) =>
  rowsIn(items) <= limit.maxRows && joinRows(items).bytes <= limit.maxBytes;

describe('planBatches', () => {
  it('puts every chunk into exactly one batch, of its own destination, in the order of arrival', () => {
    fc.assert(
      fc.property(routed, limits, (chunks, limit) => {
        const planned = planBatches(chunks, () => limit).flatMap((batch) =>
          batch.items.map((item) => ({ key: keyOf(batch), item })),
        );
        expect(planned).toHaveLength(chunks.length);
        const arrived = chunks.map((each) => ({ key: keyOf(each), item: each.item }));
        for (const key of new Set(arrived.map((each) => each.key))) {
          expect(planned.filter((each) => each.key === key)).toEqual(arrived.filter((each) => each.key === key));
        }
      }),
    );
  });

  it('keeps every batch of more than one chunk within rows and bytes of the body', () => {
    fc.assert(
      fc.property(routed, limits, (chunks, limit) => {
        for (const { items } of planBatches(chunks, () => limit)) {
          expect(items.length).toBeGreaterThan(0);
          expect(items.length === 1 || isWithin(items, limit)).toBe(true);
        }
      }),
    );
  });

  it('cuts no sooner than it must', () => {
    fc.assert(
      fc.property(routed, limits, (chunks, limit) => {
        for (const batches of Map.groupBy(
          planBatches(chunks, () => limit),
          keyOf,
        ).values()) {
          for (const [index, { items }] of batches.slice(1).entries()) {
            expect(isWithin([...(batches[index]?.items ?? []), ...items.slice(0, 1)], limit)).toBe(false);
          }
        }
      }),
    );
  });

  it('fills a batch up to both limits exactly', () => {
    const two = [1, 2].map((n) => ({
      item: chunk({ id: `c${n}`, text: 'x'.repeat(10), layout: 'items', rows: 5 }),
      destination: destination(),
    }));
    expect(joinRows(two.map(({ item }) => item)).bytes).toBe(23);
    expect(planBatches(two, () => ({ maxRows: 10, maxBytes: 23 }))).toHaveLength(1);
    expect(planBatches(two, () => ({ maxRows: 9, maxBytes: 23 }))).toHaveLength(2);
    expect(planBatches(two, () => ({ maxRows: 10, maxBytes: 22 }))).toHaveLength(2);
  });

  describe('where items with deletes end their batch', () => {
    const limit = { maxRows: 100, maxBytes: 1000, endsAtDeletes: true } as const;
    const of = (id: string, parts: Partial<Chunk> = {}, table = 'orders') => ({
      item: chunk({ id, ...parts }),
      destination: destination({ table }),
    });
    const idsOf = (batches: readonly Batch<Chunk>[]) => batches.map(({ items }) => items.map(({ id }) => id));
    const withDeletes = { hasDeletes: true } as const;

    it('puts nothing behind deletes, and deletes behind anything else', () => {
      const items = [of('a'), of('b', withDeletes), of('c', withDeletes), of('d'), of('e')];
      expect(idsOf(planBatches(items, () => limit))).toEqual([['a', 'b'], ['c'], ['d', 'e']]);
    });

    it('lets another table go on', () => {
      const items = [of('a', withDeletes), of('b', {}, 'people'), of('c', {}, 'people')];
      expect(idsOf(planBatches(items, () => limit))).toEqual([['a'], ['b', 'c']]);
    });

    it('joins them where the last row of each key is found by whoever joins', () => {
      const { endsAtDeletes: _, ...joined } = limit;
      expect(idsOf(planBatches([of('a', withDeletes), of('b')], () => joined))).toEqual([['a', 'b']]);
    });
  });

  it('leaves a chunk above a limit alone in its batch', () => {
    const of = (id: string, rows = 1) => ({ item: chunk({ id, rows }), destination: destination() });
    const batches = planBatches([of('a'), of('big', 1000), of('b')], () => ({ maxRows: 10, maxBytes: 1000 }));
    expect(batches.map(({ items }) => items.map(({ id }) => id))).toEqual([['a'], ['big'], ['b']]);
  });
});
