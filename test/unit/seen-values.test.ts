import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planOfRows, tableStatement } from '../../src/pipeline/plan-new-table.ts';
import { keepDigits } from '../../src/rows/json-values.ts';
import { SeenKeys } from '../../src/rows/planned-columns.ts';

function typeOf(...values: readonly string[]): string | undefined {
  const keys = new SeenKeys();
  for (const value of values) keys.add(JSON.parse(`{"k":${value}}`, keepDigits), () => true);
  return keys.columns()[0]?.type;
}

describe('the type of values seen', () => {
  it.each([
    [['true', 'false', 'null'], 'BOOLEAN'],
    [['1', '-9223372036854775808'], 'BIGINT'],
    [['1', '9223372036854775808'], 'LARGEINT'],
    [['1', `1${'0'.repeat(40)}`], 'VARCHAR(1048576)'],
    [['1', '2.5'], 'DOUBLE'],
    [['1e3'], 'DOUBLE'],
    [['12345678901234567.25', '1'], 'DECIMAL(38,2)'],
    [['0.5', '9223372036854775808'], 'DECIMAL(38,1)'],
    [[`0.${'1'.repeat(40)}`], 'VARCHAR(1048576)'],
    [['"2024-01-02"'], 'DATE'],
    [['"2024-01-02"', '"2024-01-02T03:04:05.123Z"'], 'DATETIME'],
    [['"2024-01-02"', '"soon"'], 'VARCHAR(1048576)'],
    [['1', '"1"'], 'VARCHAR(1048576)'],
    [['true', '1'], 'VARCHAR(1048576)'],
    [['{"a":1}', '"text"'], 'JSON'],
    [['[]'], 'JSON'],
    [['null'], undefined],
  ] as const)('of %j is %s', (values, type) => expect(typeOf(...values)).toBe(type));

  it('does not depend on the order in which they come', () => {
    const some = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.boolean(),
      fc.string(),
      fc.constant(null),
    );
    fc.assert(
      fc.property(fc.array(some, { minLength: 1, maxLength: 6 }), (values) => {
        const texts = values.map((value) => JSON.stringify(value));
        expect(typeOf(...texts)).toBe(typeOf(...texts.toReversed()));
      }),
    );
  });

  it('makes one column of keys that differ in their case only, and none of __op', () => {
    const keys = new SeenKeys();
    keys.add({ __op: 0, Id: 1, ID: 2 }, () => true);
    expect(keys.columns()).toEqual([{ name: 'Id', type: 'BIGINT' }]);
  });
});

describe('a table that is made of rows', () => {
  const table = { database: 'd', table: 't' };
  const columns = [
    { name: 'j', type: 'JSON' },
    { name: 'v', type: 'VARCHAR(1048576)' },
  ];

  it('is sorted by its first column that may be', () => {
    const sql = tableStatement(planOfRows(table, columns, undefined, false));
    expect(sql).toContain('DUPLICATE KEY(`v`)');
    expect(sql.indexOf('`v`')).toBeLessThan(sql.indexOf('`j`'));
    expect(sql).toContain('DISTRIBUTED BY RANDOM');
    expect(sql).not.toContain('PROPERTIES');
  });

  it.each([
    ['rows that hold nothing', [], false, /no row has a value/],
    ['rows that delete by a key that nobody names', columns, true, /by a key that no route names/],
  ] as const)('is not made of %s', (_, own, removes, why) =>
    expect(() => planOfRows(table, own, undefined, removes)).toThrow(why),
  );

  it('is not made where nothing can be sorted by', () => {
    expect(() => tableStatement(planOfRows(table, columns.slice(0, 1), undefined, false))).toThrow(/can be sorted by/);
  });
});
