import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJsonRows } from '../../src/rows/json-rows.ts';
import { chunk, joinRows } from '../builders.ts';
import { runs } from '../property-runs.ts';

/** The body of a load that carries these texts, and the rows that were counted. */
function join(...texts: readonly string[]): { body: string; rows: number } {
  const read = texts.map((text) => {
    const rows = readJsonRows(text);
    if (!rows.ok) throw new Error(rows.rejection.detail);
    expect(rows.badRows).toEqual([]);
    return chunk({ layout: rows.layout, text: rows.text, rows: rows.rows });
  });
  const body = joinRows(read);
  const bytes = Buffer.concat([...(body.open() as Iterable<Uint8Array>)]);
  expect(body.bytes).toBe(bytes.byteLength);
  return { body: bytes.toString(), rows: read.reduce((sum, { rows }) => sum + rows, 0) };
}

function rejected(text: string): string {
  const rows = readJsonRows(text);
  if (rows.ok) throw new Error(`taken as ${rows.rows} rows`);
  expect(rows.rejection.code).toBe('ROW_NOT_JSON');
  return rows.rejection.detail;
}

/** What is left of a text, and what of it is bad. */
function parted(text: string) {
  const read = readJsonRows(text);
  if (!read.ok) throw new Error(read.rejection.detail);
  const { layout, rows, badRows } = read;
  const bytes = [...(joinRows([chunk({ layout, text: read.text, rows })]).open() as Iterable<Uint8Array>)];
  return { good: JSON.parse(Buffer.concat(bytes).toString()), rows, badRows };
}

const row = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 3, stringUnit: 'grapheme' }));
const eol = fc.constantFrom('\n', '\r\n', '\n\n', ' \n\t', '\n \r\n\r\n');

/** One message in any of the shapes that rows may come in. */
const message = fc
  .tuple(
    fc.array(row, { minLength: 1, maxLength: 4 }),
    eol,
    fc.constantFrom('lines', 'array', 'wide array', 'joined', 'wide'),
  )
  .map(([rows, end, shape]) => {
    if (shape === 'array') return { rows, text: JSON.stringify(rows) };
    if (shape === 'wide array') return { rows, text: `${end}${JSON.stringify(rows, null, 2)}${end}` };
    // The first object tells; one that is empty is written in one line.
    const isWide = shape === 'wide' && Object.keys(rows[0] ?? {}).length > 0;
    const text = rows.map((each) => JSON.stringify(each, undefined, isWide ? 2 : 0));
    return { rows, text: text.join(shape === 'joined' ? '' : end) + end };
  });

describe('JSON rows', () => {
  it('arrive in the body as they were, whatever shape their messages have', () => {
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 4 }), (messages) => {
        const { body, rows } = join(...messages.map(({ text }) => text));
        const expected = messages.flatMap((each) => each.rows);
        expect(JSON.parse(body)).toEqual(JSON.parse(JSON.stringify(expected)));
        expect(rows).toBe(expected.length);
      }),
      { numRuns: runs(300) },
    );
  });

  it.each([
    '170141183460469231731687303715884105727',
    '1.10',
    '-0',
    '1E400',
    '0.1000000000000000055511151231257827',
    '9007199254740993',
  ])('keep the digits of %s', (digits) => {
    const text = `{"a":${digits}}`;
    expect(join(text, `[ ${text} ]`, `${text}\r\n${text}`).body).toBe(`[${text},${text},${text}\r,${text}]`);
  });

  it('keep escapes, key order and repeated keys', () => {
    const text = String.raw`{"b":"\u00e9\n\/ ,\\n","a":1,"a":2}`;
    expect(join(text).body).toBe(`[${text}]`);
  });

  it('may hold line separators and commas in their text', () => {
    const text = JSON.stringify({ a: '\u2028,\u2029\u0085', b: '},\n{' });
    expect(JSON.parse(join(`${text}\n${text}`).body)).toEqual([JSON.parse(text), JSON.parse(text)]);
  });

  it('may be one pretty-printed object', () => {
    const text = JSON.stringify({ a: { b: [1, { c: '\n' }] } }, null, 2);
    expect(join(text.replaceAll('\n', '\r\n'), text)).toMatchObject({ rows: 2 });
    expect(JSON.parse(join(text, text).body)).toHaveLength(2);
  });

  it.each(['[]', '{}', 'mixed'])('may be nested as deeply as StarRocks reads, and no deeper: %s', (kind) => {
    const inside = (depth: number): string => {
      const opens = { '[]': '[', '{}': '{"a":', mixed: '[{"a":' }[kind] ?? '';
      const closes = { '[]': ']', '{}': '}', mixed: '}]' }[kind] ?? '';
      const times = kind === 'mixed' ? depth / 2 : depth;
      return `{"a":${opens.repeat(times)}1${closes.repeat(times)}}`;
    };
    const good = '{"b":"}{][\\"","c":[[],{}]}';
    expect(parted(`${inside(1022)}\n${good}`)).toMatchObject({ rows: 2, badRows: [] });
    for (const deep of [inside(1024), inside(200_000)]) {
      const reason = expect.stringContaining('nested more than 1023 deep');
      expect(parted(`${good}\n${deep}`)).toMatchObject({ rows: 1, badRows: [{ row: 1, reason, text: deep }] });
      expect(parted(`[${deep},${good}]`)).toMatchObject({ rows: 1, badRows: [{ row: 0, reason, text: deep }] });
    }
  });

  it('are not taken for deep because of what their strings, or their breadth, hold', () => {
    const wide = JSON.stringify({ a: '['.repeat(3000), b: Array.from({ length: 2000 }, () => [{ c: '\\"{' }]) });
    expect(parted(wide)).toMatchObject({ rows: 1, badRows: [] });
  });

  it.each<[string, boolean]>([
    ['\\ud83d\\ude00', true],
    ['\\uD83D\\uDE00x', true],
    ['\\\\ud800', true],
    ['\\u00e9', true],
    ['\\ud7ff\\ue000', true],
    ['\\ud800', false],
    ['\\udc00', false],
    ['\\uD83Dx\\uDE00', false],
    ['\\ud800\\ud800\\udc00', false],
    ['\\ude00\\ud83d', false],
    ['\\ud83d\\ude00\\udfff', false],
    ['\\\\\\ud800', false],
    ['\\ud83d\\\\ude00', false],
  ])('with the escapes %s in a string: taken is %s', (escaped, isGood) => {
    for (const text of [`{"a":"${escaped}"}`, `{"${escaped}":[1]}`]) {
      expect(parted(text)).toMatchObject({ rows: isGood ? 1 : 0, badRows: isGood ? [] : [{ row: 0, text }] });
    }
  });

  it('may be none at all', () => {
    expect(join('[]', '[ \n ]', '', ' \r\n ')).toEqual({ body: '[]', rows: 0 });
    expect(join('[]', '{"a":1}', '[]', '[{"a":2}]', '')).toEqual({ body: '[{"a":1},{"a":2}]', rows: 2 });
  });

  it('are counted without the blank lines between them', () => {
    expect(join('\n\n{"a":1}\n\n \t\n{"a":2}\r\n\r\n')).toEqual({ body: '[{"a":1},{"a":2}]', rows: 2 });
  });
});

describe('bad JSON rows', () => {
  it.each([
    ['{"a":1}\n{"a":secret}', 1, 'Row 2, in line 2: not valid JSON.'],
    ['{"a":1}\r\n\r\n{"a":2}\r\n[["secret"]]', 2, 'Row 3, in line 4: an array, expected an object.'],
    ['{"a":1}\n[7,["secret"]]\n{"a":2}', 2, 'Row 2, in line 2: an array, expected an object.'],
    ['{"a":1}\n{"a":2}\nnull', 2, 'Row 3, in line 3: null, expected an object.'],
    ['\n\n{"a":1}\n"secret"', 1, 'Row 2, in line 4: a string, expected an object.'],
    ['{"a":1}{"b":2}{"secret":}', 2, 'Row 3, in line 1: not valid JSON.'],
    ['{"a":1}\n{"a":2}, {"secret":2}\n{"b":3}', 2, 'Row 2, in line 2: not valid JSON.'],
    ['{"a":1\n{"a":2}\n{"b":3}', 2, 'Row 1, in line 1: not valid JSON.'],
    ['{\n"a":1}\n{\n"secret":}\n{"b":3}', 2, 'Row 2, in line 3: not valid JSON.'],
    ['{"a":1},\n{"secret":2}', 1, 'Row 1, in line 1: not valid JSON.'],
    ['{"id":8,"x":8', 0, 'Row 1, in line 1: not valid JSON.'],
    ['12', 0, 'Row 1, in line 1: a number, expected an object.'],
    ['[{"a":1},"secret"]', 1, 'Row 2, in line 1: a string, expected an object.'],
    ['[\n[{"a":"secret"}],\n{"a":1}]', 1, 'Row 1, in line 2: an array, expected an object.'],
    ['[{"a":1},null,{"a":2}]', 2, 'Row 2, in line 1: null, expected an object.'],
    ['[{"a":1},]', 1, 'Row 2, in line 1: not valid JSON.'],
    ['[{"a":\n1},{"a":Infinity},{"a":2}]', 2, 'Row 2, in line 2: not valid JSON.'],
    ['{"a":NaN}', 0, 'Row 1, in line 1: not valid JSON.'],
    ['\n{\n"a":"\\ud800"\n}', 0, 'Row 1, in line 2: a string holds half a surrogate pair.'],
  ])('%j: %s good, and %s', (text, rows, reason) => {
    const found = parted(text);
    expect(found.rows).toBe(rows);
    expect(found.good).toHaveLength(rows);
    expect(found.badRows.map((bad) => bad.reason)).toEqual([reason]);
    expect(text).toContain(found.badRows[0]?.text);
  });

  it.each([
    ['[{"a":1}]{"secret":2},{"a":3}', 'text follows the array in line 1'],
    ['[{"a":1},{"secret":[1}', 'the array does not end; its last element begins in line 1'],
    ['[{"a":1},{"a":"secret},{"b":1}]', 'the array does not end; its last element begins in line 1'],
    ['[{"a":1}}', 'the array ends with } in line 1'],
  ])('cannot be told from good ones where the array itself is broken: %j', (text, found) => {
    expect(rejected(text)).toBe(`The body begins with [ and is not a JSON array: ${found}.`);
  });

  it.each([
    ['[{"a":1}]\n\n[{"a":2},\n{"a":3}]\n', 3],
    ['[{"a":1}][{"a":2}]', 2],
    ['[{"a":1}] {"a":2}\n{"a":{"b":[3]}}[]\n [{"a":4}]', 4],
    ['{"a":1}\n[{"a":2},{"a":3}]\n{"a":4}[{"a":5}]{"a":6}', 6],
    ['{\n"a":1}\n[{"a":2},\n{"a":3}]\n{"a":4}', 4],
    ['[]\n[][]', 0],
  ])('are none in arrays behind each other, and in objects between them: %j', (text, rows) => {
    const found = parted(text);
    expect(found).toMatchObject({ rows, badRows: [] });
    expect(found.good).toHaveLength(rows);
  });

  it('are found by their place in such a text', () => {
    expect(parted('{"a":1}\n[{"a":2},\nx]\n7').badRows.map(({ reason }) => reason)).toEqual([
      'Row 2, in line 2: not valid JSON.',
      'Row 3, in line 3: not valid JSON.',
      'Row 4, in line 4: a number, expected an object.',
    ]);
    expect(parted('[{"a":1}]\n[{"a":2},\n7]').badRows.map(({ reason }) => reason)).toEqual([
      'Row 3, in line 3: a number, expected an object.',
    ]);
  });

  it('are found by their line, and never quoted in the reason', () => {
    const garbage = fc.stringMatching(/^[a-z~]{6,20}$/);
    fc.assert(
      fc.property(fc.array(row, { maxLength: 8 }), garbage, fc.array(row), (before, bad, after) => {
        fc.pre(!['true', 'false'].includes(bad));
        const text = (rows: readonly unknown[]) => rows.map((each) => JSON.stringify(each));
        const found = parted([...text(before), bad, ...text(after)].join('\n'));
        expect(found.good).toEqual(JSON.parse(JSON.stringify([...before, ...after])));
        const at = before.length;
        const reason = `Row ${at + 1}, in line ${at + 1}: not valid JSON.`;
        expect(found.badRows).toEqual([{ row: at, code: 'ROW_NOT_JSON', reason, text: bad }]);
      }),
    );
  });

  it('leave 1,724 of 1,725 rows', () => {
    const lines = Array.from({ length: 1725 }, (_, id) => (id === 900 ? '{"id":900' : `{"id":${id}}`));
    expect(parted(lines.join('\n'))).toMatchObject({ rows: 1724, badRows: [{ row: 900, text: '{"id":900' }] });
  });

  it.each(['\u00a0', '\ufeff'])('are those of an array beside white space that is none of JSON: %j', (space) => {
    expect(parted(`[{},${space}{"a":1}]`)).toMatchObject({ good: [{}], rows: 1, badRows: [{ row: 1 }] });
  });

  it.each(['{"a":1\n}[]', '{"a":1\n} []', '[]\n{"a":\n1}'])('have no array without rows beside them: %j', (text) => {
    expect(parted(text)).toEqual({ good: [{ a: 1 }], rows: 1, badRows: [] });
  });

  it('never come in with good ones: what is taken, JSON.parse takes', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '{"a":1}',
      ',',
      '\n',
      '"',
      '1',
      ' ',
      '\r',
      '\u00a0',
      '\ufeff',
      ':',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const rows = readJsonRows(pieces.join(''));
        if (!rows.ok) return;
        const parsed = parted(pieces.join('')).good;
        expect(parsed).toHaveLength(rows.rows);
        expect(parsed.every((each: unknown) => typeof each === 'object' && !Array.isArray(each))).toBe(true);
      }),
      { numRuns: runs(5000) },
    );
  });
});
