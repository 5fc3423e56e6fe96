import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/messages/changes/change.ts';
import { decodeMessage } from '../../src/messages/decode.ts';
import { destinationOf, type TableShape } from '../../src/messages/route.ts';
import { csvLayout, sqsRecord } from '../builders.ts';

const columns = { version: '__ver', deleted: '__deleted' };

function decode(event: Json, by = 'position') {
  const changes = { ignoresUpdateBefore: true, isAllowed: () => true, order: { by, columns } };
  const rules = { maxInflatedBytes: 1024 ** 2, defaultFormat: undefined, csv: csvLayout, changes };
  const decoded = decodeMessage(sqsRecord({ body: JSON.stringify(event) }), rules);
  return decoded.ok ? decoded.chunks[0] : decoded.rejection;
}

function rowsOf(event: Json, by?: string) {
  const chunk = decode(event, by);
  if ('code' in chunk) return chunk.code;
  return chunk.text.split('\n').map((row) => JSON.parse(row));
}

const source = { connector: 'mysql', db: 'shop', table: 'kv', ts_ms: 5000, file: 'bin.000001', pos: 4, row: 0 };
const event = (parts: object, from: object = source) => ({
  before: null,
  after: null,
  source: from,
  ts_ms: 1,
  ...parts,
});
const version = String((1n << 64n) | (4n << 24n));

describe('changes that are ordered', () => {
  it('carry a version, and a delete is a row that says so', () => {
    expect(rowsOf(event({ op: 'c', after: { id: 1, v: null } }))).toEqual([
      { id: 1, v: null, __ver: version, __deleted: 0, __op: 0 },
    ]);
    expect(rowsOf(event({ op: 'd', before: { id: 1, v: null } }))).toEqual([
      { id: 1, __ver: version, __deleted: 1, __op: 0 },
    ]);
  });

  it('may be ordered by when the source committed them', () => {
    expect(rowsOf(event({ op: 'c', after: { id: 1 } }), 'commit-time')).toMatchObject([{ __ver: '5000' }]);
  });

  it('may be ordered by a column, behind which its delete comes', () => {
    const at = { id: 1, at: '2024-02-29 12:34:56.5' };
    expect(rowsOf(event({ op: 'u', after: { id: 1, n: 7 } }), 'column:n')).toMatchObject([{ __ver: '14' }]);
    expect(rowsOf(event({ op: 'd', before: { id: 1, n: 7 } }), 'column:n')).toMatchObject([{ __ver: '15' }]);
    expect(rowsOf(event({ op: 'u', after: at }), 'column:at')).toMatchObject([{ __ver: '3418420193000000' }]);
  });

  it('are refused where they do not tell their order, or not the whole row', () => {
    const mute = { connector: 'mysql', db: 'shop', table: 'kv' };
    expect(rowsOf(event({ op: 'c', after: { id: 1 } }, mute))).toBe('CHANGE_UNORDERED');
    expect(rowsOf(event({ op: 'c', after: { id: 1 } }, mute), 'commit-time')).toBe('CHANGE_UNORDERED');
    expect(rowsOf(event({ op: 'c', after: { id: 1, n: 'x' } }), 'column:n')).toBe('CHANGE_UNORDERED');
    const lacking = event({ op: 'u', after: { id: 1, big: '__debezium_unavailable_value' } });
    expect(decode(lacking)).toMatchObject({ code: 'CHANGE_UNORDERED', detail: expect.stringContaining('FULL') });
  });

  it('are loaded on the condition that nothing newer is there, into tables that have the columns', () => {
    const chunk = decode(event({ op: 'c', after: { id: 1 } }));
    if ('code' in chunk) throw new Error(chunk.code);
    // Rows that their message says are ordered, as those of a followed database.
    const told = decodeMessage(
      sqsRecord({ body: '{"id":1,"__ver":"5","__deleted":0,"__op":0}', attributes: { 'order-by': '__ver' } }),
      { maxInflatedBytes: 1024 ** 2, defaultFormat: 'json', csv: csvLayout },
    );
    expect(told.ok && told.chunks[0].orderedBy).toBe('__ver');
    const rules = { database: undefined, table: undefined, allow: [], properties: {} };
    const to = (shape: TableShape) => destinationOf({ database: 'shop', table: 'kv' }, chunk, rules, shape);
    const shape = { columns: ['id', '__ver', '__deleted'], primaryKey: ['id'], deleted: '__deleted' };
    expect(to(shape).headers).toMatchObject({ merge_condition: '__ver' });
    const missing = expect.objectContaining({ code: 'ORDER_COLUMNS_MISSING' });
    expect(() => to({ ...shape, columns: ['id', '__ver'] })).toThrow(missing);
    expect(() => to({ ...shape, primaryKey: undefined })).toThrow(missing);
  });
});
