import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Chunk } from '../../src/rows/chunk.ts';
import { convertChunk } from '../../src/rows/convert.ts';
import type { CsvLayout } from '../../src/rows/csv-rows.ts';
import { chunk } from '../builders.ts';

const bare: CsvLayout = { columnSeparator: '\u0001', rowDelimiter: '\u0002' };
const quoted: CsvLayout = { columnSeparator: ',', rowDelimiter: '\n', enclose: '"', escape: '\\' };

function converted(from: Chunk, format: 'json' | 'csv', columns: readonly string[], csv = bare): Chunk {
  const result = convertChunk(from, format, columns, csv);
  if (!result.ok) throw new Error(`${result.rejection.code} ${result.rejection.detail}`);
  expect(result.chunk.bytes).toBe(Buffer.byteLength(result.chunk.text));
  expect(result.chunk).toMatchObject({ id: from.id, messageId: from.messageId, rows: from.rows });
  return result.chunk;
}

function refused(...args: Parameters<typeof convertChunk>) {
  const result = convertChunk(...args);
  return result.ok ? 'taken' : result.rejection.code;
}

const toCsv = (text: string, columns: readonly string[], layout: 'lines' | 'items' = 'lines', rows = 1) =>
  converted(chunk({ text, layout, rows }), 'csv', columns).text.replaceAll('\u0001', '|').replaceAll('\u0002', '$');

describe('JSON to CSV', () => {
  it.each([
    '170141183460469231731687303715884105727',
    '1.10',
    '-0',
    '-0.0',
    '1E400',
    '1e-7',
    '0.1000000000000000055511151231257827',
  ])('keeps the digits of %s, nested or not', (digits) => {
    expect(toCsv(`{"a":${digits},"b":{"c":[${digits}]}}`, ['a', 'b'])).toBe(`${digits}|{"c":[${digits}]}$`);
  });

  it('keeps the last of repeated keys, digits and all', () => {
    expect(toCsv('{"a":1.10,"a":2.20}', ['a'])).toBe('2.20$');
  });

  it('takes columns in the order of the load, unknown keys away, and NULL for what is absent', () => {
    expect(toCsv('{"c":3,"x":9,"a":"é"}\n{"a":null,"b":""}', ['a', 'b', 'c'], 'lines', 2)).toBe('é|\\N|3$\\N||\\N$');
  });

  it('writes truth as StarRocks does, and nested values as JSON', () => {
    expect(toCsv('{"a":true,"b":false,"c":[1,"x",null],"d":{}}', ['a', 'b', 'c', 'd'])).toBe('1|0|[1,"x",null]|{}$');
  });

  it('takes a row that names no operation for an upsert', () => {
    expect(toCsv('{"a":1},{"a":2,"__op":1},{"a":3,"__op":null}', ['a', '__op'], 'items', 3)).toBe('1|0$2|1$3|0$');
  });

  it.each(['constructor', 'toString', '__proto__'])('reads an absent column named %s as NULL', (name) => {
    expect(toCsv('{"a":1}', ['a', name])).toBe('1|\\N$');
  });

  it('refuses what the layout cannot carry, naming the column and not the value', () => {
    const result = convertChunk(chunk({ text: String.raw`{"a":"hunter2\u0001"}` }), 'csv', ['a'], bare);
    expect(result).toMatchObject({ ok: false, rejection: { code: 'VALUE_NOT_ENCODABLE' } });
    expect(JSON.stringify(result)).not.toContain('hunter2');
    expect(JSON.stringify(result)).toContain('Column a');
  });

  it('refuses a row that is nested too deeply, and does not fall over', () => {
    const depth = 200_000;
    const text = `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(refused(chunk({ text }), 'csv', ['a'], bare)).toBe('VALUE_NOT_ENCODABLE');
  });

  it('needs columns', () => {
    expect(refused(chunk(), 'csv', undefined, bare)).toBe('COLUMNS_UNKNOWN');
    expect(refused(chunk({ layout: 'csv', text: '1\u0002' }), 'json', undefined, bare)).toBe('COLUMNS_UNKNOWN');
  });
});

describe('CSV to JSON', () => {
  const csv = (text: string, rows: number) => chunk({ layout: 'csv', text, rows });

  it('makes one object a row, fields as text, \\N as null', () => {
    const { text, layout } = converted(csv('1,"a,""\n"\n\\\\N,\n', 2), 'json', ['a', 'b'], quoted);
    expect(layout).toBe('lines');
    expect(text.split('\n').map((line) => JSON.parse(line))).toEqual([
      { a: '1', b: 'a,"\n' },
      { a: null, b: '' },
    ]);
  });

  it('keeps digits, which stay text', () => {
    const { text } = converted(csv('1.10\u0001170141183460469231731687303715884105727\u0002', 1), 'json', ['a', 'b']);
    expect(text).toBe('{"a":"1.10","b":"170141183460469231731687303715884105727"}');
  });

  it('refuses a row with another number of fields, and says which', () => {
    const result = convertChunk(csv('1\u0001x\u0002hunter2\u0002', 2), 'json', ['a', 'b'], bare);
    expect(result).toMatchObject({
      ok: false,
      rejection: {
        code: 'COLUMNS_UNKNOWN',
        detail: expect.stringMatching(/^Row 2: 1 field, expected 2: no "\\u0001" stands in it/),
      },
    });
  });
});

describe('convertChunk', () => {
  it('leaves what has the right format as it is', () => {
    const json = chunk({ text: '{"a":1.0}' });
    const csv = chunk({ layout: 'csv', text: '1.0\n' });
    expect(convertChunk(json, 'json', undefined, bare)).toEqual({ ok: true, chunk: json });
    expect(convertChunk(csv, 'csv', ['x'], bare)).toEqual({ ok: true, chunk: csv });
  });

  it.each([bare, quoted])('gives back in JSON what it wrote in CSV: %j', (layout) => {
    const value = fc.oneof(
      fc.string({ unit: 'grapheme' }).filter((text) => text !== '\\N'),
      fc.constantFrom('', ',', '"', '\\', '\n', '""', '\\"'),
      fc.constant(null),
    );
    const rows = fc.array(fc.record({ a: value, b: value, c: value }), { minLength: 1 });
    fc.assert(
      fc.property(rows, (given) => {
        const json = chunk({ text: given.map((row) => JSON.stringify(row)).join('\n'), rows: given.length });
        const csv = converted(json, 'csv', ['c', 'a', 'b'], layout);
        const back = converted(csv, 'json', ['c', 'a', 'b'], layout);
        expect(back.text.split('\n').map((line) => JSON.parse(line))).toEqual(given);
      }),
    );
  });
});
