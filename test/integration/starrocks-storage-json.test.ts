import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { compressFrameSync } from 'lz4-napi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StorageWorld, storageWorld } from './starrocks-storage-world.ts';

let world: StorageWorld;
beforeAll(async () => {
  world = await storageWorld();
});
afterAll(() => world.close());

const people = "(id INT NOT NULL, name VARCHAR(5) NULL DEFAULT 'anon', score INT NULL) DUPLICATE KEY(id)";
const lines = { format: 'json' };
const array = { format: 'json', strip_outer_array: 'true' };

async function loaded(ddl: string, headers: Record<string, string>, ...bodies: (string | Buffer)[]) {
  const table = await world.table(ddl);
  const result = await world.load(table, headers, ...bodies);
  return { result, rows: await world.rows(table) };
}

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

describe('the shape of JSON', () => {
  const cases: [says: string, headers: Record<string, string>, body: string | Buffer, message: string][] = [
    ['is no text', lines, 'id=1', 'parse error. illegal json started with i'],
    [
      'is an array only when stripped',
      lines,
      '[{"id":1}]',
      'parse error. The value is array type in json document stream, you can set strip_outer_array=true to parse each element of the array as individual rows',
    ],
    [
      'is an array when stripped',
      array,
      '{"id":1}',
      'parse error. the value should be array type with strip_outer_array=true, value: {"id":1}',
    ],
    [
      'is objects in the array',
      array,
      '[{"id":1}, 2]',
      'parse error. Failed to iterate json array as object. error: The JSON element does not have the requested type.',
    ],
    [
      'is objects in the stream',
      lines,
      '{"id":1} 2',
      'parse error. The value should be object type in json document stream',
    ],
    [
      'has an end',
      array,
      '[{"id":1},',
      'parse error. Failed to parse json as array. error: JSON document ended early in the middle of an object or array.',
    ],
    [
      'closes its strings',
      array,
      '[{"id":1},{"name":"x]',
      'parse error. Failed to parse json as array. error: A string is opened, but never closed.',
    ],
    [
      'escapes control characters',
      array,
      '[{"id":1,"name":"a\nb"}]',
      'parse error. Failed to parse json as array. error: Within strings, some characters must be escaped, we found unescaped characters.',
    ],
    [
      'is UTF-8',
      array,
      Buffer.from('[{"id":1,"name":"\xff"}]', 'latin1'),
      'parse error. Failed to parse json as array. error: The input is not valid UTF-8',
    ],
    [
      'has the root',
      { ...lines, json_root: '$.x' },
      '{"y":{}}',
      'failed to access field: x, err: The JSON field referenced does not exist in this object.',
    ],
  ];
  it.each(cases)('%s, or the load fails', async (_, headers, body, message) => {
    const { result, rows } = await loaded(people, headers, body);
    expect(result).toEqual({ message });
    expect(rows).toEqual([]);
  });
});

describe('malformed JSON', () => {
  const deepColumns =
    '(id INT NOT NULL, m MAP<VARCHAR(5), VARCHAR(5)> NULL, j JSON NULL, score INT NULL) DUPLICATE KEY(id)';
  const good = '{"id":1,"score":1}';

  // The data of StarRocks' own test_stream_load_json_map_partial_append.
  it('inside a value of an array makes it and what follows it in the row NULL, and loses the rest without a word', async () => {
    const bad = '{"id":2,"m":{"a":"1" "b":"2"},"score":2}';
    const { result, rows } = await loaded(deepColumns, array, `[${good},${bad},{"id":3}]`);
    expect(result).toEqual({ total: 2, loaded: 2, filtered: 0, unselected: 0, errors: [] });
    expect(rows).toEqual([
      [1, null, null, 1],
      [2, null, null, null],
    ]);
  });

  it.each([
    ['a value', '{"id":2,"j":[1,,2]}'],
    ['the structure of a row', '{"id" 2}'],
    ['the structure of a row', '{"id":2 "score":2}'],
  ])('in %s filters it strictly, or always, and loses the rest: %s', async (_, bad) => {
    const { result } = await loaded(deepColumns, { ...array, strict_mode: 'true' }, `[${good},${bad},{"id":3}]`);
    expect(result).toMatchObject({ total: 2, loaded: 1, filtered: 1 });
    expect(result).toHaveProperty('errors.0', expect.stringMatching(/^Error: Data quality error: .*\. Row: \{"id/));
  });

  it.each([
    ['a token', '{"id":2,"score":xx}'],
    ['a token of a document', '{"id":2,"j":[1,xx]}'],
    ['half a surrogate pair', '{"id":2,"j":["\\ud834"]}'],
    ['a number', '{"id":2,"score":01}'],
    ['what no column takes', '{"id":2,"more":{"a" "b"}}'],
    ['a document that a number is to take', '{"id":2,"score":{"a" "b"}}'],
  ])('that is %s costs no more than its value', async (_, bad) => {
    const { result, rows } = await loaded(deepColumns, array, `[${good},${bad},{"id":3}]`);
    expect(result).toMatchObject({ total: 3, loaded: 3 });
    expect(rows[1]).toEqual([2, null, null, null]);
  });

  it('that is a token in a map is NULL in the map', async () => {
    const { rows } = await loaded(deepColumns, array, '[{"id":1,"m":{"a":xx,"b":"2"}}]');
    expect(rows).toEqual([
      [
        1,
        [
          ['a', null],
          ['b', '2'],
        ],
        null,
        null,
      ],
    ]);
  });

  it.each([
    ['between rows', '[{"id":1};{"id":2}]', 'Failed to iterate json array as object. error: The JSON document has'],
    ['after a last comma', '[{"id":1},]', 'Failed to iterate json array as object. error: The JSON element does not'],
  ])('%s of an array fails the load', async (_, body, message) => {
    const { result } = await loaded(deepColumns, array, body);
    expect(result).toEqual({ message: expect.stringContaining(`parse error. ${message}`) });
  });

  it.each(['{"id":1}\n{"id" 2}\n{"id":3}', '{"id":1}\n{"id":2,"j":{"a" "b"}}\n{"id":3}'])(
    'in a stream fails the load: %s',
    async (body) => {
      const { result } = await loaded(deepColumns, lines, body);
      expect(result).toEqual({
        message: expect.stringMatching(/^parse error\. Failed to iterate document stream as object\. error: /),
      });
    },
  );
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

describe('any values', () => {
  const value = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.string({ unit: fc.constantFrom('"', '\\', '\n', '{', ']', '\0', '\u2028'), maxLength: 5 }),
    fc.constant(null),
  );
  const row = fc.tuple(value, fc.integer(), fc.jsonValue({ maxDepth: 2 }));

  it.each([
    ['an array', array, (rows: string[]) => `[${rows.join(',')}]`],
    [
      'a pretty array',
      array,
      (rows: string[]) =>
        JSON.stringify(
          rows.map((text) => JSON.parse(text)),
          null,
          2,
        ),
    ],
    ['lines', lines, (rows: string[]) => rows.join('\n')],
  ])('come out of %s as they went in', async (_, headers, write) => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 100 }), async (rows) => {
        const body = write(rows.map(([text, number, json], k) => JSON.stringify({ j: json, k, n: number, t: text })));
        const { rows: found } = await loaded(
          '(k INT, t VARCHAR(100) NULL, n BIGINT, j JSON NULL) DUPLICATE KEY(k)',
          headers,
          body,
        );
        expect(found.map(([k, t, n, j]) => [k, t, Number(n), typeof j === 'string' ? JSON.parse(j) : j])).toEqual(
          rows.map(([text, number, json], k) => [k, text, number, JSON.parse(JSON.stringify(json))]),
        );
      }),
      { numRuns: 20 },
    );
  });

  it('are read the same wherever a chunk of the body ends', async () => {
    const text = 'é"'.repeat(300_000);
    const body = `[${Array.from({ length: 6 }, (_, id) => JSON.stringify({ id, body: text, pad: { a: [text, { b: '}' }] } })).join(' , ')}]`;
    const { result, rows } = await loaded('(id INT, body VARCHAR(1048576)) DUPLICATE KEY(id)', array, body);
    expect(result).toMatchObject({ loaded: 6, filtered: 0 });
    expect(rows.every((each) => each[1] === text)).toBe(true);
  });
});
