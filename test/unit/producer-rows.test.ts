import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCsvRowWriter, type Row, writeJsonRow } from '../../src/producer/row-text.ts';

const json = (row: Row, op?: 'upsert' | 'delete') => writeJsonRow(row, op);
const layout = { columnSeparator: ',', rowDelimiter: '\n', enclose: '"' };

describe('rows as JSON', () => {
  it('writes what JSON.stringify writes when nothing would be lost', () => {
    const value = fc.jsonValue({ maxDepth: 4 });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), (row) => {
        expect(json(row)).toBe(JSON.stringify(row));
      }),
    );
  });

  it.each<[string, unknown, string]>([
    ['a bigint with all digits', 12345678901234567890123n, '12345678901234567890123'],
    ['a date in UTC, seconds always', new Date(Date.UTC(2024, 5, 15, 7, 53, 0)), '"2024-06-15 07:53:00"'],
    [
      'a date with milliseconds as six digits',
      new Date(Date.UTC(2024, 5, 15, 7, 53, 41, 7)),
      '"2024-06-15 07:53:41.007000"',
    ],
    ['bytes as base64', new Uint8Array([1, 2, 255]), '"AQL/"'],
    ['a part of a buffer as that part', Buffer.from('xabcx').subarray(1, 4), '"YWJj"'],
    ['a vector as an array', new Float32Array([0.5, -2]), '[0.5,-2]'],
    ['what toJSON gives', { toJSON: () => ({ n: 5n }) }, '{"n":5}'],
    ['a sparse array with nulls', new Array(2), '[null,null]'],
    ['nested exact values', { list: [{ at: new Date(0), n: -1n }] }, '{"list":[{"at":"1970-01-01 00:00:00","n":-1}]}'],
  ])('writes %s', (_, value, text) => {
    expect(json({ a: 'x', value })).toBe(`{"a":"x","value":${text}}`);
  });

  it('leaves undefined columns out, and keeps columns with names of the language', () => {
    expect(json({ a: undefined, b: 1 })).toBe('{"b":1}');
    const odd = JSON.parse('{"__proto__":{"x":1},"constructor":2,"toString":3}');
    expect(json({ ...odd, big: 1n })).toBe('{"__proto__":{"x":1},"constructor":2,"toString":3,"big":1}');
  });

  it.each<[string, unknown, RegExp]>([
    ['NaN', Number.NaN, /Column bad.x is NaN/],
    ['Infinity', -Infinity, /Column bad.x is -Infinity/],
    ['an invalid date', new Date('nonsense'), /invalid Date/],
    ['a date before the year 0', new Date(-1e14), /outside the years/],
    ['a function', () => 1, /is a function/],
    ['a symbol', Symbol('s'), /is a symbol/],
    ['a Map', new Map([[1, 2]]), /is a Map/],
    ['a lone surrogate', 'a\ud800b', /lone surrogate/],
  ])('refuses %s and names the column', (_, x, message) => {
    expect(() => json({ ok: 1, bad: { x } })).toThrow(message);
    expect(() => json({ ok: 1, bad: { x } })).toThrow(/VALUE_NOT_ENCODABLE/);
  });

  it('refuses a row that holds itself', () => {
    const row: Record<string, unknown> = { a: 1 };
    row['self'] = row;
    expect(() => json(row)).toThrow(/nested deeper than 100 levels/);
  });

  it('never puts row data into the message', () => {
    expect(() => json('{"secret": "hunter2"')).toThrow(expect.not.stringContaining('hunter2') as never);
  });

  it('passes JSON text through with its digits, on one line', () => {
    expect(json(' {"n": 1.2300000000000000000001,\r\n "m": 1e400} ')).toBe(
      '{"n": 1.2300000000000000000001,  "m": 1e400}',
    );
  });

  it.each<[string, string]>([
    ['{"a":1', 'does not parse'],
    ['[{"a":1}]', 'is an array'],
    ['null', 'is null'],
    ['"text"', 'is a string'],
    ['{"a":1} {"a":2}', 'does not parse'],
  ])('refuses the text %s', (text, message) => {
    expect(() => json(text)).toThrow(message);
  });

  it('refuses a lone surrogate in text, raw or as an escape, and takes pairs', () => {
    expect(() => json('{"a":"\ud83d"}')).toThrow(/Column a holds a lone surrogate/);
    expect(() => json('{"a":{"b":"\\uD83D"}}')).toThrow(/Column a\.b holds a lone surrogate/);
    expect(json('{"a":"\\ud83d\\ude00"}')).toBe('{"a":"\\ud83d\\ude00"}');
    expect(json({ path: 'C:\\udev' })).toBe('{"path":"C:\\\\udev"}');
  });

  it('marks deletes in objects and in text', () => {
    expect(json({ id: 1 }, 'delete')).toBe('{"id":1,"__op":1}');
    expect(json('{"id":1}', 'delete')).toBe('{"id":1,"__op":1}');
    expect(json('{ }', 'delete')).toBe('{ "__op":1}');
    expect(json('{"id":1,"__op":1}', 'delete')).toBe('{"id":1,"__op":1}');
    expect(() => json('{"id":1,"__op":0}', 'delete')).toThrow(/contradicts/);
  });
});

describe('rows as CSV', () => {
  const write = createCsvRowWriter({ ...layout, columns: ['id', 'name', 'extra'] });
  const withOp = createCsvRowWriter({ ...layout, columns: ['id', '__op'] });

  it('writes columns in order, NULL, booleans and nested values', () => {
    expect(write({ name: 'a,b', extra: { k: [1, 2n] }, id: 5n }, undefined)).toBe('5,"a,b","{""k"":[1,2]}"');
    expect(write({ id: true, extra: new Date(0) }, undefined)).toBe('1,\\N,1970-01-01 00:00:00');
    expect(write({ id: '', name: null, extra: -0 }, undefined)).toBe(',\\N,0');
  });

  it('refuses a column that would be lost', () => {
    expect(() => write({ id: 1, other: 2 }, undefined)).toThrow(/Column other is not in the option columns/);
    expect(write({ id: 1, other: undefined, __op: 0 }, undefined)).toBe('1,\\N,\\N');
  });

  it('marks deletes in the column __op, and refuses them without it', () => {
    expect(withOp({ id: 1 }, 'delete')).toBe('1,1');
    expect(withOp({ id: 1 }, undefined)).toBe('1,0');
    expect(withOp({ id: 1, __op: 1 }, undefined)).toBe('1,1');
    expect(() => write({ id: 1 }, 'delete')).toThrow(/__op is not in the option columns/);
  });

  it('passes CSV text through, checked', () => {
    expect(write('1,"a\nb",c\n', undefined)).toBe('1,"a\nb",c');
    expect(() => write('1,2', undefined)).toThrow(/has 2 fields, and there are 3 columns/);
    expect(() => write('1,2,3\n4,5,6', undefined)).toThrow(/is not one CSV row/);
    expect(() => write('1,2,"open', undefined)).toThrow(/is not one CSV row/);
    expect(() => write('\n', undefined)).toThrow(/blank line/);
  });

  it('needs columns for objects, not for text', () => {
    const bare = createCsvRowWriter({ columnSeparator: '\t', rowDelimiter: '\n', columns: undefined });
    expect(bare('1\t2', undefined)).toBe('1\t2');
    expect(() => bare({ a: 1 }, undefined)).toThrow(/needs the option columns/);
  });
});
