import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { compressFrameSync } from 'lz4-napi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../property-runs.ts';
import { type StorageWorld, storageWorld } from './starrocks-storage-world.ts';

let world: StorageWorld;
beforeAll(async () => {
  world = await storageWorld();
});
afterAll(() => world.close());

const people = '(id INT NOT NULL, name VARCHAR(5) NULL, score INT NULL) DUPLICATE KEY(id)';

/** What one load of `body` leaves in a new table. */
async function loaded(ddl: string, headers: Record<string, string>, ...bodies: (string | Buffer)[]) {
  const table = await world.table(ddl);
  const result = await world.load(table, headers, ...bodies);
  return { result, rows: await world.rows(table) };
}

const comma = { column_separator: ',' };

describe('plain CSV', () => {
  const cases: [says: string, headers: Record<string, string>, body: string, rows: unknown[][]][] = [
    [
      'cuts at tabs and line feeds by default',
      {},
      '1\ta\t5\n2\tb\t6',
      [
        [1, 'a', 5],
        [2, 'b', 6],
      ],
    ],
    ['takes quotes as data', comma, '1,"x",5\n', [[1, '"x"', 5]]],
    [
      'reads \\N as NULL, and nothing else',
      comma,
      '1,\\N,\\N\n2,null,\n3,,7\n',
      [
        [1, null, null],
        [2, 'null', null],
        [3, '', 7],
      ],
    ],
    [
      'skips blank lines',
      comma,
      '\n1,a,5\n\n\n2,b,6\n\n',
      [
        [1, 'a', 5],
        [2, 'b', 6],
      ],
    ],
    [
      'keeps a carriage return',
      comma,
      '1,a,5\n2,5,b\r\n',
      [
        [1, 'a', 5],
        [2, '5', null],
      ],
    ],
    [
      'cuts at several bytes',
      { column_separator: '||', row_delimiter: '\\x0D0A' },
      '1||a||5\r\n2||b|||6',
      [
        [1, 'a', 5],
        [2, 'b', null],
      ],
    ],
    [
      'reads hexadecimal delimiters',
      { column_separator: '\\x01', row_delimiter: '0x02' },
      '1\x01a\n\x015\x022\x01b\x016',
      [
        [1, 'a\n', 5],
        [2, 'b', 6],
      ],
    ],
    ['does not read \\t as a tab', { column_separator: '\\t' }, '1\\ta\\t5', [[1, 'a', 5]]],
    ['skips the header', { ...comma, skip_header: '2' }, 'a,b,c\n\n1,a,5\n', [[1, 'a', 5]]],
    ['trims spaces', { ...comma, trim_space: 'TRUE' }, ' 1 , a b  ,5\n', [[1, 'a b', 5]]],
    ['keeps spaces', comma, '1, a ,5\n', [[1, ' a ', 5]]],
    [
      'makes NULL of a text that is too long in bytes',
      comma,
      '1,éé,5\n2,ééé,6\n',
      [
        [1, 'éé', 5],
        [2, null, 6],
      ],
    ],
    [
      'makes NULL of a number that is none',
      comma,
      '1,a,1.5\n2,b,x\n3,c,2147483648\n4,d,-2147483648\n',
      [
        [1, 'a', null],
        [2, 'b', null],
        [3, 'c', null],
        [4, 'd', -2147483648],
      ],
    ],
  ];
  it.each(cases)('%s', async (_, headers, body, rows) => {
    const { result, rows: found } = await loaded(people, headers, body);
    expect(result).toMatchObject({ loaded: rows.length, filtered: 0, unselected: 0, total: rows.length });
    expect(found).toEqual(rows);
  });

  it('reads several bodies as one text', async () => {
    const { rows } = await loaded(people, comma, '1,a,5\n2,b', ',6\n3,c,7');
    expect(rows).toEqual([
      [1, 'a', 5],
      [2, 'b', 6],
      [3, 'c', 7],
    ]);
  });
});

describe('filtered rows', () => {
  const strict = { ...comma, strict_mode: 'true' };
  const cases: [says: string, headers: Record<string, string>, body: string | Buffer, errors: string[]][] = [
    [
      'too many fields',
      comma,
      '1,a,5,6\n',
      [
        "Error: Target column count: 3 doesn't match source value column count: 4. Column separator: ',', Row delimiter: '\\n'. Row: 1,a,5,6",
      ],
    ],
    [
      'too few fields',
      comma,
      '1,a\n',
      [
        "Error: Target column count: 3 doesn't match source value column count: 2. Column separator: ',', Row delimiter: '\\n'. Row: 1,a",
      ],
    ],
    [
      'bytes that are not UTF-8',
      comma,
      Buffer.from('1,\xff,5\n', 'latin1'),
      ['Error: Invalid UTF-8 row. Row: 1,\ufffd,5'],
    ],
    [
      'NULL in a column that is NOT NULL',
      comma,
      '\\N,a,5\nx,b,\\N\n',
      [
        "Error: NULL value in non-nullable column 'id'. Row: [NULL, 'a', 5]",
        "Error: NULL value in non-nullable column 'id'. Row: [NULL, 'b', NULL]",
      ],
    ],
    [
      'a text that is too long, strictly',
      strict,
      '1,abcdef,5\n',
      [
        'Error: The field (name = name, pos = 1) is out of range. Type: VARCHAR(5), Value length: 6, Value: abcdef. Row: 1,abcdef,5',
      ],
    ],
    [
      'an empty number, strictly',
      strict,
      '1,a,\n',
      ['Error: The field (name = score, pos = 2) is out of range. Type: INT, Value length: 0, Value: . Row: 1,a,'],
    ],
  ];
  it.each(cases)('are %s', async (_, headers, body, errors) => {
    const { result, rows } = await loaded(people, headers, Buffer.concat([Buffer.from('9,ok,9\n'), Buffer.from(body)]));
    expect(result).toEqual({ total: errors.length + 1, loaded: 1, filtered: errors.length, unselected: 0, errors });
    expect(rows).toEqual([[9, 'ok', 9]]);
  });

  it('are all counted, and fifty of them written down', async () => {
    const { result } = await loaded(people, comma, `${'\\N,a,5\n'.repeat(60)}${'1,a\n'.repeat(45)}`);
    expect(result).toMatchObject({ total: 105, filtered: 105, loaded: 0 });
    expect('errors' in result && result.errors.length).toBe(50);
  });
});

describe('enclosed CSV', () => {
  const quoted = { ...comma, enclose: '"' };
  const escaped = { ...quoted, escape: '\\' };
  const textColumns = '(id INT NOT NULL, a VARCHAR(50) NULL, b VARCHAR(50) NULL) DUPLICATE KEY(id)';
  const cases: [says: string, headers: Record<string, string>, body: string, rows: unknown[][]][] = [
    ['keeps separators and line feeds inside', quoted, '1,"a,b\nc",d\n', [[1, 'a,b\nc', 'd']]],
    ['takes a doubled enclose for one', quoted, '1,"a""b",""""\n', [[1, 'a"b', '"']]],
    ['reads an empty enclosed field as an empty text', quoted, '1,"",x\n', [[1, '', 'x']]],
    ['knows an enclose at the beginning of a field only', quoted, '1,a"b"c,x\n', [[1, 'a"b"c', 'x']]],
    ['looks for \\N after the enclose is gone', quoted, '1,"\\N",\\N\n', [[1, null, null]]],
    ['takes an escape before enclose, escape and separator', escaped, '1,"a\\"b",c\\,d\\\\\n', [[1, 'a"b', 'c,d\\']]],
    [
      'drops an escape before any other byte, so that \\N is N and \\\\N is NULL',
      escaped,
      '1,\\N,\\\\N\n',
      [[1, 'N', null]],
    ],
    ['trims around the enclose', { ...quoted, trim_space: 'true' }, '1,  "a "  , b \n', [[1, 'a', 'b']]],
    ['reads a last row without a delimiter', quoted, '1,"a",b', [[1, 'a', 'b']]],
    ['skips blank lines', quoted, '\n\n1,"a",b\n\n', [[1, 'a', 'b']]],
    ['loses an unfinished last row of another length without a word', quoted, '1,"a",b\n2,"c', [[1, 'a', 'b']]],
  ];
  it.each(cases)('%s', async (_, headers, body, rows) => {
    const { result, rows: found } = await loaded(textColumns, headers, body);
    expect(result).toMatchObject({ filtered: 0, loaded: rows.length });
    expect(found).toEqual(rows);
  });
});

describe('compressed bodies', () => {
  const text = '1\ta\t5\n2\tb\t6\n';
  it.each([
    ['format: gzip', { format: 'gzip' }, gzipSync(text)],
    ['format: lz4', { format: 'lz4' }, compressFrameSync(text)],
    ['compression: GZIP', { compression: 'GZIP' }, gzipSync(text)],
    ['content-encoding: zstd', { 'content-encoding': 'zstd' }, zstdCompressSync(text)],
  ])('are read with %s', async (_, headers, body) => {
    const { rows } = await loaded(people, headers, body);
    expect(rows).toHaveLength(2);
  });

  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
    ['lz4', compressFrameSync],
  ])('lose what follows the first frame of %s', async (format, compress) => {
    const { result, rows } = await loaded(people, { format }, Buffer.concat([compress(text), compress('3\tc\t7\n')]));
    expect(rows).toHaveLength(2);
    expect(result).toMatchObject({ total: 2 });
  });

  it('fail when they are cut off, or of another kind', async () => {
    for (const [format, body] of [
      ['gzip', gzipSync(text).subarray(0, 12)],
      ['gzip', text],
      ['lz4', compressFrameSync(text).subarray(0, 12)],
      ['lz4', text],
    ] as const) {
      const { result } = await loaded(people, { format }, body);
      expect(result).toEqual({ message: expect.stringContaining('decompress') });
    }
  });
});

describe('any texts', () => {
  const field = fc.option(
    fc
      .string({
        unit: fc.constantFrom('a', ',', '"', '\n', '\r', '\\', 'N', '\0', 'é', '𝄞', ' ', '\t', '|'),
        maxLength: 6,
      })
      .filter((text) => text !== '\\N'),
  );
  it('come out of enclosed CSV as they went in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 200 }), async (pairs) => {
        const write = (text: string | null) => (text === null ? '\\N' : `"${text.replaceAll('"', '""')}"`);
        const body = pairs.map(([a, b], index) => `${index},${write(a)},${write(b)}`).join('\n');
        const { rows } = await loaded(
          '(k INT, a VARCHAR(100) NULL, b VARCHAR(100) NULL) DUPLICATE KEY(k)',
          { ...comma, enclose: '"' },
          body,
        );
        expect(rows).toEqual(pairs.map((pair, index) => [index, ...pair]));
      }),
      { numRuns: runs(25) },
    );
  });

  it('are cut the same wherever a chunk of the body ends', async () => {
    const long = 'é'.repeat(700_000);
    const table = '(k INT, a STRING NULL, b VARCHAR(1048576) NULL) DUPLICATE KEY(k)';
    const body = Array.from({ length: 5 }, (_, index) => `${index}||"x""||y"||"${long.slice(0, 500_000)}"||#`).join('');
    const { result, rows } = await loaded(table, { column_separator: '||', row_delimiter: '||#', enclose: '"' }, body);
    expect(result).toMatchObject({ loaded: 5, filtered: 0 });
    expect(rows.map((row) => [row[0], row[1], (row[2] as string).length])).toEqual(
      [0, 1, 2, 3, 4].map((k) => [k, 'x"||y', 500_000]),
    );
  });
});
