import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimKey, decisionKey } from '../../src/ledger/records.ts';
import { segmentKey } from '../../src/rows/segment.ts';
import { destination } from '../builders.ts';

const table = { database: 'shop', table: 'orders' };

describe('keys in the bucket', () => {
  it('begin with the prefix of their purpose, whatever a chunk is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (chunkId) => {
        expect(claimKey(table, chunkId)).toMatch(/^claims\/shop\.orders\/[0-9a-f]{64}$/);
      }),
    );
    expect(decisionKey('sink-orders-1')).toBe('decisions/sink-orders-1');
    expect(segmentKey(destination(), 'sink-orders-1', 'gzip')).toBe('segments/shop.orders/sink-orders-1.rows.gz');
  });

  it('of claims differ when chunks, or tables, differ', () => {
    const keys = [
      claimKey(table, 'a'),
      claimKey(table, 'b'),
      claimKey({ ...table, table: 'people' }, 'a'),
      claimKey({ ...table, database: 'office' }, 'a'),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
