import { gzipSync, zstdCompressSync } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';
import { describe, expect, it } from 'vitest';
import { array, lines, loaded, people, useJsonStorage, world } from './storage-json-world.ts';

useJsonStorage();

describe('JSON bodies', () => {
  const one = [1, 'a', 5];
  const two = [2, 'b', 6];
  const a = '{"id":1,"name":"a","score":5}';
  const b = '{"id":2,"name":"b","score":6}';
  const cases: [says: string, headers: Record<string, string>, bodies: string[], rows: unknown[][]][] = [
    ['hold objects on lines', lines, [`${a}\n${b}\n`], [one, two]],
    ['hold objects with anything white between, or nothing', lines, [` ${a}${b}\r\n\t`], [one, two]],
    ['hold an array', array, [` [ ${a} , ${b} ] `], [one, two]],
    ['may be empty', array, ['[]', ' ', ''], []],
    ['of a transaction are parsed apart', array, [`[${a}]`, `[${b}]`], [one, two]],
    [
      'match keys by letter case, and unknown keys are ignored',
      lines,
      ['{"ID":7,"id":1,"Name":"x","name":"a","score":5,"more":{"id":3}}'],
      [one],
    ],
    [
      'make NULL, not the default, of a missing key',
      lines,
      ['{"id":1}{"id":2,"name":null}'],
      [
        [1, null, null],
        [2, null, null],
      ],
    ],
    [
      'give the default to a column that is left out',
      { ...lines, columns: 'id, score' },
      ['{"id":1,"name":"x","score":5}'],
      [[1, 'anon', 5]],
    ],
    ['have keys with escapes', lines, ['{"\\u0069d":1,"name":"a","score":5}'], [one]],
    [
      'fill names by paths',
      { ...array, jsonpaths: '["$.k.n", "$.v[1].x", "$.none"]', columns: 'id,score,name' },
      ['[{"k":{"n":1},"v":[0,{"x":5}]}]'],
      [[1, null, 5]],
    ],
    ['have a root', { ...lines, json_root: '$.data' }, [`{"data":${a}}`], [one]],
    [
      'have an array as root',
      { ...lines, json_root: '$.data.rows', strip_outer_array: 'true' },
      [`{"data":{"rows":[${a},${b}]}}{"data":{"rows":[]}}`],
      [one, two],
    ],
  ];
  it.each(cases)('%s', async (_, headers, bodies, rows) => {
    const { result, rows: found } = await loaded(people, headers, ...bodies);
    expect(result).toMatchObject({ loaded: rows.length, filtered: 0 });
    expect(found).toEqual(rows);
  });
});

describe("Debezium's envelope", () => {
  const eventColumns = '(id INT NOT NULL, name VARCHAR(100), age INT) PRIMARY KEY(id)';
  const debezium = { format: 'json', envelope: 'debezium' };
  const alice = '{"before":null,"after":{"id":1,"name":"Alice","age":25},"op":"c"}';
  const charlie = '{"op":"u","before":{"id":3,"name":"Old"},"after":{"id":3,"name":"Charlie","age":35}}';

  it.each([
    ['in a payload', `{"payload":${alice}} {"payload":${charlie}}`],
    ['bare', `${alice}${charlie}`],
    ['beside tombstones', `{"payload":null}\n{"payload":${alice}}{"payload":null}{"payload":${charlie}}`],
  ])('holds rows %s', async (_, body) => {
    const { rows } = await loaded(eventColumns, debezium, body);
    expect(rows).toEqual([
      [1, 'Alice', 25],
      [3, 'Charlie', 35],
    ]);
  });

  it('deletes what was deleted, in the order of the events', async () => {
    const gone = '{"payload":{"before":{"id":1,"name":"Alice","age":25},"after":null,"op":"d"}}';
    const { result, rows } = await loaded(eventColumns, debezium, `${charlie}${alice}${gone}`);
    expect(result).toMatchObject({ total: 3, loaded: 3 });
    expect(rows).toEqual([[3, 'Charlie', 35]]);
  });

  it('is looked into by paths', async () => {
    const headers = { ...debezium, jsonpaths: '["$.id","$.name"]', columns: 'id,name' };
    const { rows } = await loaded(eventColumns, headers, alice);
    expect(rows).toEqual([[1, 'Alice', null]]);
  });

  it.each([
    ['{"payload":{"after":{"id":1}}}', "Missing 'op' field in Debezium JSON message"],
    ['{"payload":{"after":{"id":1},"op":1}}', "'op' field in Debezium JSON message is not a string"],
    ['{"payload":{"after":{"id":1},"op":"x"}}', "Unknown Debezium op type: 'x'"],
    ['{"payload":{"before":null,"after":null,"op":"c"}}', "'after' is null in Debezium message"],
    ['{"op":"u"}', "Missing 'after' field in Debezium message"],
    ['{"payload":{"before":null,"op":"d"}}', "'before' is null in Debezium delete message"],
    ['{"op":"d"}', "Missing 'before' field in Debezium delete message"],
    [
      '{"payload":[]}',
      'parse error. Failed to parse Debezium JSON envelope: The JSON element does not have the requested type.',
    ],
  ])('fails the load when it holds no event: %s', async (body, message) => {
    expect((await loaded(eventColumns, debezium, body)).result).toEqual({ message });
  });

  it.each([
    [{ ...debezium, envelope: 'canal' }, 'Unknown envelope type: canal'],
    [{ envelope: 'debezium' }, 'envelope can only be specified when format is json'],
    [{ ...debezium, json_root: '$.a' }, 'json_root cannot be specified when envelope is set'],
    [{ ...debezium, strip_outer_array: 'true' }, 'strip_outer_array cannot be specified when envelope is set'],
  ])('is refused with %o', async (headers, message) => {
    expect((await loaded(eventColumns, headers, alice)).result).toEqual({ message });
  });
});

describe('a constant __op', () => {
  const keyedColumns = '(id INT NOT NULL, name VARCHAR(9), n INT) PRIMARY KEY(id)';
  it.each([
    ["__op='delete'", [[2, 'b', 2]]],
    ['__op=1', [[2, 'b', 2]]],
    ["id,name,n,__op = 'DELETE'", [[2, 'b', 2]]],
    [
      "__op='upsert'",
      [
        [1, 'z', 9],
        [2, 'b', 2],
      ],
    ],
  ])('is the operation of all rows, in CSV and JSON: columns %s', async (columns, rows) => {
    for (const [headers, before, body] of [
      [{ column_separator: ',' }, '1,a,1\n2,b,2\n', '1,z,9\n'],
      [lines, '{"id":1,"name":"a","n":1}{"id":2,"name":"b","n":2}', '{"id":1,"name":"z","n":9}'],
    ] as const) {
      const table = await world.table(keyedColumns);
      await world.load(table, headers, before);
      expect(await world.load(table, { ...headers, columns }, body)).toMatchObject({ loaded: 1, filtered: 0 });
      expect(await world.rows(table)).toEqual(rows);
    }
  });
});

describe('compressed JSON', () => {
  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
    ['LZ4_FRAME', compressFrameSync],
  ])('is one frame of %s', async (compression, compress) => {
    const { rows } = await loaded(
      people,
      { ...lines, compression },
      Buffer.concat([compress('{"id":1}'), compress('{"id":2}')]),
    );
    expect(rows).toEqual([[1, null, null]]);
  });
});
