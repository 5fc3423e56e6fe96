/** What arrives of values in columns of each type. test/integration/type-cases.test.ts loads them all and reads them back. */
export interface TypeCase {
  /** As JSON has it; CSV has the text of a string, and else the same. */
  readonly given: string;
  /** What a SELECT shows; bytes as hex. */
  readonly arrives: string | null | { readonly refused: string };
}

const is = (given: string, arrives: TypeCase['arrives']): TypeCase => ({ given, arrives });
const refused = (given: string, why: string): TypeCase => ({ given, arrives: { refused: why } });

const ofValues: Readonly<Record<string, readonly TypeCase[]>> = {
  BOOLEAN: [
    is('true', '1'),
    is('0', '0'),
    is('"FALSE"', '0'),
    refused('"maybe"', 'a string, expected true, false or a number'),
  ],
  TINYINT: [
    is('-128', '-128'),
    is('127', '127'),
    is('true', '1'),
    is('"7"', '7'),
    refused('128', 'out of range, expected -128 to 127'),
  ],
  INT: [
    is('-2147483648', '-2147483648'),
    is('2147483647', '2147483647'),
    is('1e2', '100'),
    refused('1.5', 'a fraction, expected a whole number'),
    refused('"x"', 'a text, expected a whole number'),
  ],
  BIGINT: [
    is('-9223372036854775808', '-9223372036854775808'),
    is('9223372036854775807', '9223372036854775807'),
    refused('9223372036854775808', 'out of range'),
  ],
  LARGEINT: [
    is('-170141183460469231731687303715884105728', '-170141183460469231731687303715884105728'),
    is('170141183460469231731687303715884105727', '170141183460469231731687303715884105727'),
    is('"-1"', '-1'),
    refused('170141183460469231731687303715884105728', 'out of range'),
  ],
  'DECIMAL(10, 2)': [
    is('99999999.99', '99999999.99'),
    is('-99999999.99', '-99999999.99'),
    is('"-0.1"', '-0.10'),
    refused('100000000', '9 digits before the point, expected at most 8'),
    refused('1.005', '3 digits behind the point, expected at most 2'),
  ],
  DOUBLE: [
    is('-1.5', '-1.5'),
    is('"0.25"', '0.25'),
    refused('1e400', 'out of range'),
    refused('"NaN"', 'a text, expected a number'),
  ],
  'VARCHAR(5)': [is('"é"', 'é'), is('12.50', '12.50'), refused('"ééé"', '6 bytes, expected at most 5')],
  DATE: [
    is('"0000-01-01"', '0000-01-01'),
    is('"9999-12-31"', '9999-12-31'),
    is('"2024-03-05T23:30:00-01:00"', '2024-03-06'),
    is('20240305', '2024-03-05'),
    refused('"2024-02-30"', 'no date that is understood'),
  ],
  DATETIME: [
    is('"2024-03-05T20:10:30.250+08:00"', '2024-03-05 12:10:30.250000'),
    is('"2024-03-05"', '2024-03-05 00:00:00'),
    is('"0000-01-01 00:00:00"', '0000-01-01 00:00:00'),
    is('"9999-12-31 23:59:59.999999"', '9999-12-31 23:59:59.999999'),
    refused('1709640630', 'a number, expected a datetime; sink.epoch-unit says what numbers count'),
  ],
  JSON: [is('{"a":[1,2.50]}', '{"a":[1,2.50]}'), is('"[1,2]"', '[1,2]')],
  'VARBINARY(4)': [
    is('"AP+A"', '00FF80'),
    is('""', ''),
    refused('"!"', 'no base64, in which bytes are expected'),
    refused('"aGVsbG8="', '5 bytes, expected at most 4'),
  ],
  'ARRAY<TINYINT>': [
    is('[1, null, true]', '[1,null,1]'),
    is('"[2]"', '[2]'),
    refused('[1, 300]', 'element 2: out of range, expected -128 to 127'),
  ],
  SMALLINT: [is('-32768', '-32768'), is('32767', '32767'), refused('32768', 'out of range, expected -32768 to 32767')],
  FLOAT: [is('1.5', '1.5'), is('-3.4e38', '-3.4e+38'), refused('1e39', 'out of range')],
  'CHAR(3)': [is('"abc"', 'abc'), refused('"abcd"', '4 bytes, expected at most 3')],
  STRING: [is('{"a":1}', '{"a":1}'), is('"\\u20ac"', '€')],
  'MAP<VARCHAR(3), INT>': [
    is('{"a":"1"}', '{"a":1}'),
    refused('{"a":1.5}', 'value 1: a fraction, expected a whole number'),
  ],
  'STRUCT<a INT, b DATETIME>': [
    is('{"a":true,"b":"2024-03-05T01:00:00+01:00"}', '{"a":1,"b":"2024-03-05 00:00:00"}'),
    refused('{"a":"x"}', "field 'a': a text, expected a whole number"),
  ],
};

/** Each type takes NULL, where its column does. */
export const typeCases: Readonly<Record<string, readonly TypeCase[]>> = Object.fromEntries(
  Object.entries(ofValues).map(([type, cases]) => [type, [is('null', null), ...cases]]),
);

/** Types of aggregate tables that unite values, each with the function by which a SELECT looks into them. */
export const unitedTypes: Readonly<Record<string, { readonly shown: string; readonly cases: readonly TypeCase[] }>> = {
  BITMAP: {
    shown: 'bitmap_to_string',
    cases: [
      is('7', '7'),
      is('"18446744073709551615"', '18446744073709551615'),
      is('true', '1'),
      refused('-1', 'out of range, expected 0 to 18446744073709551615'),
      refused('"a"', 'a text, expected a whole number'),
    ],
  },
  HLL: {
    shown: 'hll_cardinality',
    cases: [is('"ann"', '1'), is('7', '1'), is('{"a":1}', '1')],
  },
  PERCENTILE: {
    shown: 'percentile_approx_raw',
    cases: [is('1.5', '1.5'), is('"2"', '2'), refused('"x"', 'a text, expected a number')],
  },
};

/** The text of a case as a field of CSV. */
export function csvOf({ given }: TypeCase): string {
  if (given === 'null') return '\\N';
  const value: unknown = JSON.parse(given);
  return typeof value === 'string' ? value : given;
}
