import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyKind } from '../../src/ports.ts';
import { joinChunks } from '../../src/rows/body.ts';
import type { Chunk } from '../../src/rows/chunk.ts';
import { chunk, csvLayout, destination } from '../builders.ts';

/** The rows of a load into a table with a primary key, and how many of them it says there are. */
function join(chunks: readonly Chunk[], columns: string, primaryKey: readonly string[] = ['id']) {
  const format = chunks[0]?.layout === 'csv' ? 'csv' : 'json';
  const { body, rows } = joinChunks(csvLayout)(chunks, destination({ primaryKey, headers: { format, columns } }));
  return { text: Buffer.concat([...(body.open() as Iterable<Uint8Array>)]).toString(), rows };
}

const deletes = (parts: Partial<Chunk>): Chunk => chunk({ ...parts, hasDeletes: true });
const json = (...rows: readonly string[]) => deletes({ text: rows.join('\n'), rows: rows.length });
const csv = (...rows: readonly string[]) =>
  deletes({ layout: 'csv', text: rows.map((row) => `${row}\n`).join(''), rows: rows.length });

describe('a load with deletes', () => {
  it('keeps the last row of each key, over all its chunks, as it came', () => {
    const one = json('{"id":1.0,"v":1.10}', '{"id":2}', '{"id":1.0,"__op":1}');
    const other = deletes({ layout: 'items', text: '{"id":2,"__op":1},\n{"id":3}', rows: 2 });
    expect(join([one, other], '`id`,`v`')).toEqual({
      text: '[{"id":1.0,"__op":1},{"id":2,"__op":1},{"id":3}]',
      rows: 3,
    });
  });

  it('keeps the last row of each key of CSV', () => {
    expect(join([csv('1\ta\t0', '2\tb\t0'), csv('1\t\\N\t1')], '`id`,`v`,`__op`')).toEqual({
      text: '2\tb\t0\n1\t\\N\t1\n',
      rows: 2,
    });
  });

  it('takes keys by all their columns, and tells large numbers apart', () => {
    const rows = ['{"a":1,"b":9007199254740992}', '{"a":1,"b":9007199254740993}', '{"a":2,"b":9007199254740993}'];
    expect(join([json(...rows)], '`a`,`b`', ['a', 'b']).rows).toBe(3);
    expect(join([json('{"a":"x","b":"y"}', '{"a":"x\\",\\"y","b":""}')], '`a`,`b`', ['a', 'b']).rows).toBe(2);
  });

  it('ends as a table does that takes one row after the other', () => {
    const row = fc.record({ id: fc.nat(5), v: fc.nat(100), __op: fc.constantFrom(0, 1) });
    const apply = (rows: readonly { id: number; v: number; __op: number }[]) => {
      const table = new Map<number, number>();
      for (const { id, v, __op: operation } of rows) {
        if (operation === 1) table.delete(id);
        else table.set(id, v);
      }
      return [...table].toSorted(([a], [b]) => a - b);
    };
    fc.assert(
      fc.property(fc.array(fc.array(row, { minLength: 1 }), { minLength: 1, maxLength: 4 }), (parts) => {
        const { text, rows } = join(
          parts.map((part) => json(...part.map((each) => JSON.stringify(each)))),
          '`id`,`v`',
        );
        const left = JSON.parse(text) as { id: number; v: number; __op: number }[];
        expect(left).toHaveLength(rows);
        expect(new Set(left.map(({ id }) => id)).size).toBe(rows);
        expect(apply(left)).toEqual(apply(parts.flat()));
      }),
    );
  });

  it.each<[string, Chunk, string]>([
    ['is made by an expression, of JSON', json('{"x":1,"__op":0}', '{"x":2,"__op":1}'), 'x, id = x + 1, __op'],
    ['is made by an expression, of CSV', csv('1\t0', '2\t1'), 'x, __op, id = x + 1'],
    ['has another name in the rows, for jsonpaths', json('{"k":1,"__op":0}', '{"k":2,"__op":1}'), 'id, __op'],
  ])('leaves every row where the key %s', (_, rows, columns) => {
    expect(join([rows], columns).rows).toBe(2);
  });

  it('leaves every row to the merge condition where a row deletes, which knows no condition', () => {
    const newer = json('{"id":1,"v":2}', '{"id":1,"v":1}', '{"id":2,"__op":1}');
    const headers = { format: 'json', columns: '`id`,`v`', merge_condition: 'v' };
    expect(joinChunks(csvLayout)([newer], destination({ primaryKey: ['id'], headers })).rows).toBe(3);
  });

  it('keeps the greatest of a merge condition by whole numbers, and of equal ones the last', () => {
    const rows = [
      '{"id":1,"v":"18446744073709551616"}',
      '{"id":1,"v":"9"}',
      '{"id":2,"v":1,"x":1}',
      '{"id":2,"v":1,"x":2}',
    ];
    const headers = { format: 'json', columns: '`id`,`v`,`x`', merge_condition: 'v' };
    const { body } = joinChunks(csvLayout)([json(...rows)], destination({ primaryKey: ['id'], headers }));
    expect(Buffer.concat([...(body.open() as Iterable<Uint8Array>)]).toString()).toBe(`[${rows[0]},${rows[3]}]`);
  });

  it('leaves every row to a merge condition by anything else', () => {
    const moments = json('{"id":1,"v":"2024-03-05"}', '{"id":1,"v":"2024-03-06"}');
    const headers = { format: 'json', columns: '`id`,`v`', merge_condition: 'v' };
    expect(joinChunks(csvLayout)([moments], destination({ primaryKey: ['id'], headers })).rows).toBe(2);
  });

  it.each<[KeyKind, readonly string[]]>([
    ['integer', ['1', '"1"', '"01"', '1.0', '1e0']],
    ['boolean', ['true', '1', '"true"', '"1"', '2']],
    ['date', ['"2024-03-05"', '"2024-03-05 00:00:00"', '20240305', '"2024-3-5"']],
    ['datetime', ['"2024-03-05"', '"2024-03-05T00:00:00"', '"2024-03-05 00:00:00.000"', '20240305000000']],
  ])('knows one key of the type %s in all its notations', (kind, values) => {
    const rows = values.map((value) => `{"id":${value},"__op":0}`);
    const keyed = destination({ primaryKey: ['id'], keyKinds: [kind], headers: { format: 'json' } });
    expect(joinChunks(csvLayout)([json(...rows)], keyed).rows).toBe(1);
  });

  it('tells texts apart that only look alike', () => {
    const rows = ['"1"', '"01"', '"1.0"', '"A"', '"a"', '"2024-03-05"', '"2024-3-5"'].map((id) => `{"id":${id}}`);
    const keyed = destination({ primaryKey: ['id'], keyKinds: ['text'], headers: { format: 'json' } });
    expect(joinChunks(csvLayout)([json(...rows)], keyed).rows).toBe(rows.length);
  });

  it('knows the columns of CSV in any case, as StarRocks does', () => {
    expect(join([csv('1\ta\t0', '2\tb\t0', '1\tc\t1')], '`ID`,`V`,`__op`')).toEqual({
      text: '2\tb\t0\n1\tc\t1\n',
      rows: 2,
    });
  });

  it('leaves a row that is nested too deeply for StarRocks to refuse, and does not fall over', () => {
    const depth = 200_000;
    const deep = `{"id":1,"__op":1,"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(join([json(deep, '{"id":2}')], '`id`').rows).toBe(2);
  });
});
