import { expect, it } from 'vitest';
import { readColumnType } from '../../src/rows/column-type.ts';
import { quickCheck } from '../../src/rows/fit-quickly.ts';
import { fitValue, type ValueRules } from '../../src/rows/fit-value.ts';
import type { Given } from '../../src/rows/given.ts';

const utc: ValueRules = { timeZone: 'UTC', epochUnit: undefined };
const text = (value: string): Given => ({ kind: 'string', text: value });
const number = (value: string): Given => ({ kind: 'number', text: value });
const bool = (value: string): Given => ({ kind: 'boolean', text: value });
const nested = (value: string): Given => ({ kind: 'nested', text: value });

/** What the value becomes, as text; why it cannot. */
function become(value: Given, type: string, rules: ValueRules = utc): string {
  const fitted = fitValue(value, readColumnType(type), rules);
  if (fitted.as === 'unfit') return `unfit: ${fitted.unfit}`;
  return fitted.as === 'other' ? `${fitted.value?.kind} ${fitted.value?.text}` : 'as it is';
}

it.each<[Given, string, string]>([
  [bool('true'), 'int(11)', 'number 1'],
  [bool('false'), 'decimal(5, 2)', 'number 0'],
  [text('true'), 'tinyint(4)', 'number 1'],
  [text('2'), 'tinyint(1)', 'number 1'],
  [number('127'), 'tinyint(4)', 'as it is'],
  [number('1e2'), 'tinyint(4)', 'number 100'],
  [number('1.0'), 'int(11)', 'number 1'],
  [text('-32768'), 'smallint(6)', 'as it is'],
  [number('170141183460469231731687303715884105727'), 'bigint(20) unsigned', 'as it is'],
  [number('9223372036854775807'), 'bigint(20)', 'as it is'],
  [number('12345678.90'), 'decimal(10, 2)', 'as it is'],
  [number('1.500'), 'decimal(10, 2)', 'as it is'],
  [text('abc'), 'varchar(3)', 'as it is'],
  [number('1.5'), 'json', 'as it is'],
  [text('{"a": 1}'), 'json', 'nested {"a": 1}'],
  [text('{no'), 'json', 'as it is'],
  [text('plain'), 'json', 'as it is'],
  [text('[1,2]'), 'array<int(11)>', 'nested [1,2]'],
  [text('{"a":1}'), 'map<varchar(5),int(11)>', 'nested {"a":1}'],
  [nested('{"a":1}'), 'struct<a int(11), b decimal(5, 1)>', 'as it is'],
  [nested('[true, "1.0", null]'), 'array<int(11)>', 'nested [1,1,null]'],
  [nested('[1, 2]'), 'array<int(11)>', 'as it is'],
  [nested('[["2024-03-05T12:00:00+01:00"],[]]'), 'array<array<datetime>>', 'nested [["2024-03-05 11:00:00"],[]]'],
  [text('{"a":"2024-03-05T12:00:00Z"}'), 'map<varchar(5),datetime>', 'nested {"a":"2024-03-05 12:00:00"}'],
  [nested('{"1.0":true}'), 'map<int(11),tinyint(4)>', 'nested {"1":1}'],
  [
    nested('{"At":"2024-03-05T12:00:00Z","b":[{"c":false}],"x":9}'),
    'struct<at datetime, b array<struct<c int(11)>>>',
    'nested {"At":"2024-03-05 12:00:00","b":[{"c":0}],"x":9}',
  ],
  [nested('{"big":9007199254740993.5}'), 'struct<big decimal(20, 1)>', 'as it is'],
  [text('aGVsbG8='), 'varbinary(5)', 'as it is'],
  [text('-_8'), 'varbinary', 'string +/8='],
  [text(''), 'varbinary(5)', 'as it is'],
])('writes %o for %s so that nothing is lost', (value, type, expected) => {
  expect(become(value, type)).toBe(expected);
});

it.each<[Given, string, string]>([
  [number('128'), 'tinyint(4)', 'out of range, expected -128 to 127'],
  [number('-32769'), 'smallint(6)', 'out of range, expected -32768 to 32767'],
  [number('9223372036854775808'), 'bigint(20)', 'out of range'],
  [number('1e999'), 'bigint(20)', 'out of range'],
  [number('1.9'), 'int(11)', 'a fraction, expected a whole number'],
  [text(''), 'int(11)', 'a text, expected a whole number'],
  [nested('[]'), 'int(11)', 'an object or array, expected a whole number'],
  [number('1e39'), 'float', 'out of range'],
  [number('1e400'), 'double', 'out of range'],
  [number('123456789.5'), 'decimal(10, 2)', '9 digits before the point, expected at most 8'],
  [number('1.005'), 'decimal(10, 2)', '3 digits behind the point, expected at most 2'],
  [text('x'), 'decimal(10, 2)', 'a text, expected a number'],
  [text('äöü'), 'varchar(5)', '6 bytes, expected at most 5'],
  [number('123456'), 'varchar(5)', '6 bytes, expected at most 5'],
  [text('2024-02-30'), 'date', 'no date that is understood'],
  [text('2024-13-01 00:00:00'), 'datetime', 'no datetime that is understood'],
  [text('2024-03-05 12:00:00 PM'), 'datetime', 'no datetime that is understood'],
  [text('0000-00-00'), 'date', 'no date that is understood'],
  [number('1709640630'), 'datetime', 'a number, expected a datetime; sink.epoch-unit says what numbers count'],
  [bool('true'), 'date', 'a boolean, expected a date'],
  [text('plain'), 'array<int(11)>', 'a text, expected an array'],
  [nested('[1,300]'), 'array<tinyint(4)>', 'element 2: out of range, expected -128 to 127'],
  [nested('[["x"]]'), 'array<array<int(11)>>', 'element 1: element 1: a text, expected a whole number'],
  [nested('{"a":"abcd"}'), 'map<varchar(5),varchar(3)>', 'value 1: 4 bytes, expected at most 3'],
  [nested('{"abcdef":1}'), 'map<varchar(5),int(11)>', 'a key: 6 bytes, expected at most 5'],
  [nested('{"a":1.5}'), 'struct<a int(11)>', "field 'a': a fraction, expected a whole number"],
  [nested('[1]'), 'struct<a int(11)>', 'another shape, expected an object'],
  [text('no base64!'), 'varbinary', 'no base64, in which bytes are expected'],
  [text('aGVsbG8='), 'varbinary(4)', '5 bytes, expected at most 4'],
  [number('5'), 'varbinary', 'a number, expected bytes in base64'],
  [nested('{}'), 'array<int(11)>', 'another shape, expected an array'],
  [text('maybe'), 'tinyint(1)', 'a string, expected true, false or a number'],
])('refuses %o for %s, without quoting it', (value, type, expected) => {
  expect(become(value, type)).toContain(`unfit: ${expected}`);
});

it.each<[string, string, string, string]>([
  ['2024-03-05T20:10:30.250+08:00', 'datetime', 'UTC', 'string 2024-03-05 12:10:30.250'],
  ['2024-03-05 20:10:30.250+08:00', 'datetime', 'UTC', 'string 2024-03-05 12:10:30.250'],
  ['2024-03-05 20:10:30+08', 'datetime', 'UTC', 'string 2024-03-05 12:10:30'],
  ['2024-03-05T12:10:30.250Z', 'datetime', 'UTC', 'string 2024-03-05 12:10:30.250'],
  ['2024-03-05T12:10:30Z', 'datetime', 'Asia/Shanghai', 'string 2024-03-05 20:10:30'],
  ['2024-07-05T12:10:30Z', 'datetime', 'America/New_York', 'string 2024-07-05 08:10:30'],
  ['2024-12-31T23:30:00-05:30', 'datetime', 'UTC', 'string 2025-01-01 05:00:00'],
  ['2024-03-05T12:10:30.123456789Z', 'datetime', 'UTC', 'string 2024-03-05 12:10:30.123456'],
  ['0001-01-01T00:00:00Z', 'datetime', 'UTC', 'string 0001-01-01 00:00:00'],
  ['2024-03-05T23:00:00-08:00', 'date', 'UTC', 'string 2024-03-06'],
  ['2024-03-05T12:10:30', 'datetime', 'UTC', 'as it is'],
  ['2024-03-05', 'datetime', 'UTC', 'as it is'],
  ['2024/3/5', 'date', 'UTC', 'string 2024-03-05'],
  ['2024-02-29', 'date', 'UTC', 'as it is'],
  ['20240305121030', 'datetime', 'UTC', 'as it is'],
])('reads %s in a %s as the moment that it is in %s', (value, type, timeZone, expected) => {
  expect(become(text(value), type, { ...utc, timeZone })).toBe(expected);
});

it.each<[string, ValueRules['epochUnit'], string]>([
  ['1709640630', 's', 'string 2024-03-05 12:10:30'],
  ['1709640630250', 'ms', 'string 2024-03-05 12:10:30.250'],
  ['1709640630250001', 'us', 'string 2024-03-05 12:10:30.250001'],
  ['-1', 'ms', 'string 1969-12-31 23:59:59.999'],
  ['99999999999999', 's', 'unfit: a datetime beyond the years of StarRocks'],
])('reads the number %s as an epoch in %s, once that is said', (value, epochUnit, expected) => {
  expect(become(number(value), 'datetime', { ...utc, epochUnit })).toBe(expected);
  expect(become(text(value), 'datetime', { ...utc, epochUnit })).toBe(expected);
});

it.each([
  ['tinyint(1)', [true, false, 0, 1], ['1', 2]],
  ['int(11)', [0, -5, 2_147_483_647], ['5', 1.5, 2_147_483_648, true, {}]],
  ['decimal(10, 2)', [1, -1.25, 99_999_999], [1.255, 100_000_000, '1', Number.NaN]],
  ['double', [1e300, -0], ['1', Number.POSITIVE_INFINITY]],
  ['varchar(3)', ['', 'abc', 'é'], ['abcd', 'éé', 7, {}]],
  ['date', ['2024-02-28'], ['2024-02-30', '2024-02-28 10:00:00', 20_240_228]],
  ['datetime', ['2024-02-28', '2024-02-28 10:00:00.123456', '2024-02-28T10:00:00'], ['2024-02-28T10:00:00Z', 1]],
  ['json', [{}, [], 1, true], ['{}']],
  ['array<int(11)>', [[1]], ['[1]', {}, 1]],
])('knows at once what surely fits a %s, and looks closer at the rest', (type, sure, unsure) => {
  const { fits } = quickCheck(readColumnType(type), true);
  expect(sure.map((value) => fits(value))).toEqual(sure.map(() => true));
  expect(unsure.map((value) => fits(value))).toEqual(unsure.map(() => false));
});

it.each<[Given, string, ValueRules['epochUnit'], string]>([
  [number('19782'), 'date', undefined, 'string 2024-02-29'],
  [number('-1'), 'date', 'ms', 'string 1969-12-31'],
  [
    number('20240305'),
    'datetime',
    undefined,
    expect.stringMatching(/^unfit: .*sink\.epoch-unit.*schemas\.enable=true/),
  ],
  [number('1709210096123'), 'datetime', 'ms', 'string 2024-02-29 12:34:56.123'],
  [number('1709210096123456'), 'datetime', 'us', 'string 2024-02-29 12:34:56.123456'],
  [number('1709210096123456789'), 'datetime', 'ns', 'string 2024-02-29 12:34:56.123456'],
  [number('1709210096123456'), 'datetime', 'ms', expect.stringMatching(/^unfit: a datetime beyond the years/)],
  [
    text('AlQL4/8='),
    'decimal(10, 2)',
    undefined,
    expect.stringMatching(/^unfit: a text.*decimal\.handling\.mode=string/),
  ],
  [text('2024-02-29Z'), 'date', undefined, 'string 2024-02-29'],
])('of an event without a schema, %o for %s where numbers count %s', (value, type, epochUnit, expected) => {
  expect(become(value, type, { timeZone: 'UTC', epochUnit, isUntyped: true })).toEqual(expected);
});
