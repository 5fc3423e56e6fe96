import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJsonRows } from '../../src/rows/json-rows.ts';
import { chunk, joinRows } from '../builders.ts';

/** The body of a load that carries these texts, and the rows that were counted. */
function join(...texts: readonly string[]): { body: string; rows: number } {
  const read = texts.map((text) => {
    const rows = readJsonRows(text);
    if (!rows.ok) throw new Error(rows.rejection.detail);
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

const row = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 3, stringUnit: 'grapheme' }));
const eol = fc.constantFrom('\n', '\r\n', '\n\n', ' \n\t', '\n \r\n\r\n');

/** One message in any of the shapes that rows may come in. */
const message = fc
  .tuple(fc.array(row, { minLength: 1, maxLength: 4 }), eol, fc.constantFrom('lines', 'array', 'wide array'))
  .map(([rows, end, shape]) => {
    if (shape === 'array') return { rows, text: JSON.stringify(rows) };
    if (shape === 'wide array') return { rows, text: `${end}${JSON.stringify(rows, null, 2)}${end}` };
    return { rows, text: rows.map((each) => JSON.stringify(each)).join(end) + end };
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
      { numRuns: 300 },
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

  it('may be nested deeper than a call stack', () => {
    const depth = 200_000;
    const text = `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(join(text, `[${text}]`).rows).toBe(2);
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
    ['{"a":1}\n{"a":secret}', 'Line 2: not valid JSON.'],
    ['{"a":1}\r\n\r\n{"a":2}\r\n["secret"]', 'Line 4: an array, expected an object.'],
    ['{"a":1}\n{"a":2}\nnull', 'Line 3: null, expected an object.'],
    ['\n\n{"a":1}\n"secret"', 'Line 4: a string, expected an object.'],
    ['{"a":1}{"secret":2}', 'Row 1: not valid JSON.'],
    ['{"a":1},\n{"secret":2}', 'Row 1: not valid JSON.'],
    ['{\n"a":1}\n{"secret":\n2}', 'Row 1: not valid JSON.'],
    ['12', 'Row 1: a number, expected an object.'],
    ['[{"a":1},"secret"]', 'Row 2: a string, expected an object.'],
    ['[[{"a":"secret"}]]', 'Row 1: an array, expected an object.'],
    ['[{"a":1},null]', 'Row 2: null, expected an object.'],
    ['[{"a":1},]', 'The body begins with [ and is not a JSON array.'],
    ['[{"a":1}][{"a":2}]', 'The body begins with [ and is not a JSON array.'],
    ['{"a":NaN}', 'Row 1: not valid JSON.'],
    ['{"a":"line\nbreak"}', 'Row 1: not valid JSON.'],
  ])('%j: %s', (text, detail) => {
    expect(rejected(text)).toBe(detail);
  });

  it('are found by their line, and never quoted', () => {
    const garbage = fc.stringMatching(/^[a-z~]{6,20}$/);
    fc.assert(
      fc.property(fc.array(row, { maxLength: 8 }), garbage, fc.array(row), (before, bad, after) => {
        const lines = [
          ...before.map((each) => JSON.stringify(each)),
          bad,
          ...after.map((each) => JSON.stringify(each)),
        ];
        fc.pre(!['true', 'false'].includes(bad));
        const detail = rejected(lines.join('\n'));
        expect(detail).not.toContain(bad);
        expect(detail).toBe(`${before.length === 0 ? 'Row' : 'Line'} ${before.length + 1}: not valid JSON.`);
      }),
    );
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
        const { body } = join(pieces.join(''));
        const parsed = JSON.parse(body);
        expect(parsed).toHaveLength(rows.rows);
        expect(parsed.every((each: unknown) => typeof each === 'object' && !Array.isArray(each))).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });
});
