import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StorageWorld, storageWorld } from './starrocks-storage-world.ts';

let world: StorageWorld;
beforeAll(async () => {
  world = await storageWorld();
});
afterAll(() => world.close());

const PEOPLE = "(id INT NOT NULL, name VARCHAR(5) NULL DEFAULT 'anon', score INT NULL) DUPLICATE KEY(id)";
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
    const { result, rows: found } = await loaded(PEOPLE, headers, ...bodies);
    expect(result).toMatchObject({ loaded: rows.length, filtered: 0 });
    expect(found).toEqual(rows);
  });
});

describe('the shape of JSON', () => {
  const cases: [says: string, headers: Record<string, string>, body: string | Buffer, message: string][] = [
    ['is no text', lines, 'id=1', 'illegal json started with i'],
    [
      'is an array only when stripped',
      lines,
      '[{"id":1}]',
      'The value is array type in json document stream, you can set strip_outer_array=true to parse each element of the array as individual rows',
    ],
    ['is an array when stripped', array, '{"id":1}', 'the value should be array type with strip_outer_array=true'],
    [
      'is objects in the array',
      array,
      '[{"id":1}, 2]',
      'Failed to iterate json array as object. error: The JSON element does not have the requested type.',
    ],
    ['is objects in the stream', lines, '{"id":1} 2', 'The value should be object type in json document stream'],
    [
      'has an end',
      array,
      '[{"id":1},',
      'Failed to parse json as array. error: JSON document ended early in the middle of an object or array.',
    ],
    [
      'closes its strings',
      array,
      '[{"id":1},{"name":"x]',
      'Failed to parse json as array. error: A string is opened, but never closed.',
    ],
    [
      'escapes control characters',
      array,
      '[{"id":1,"name":"a\nb"}]',
      'Failed to parse json as array. error: Within strings, some characters must be escaped, we found unescaped characters.',
    ],
    [
      'is UTF-8',
      array,
      Buffer.from('[{"id":1,"name":"\xff"}]', 'latin1'),
      'Failed to parse json as array. error: The input is not valid UTF-8',
    ],
    [
      'has the root',
      { ...lines, json_root: '$.x' },
      '{"y":{}}',
      'failed to access field: x, err: The JSON field referenced does not exist in this object.',
    ],
  ];
  it.each(cases)('%s, or the load fails', async (_, headers, body, message) => {
    const { result, rows } = await loaded(PEOPLE, headers, body);
    expect(result).toEqual({ message });
    expect(rows).toEqual([]);
  });
});

describe('malformed JSON', () => {
  it('in a value of an array makes it NULL and loses the rest without a word', async () => {
    const { result, rows } = await loaded(PEOPLE, array, '[{"id":1,"score":1},{"id":2,"score":xx},{"id":3,"score":3}]');
    expect(result).toEqual({ total: 2, loaded: 2, filtered: 0, unselected: 0, errors: [] });
    expect(rows).toEqual([
      [1, null, 1],
      [2, null, null],
    ]);
  });

  it('between rows of an array loses the rest without a word', async () => {
    const { result } = await loaded(PEOPLE, array, '[{"id":1};{"id":2}]');
    expect(result).toEqual({ total: 1, loaded: 1, filtered: 0, unselected: 0, errors: [] });
  });

  it('in the structure of a row filters it and loses the rest', async () => {
    const { result } = await loaded(PEOPLE, array, '[{"id":1},{"id" 2},{"id":3}]');
    expect(result).toMatchObject({ total: 2, loaded: 1, filtered: 1 });
  });

  it('in a stream fails the load', async () => {
    const { result } = await loaded(PEOPLE, lines, '{"id":1}\n{"id" 2}\n{"id":3}');
    expect(result).toEqual({
      message: expect.stringMatching(/^Failed to iterate document stream as object\. error: /),
    });
  });
});

describe('compressed JSON', () => {
  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('is one frame of %s', async (compression, compress) => {
    const { rows } = await loaded(
      PEOPLE,
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
