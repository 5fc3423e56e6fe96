import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../property-runs.ts';
import { array, lines, loaded, people, useJsonStorage } from './storage-json-world.ts';

useJsonStorage();

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
      { numRuns: runs(20) },
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
