import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timeOrderedId, uuidV7 } from '../../src/kit/time-ordered-id.ts';
import { claimsKey, decisionKey, inDoubtKey } from '../../src/ledger/records.ts';
import type { TableId } from '../../src/ports.ts';
import { tableKey } from '../../src/rows/destination.ts';
import { segmentKey } from '../../src/rows/segment.ts';
import { destination } from '../builders.ts';

const table = { database: 'shop', table: 'orders' };

describe('keys in the bucket', () => {
  it('begin with the prefix of their purpose, whatever a chunk is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (chunkId) => {
        expect(claimsKey(table, chunkId)).toMatch(/^claims\/shop\.orders\/(?:chunk\/[-\w]{16}|\d+)$/);
      }),
    );
    expect(inDoubtKey('sink-orders-1-1', Date.UTC(2026, 0, 2, 3, 4))).toBe('in-doubt/2026-01-02T03:04/sink-orders-1-1');
    expect(decisionKey('sink-orders-1')).toBe('decisions/sink-orders-1');
    expect(segmentKey(destination(), 'sink-orders-1', 'gzip')).toBe('segments/shop.orders/sink-orders-1.rows.gz');
  });

  it('tell tables apart whose names hold dots, in as few bytes as S3 takes', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '.', '%', '2', 'E', '字'), minLength: 1, maxLength: 256 });
    fc.assert(
      fc.property(name, name, name, name, (database, other, one, two) => {
        const [a, b] = [tableKey({ database, table: one }), tableKey({ database: other, table: two })];
        expect(a === b).toBe(database === other && one === two);
        expect(Buffer.byteLength(a)).toBeLessThanOrEqual(500);
        expect(a).not.toContain('\ufffd');
      }),
    );
    const apart = (key: (table: TableId) => string) =>
      expect(key({ database: 'a', table: 'b.c' })).not.toBe(key({ database: 'a.b', table: 'c' }));
    apart((each) => claimsKey(each, 'c1'));
    apart((each) => segmentKey(destination(each), 's1', 'none'));
  });

  it('tell long names apart that begin alike', () => {
    const table = (end: string) => tableKey({ database: 'd'.repeat(256), table: '字'.repeat(255) + end });
    expect(table('a')).not.toBe(table('b'));
  });

  it('of chunks whose identities say nearly the same time are one, so that they are claimed at once', () => {
    const [early, late] = [1_800_000_000_000, 1_800_000_003_999];
    const key = `claims/shop.orders/${early / 4000}`;
    for (const id of [`${early}-m1`, `${late}-m2`, uuidV7(early), `sink-orders-${timeOrderedId(late)}`]) {
      expect(claimsKey(table, id)).toBe(key);
    }
    expect(claimsKey(table, uuidV7(late + 1))).not.toBe(key);
  });

  it('of claims differ when chunks, or tables, differ', () => {
    const keys = [
      claimsKey(table, 'a'),
      claimsKey(table, 'b'),
      claimsKey({ ...table, table: 'people' }, 'a'),
      claimsKey({ ...table, database: 'office' }, 'a'),
      claimsKey({ database: 'a', table: 'b.c' }, 'a'),
      claimsKey({ database: 'a.b', table: 'c' }, 'a'),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
