import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StorageWorld, storageWorld } from './starrocks-storage-world.ts';

let world: StorageWorld;
beforeAll(async () => {
  world = await storageWorld();
});
afterAll(() => world.close());

/** What one load of `body` leaves in a new table. */
async function loaded(ddl: string, headers: Record<string, string>, body: string) {
  const table = await world.table(ddl);
  const result = await world.load(table, headers, body);
  return { result, rows: await world.rows(table) };
}

const lines = { format: 'json' };

describe('values of CSV fields', () => {
  const cases: [type: string, field: string, value: unknown][] = [
    ['TINYINT', '127', 127],
    ['TINYINT', '128', null],
    ['TINYINT', ' +7 ', 7],
    ['BIGINT', '-9223372036854775808', -9223372036854775808n],
    ['BIGINT', '9223372036854775808', null],
    ['LARGEINT', '170141183460469231731687303715884105727', 170141183460469231731687303715884105727n],
    ['LARGEINT', '170141183460469231731687303715884105728', null],
    ['INT', '1e3', null],
    ['INT', '1_000', null],
    ['DOUBLE', '1e3', 1000],
    ['DOUBLE', '1e999', null],
    ['FLOAT', '0.5', 0.5],
    ['FLOAT', '1e39', null],
    ['BOOLEAN', 'TRUE', true],
    ['BOOLEAN', '0', false],
    ['BOOLEAN', '7', true],
    ['BOOLEAN', 'yes', null],
    ['DECIMAL(5,2)', '999.99', '999.99'],
    ['DECIMAL(5,2)', '1.005', '1.01'],
    ['DECIMAL(5,2)', '-1.005', '-1.01'],
    ['DECIMAL(5,2)', '999.995', null],
    ['DECIMAL(5,2)', '1000', null],
    ['DECIMAL(5,2)', '00012.5', '12.50'],
    ['DECIMAL(5,2)', '1.5e2', '150.00'],
    ['DECIMAL(5,2)', '0.0001', '0.00'],
    ['DECIMAL(5,2)', '.', null],
    ['DECIMAL(38,0)', '99999999999999999999999999999999999999', '99999999999999999999999999999999999999'],
    ['DATE', '2024-02-29', '2024-02-29'],
    ['DATE', '2023-02-29', null],
    ['DATE', '20240229', '2024-02-29'],
    ['DATE', '2024-2-9 10:11:12', '2024-02-09'],
    ['DATE', '', null],
    ['DATETIME', '2024-02-29 10:11:12.123456789', '2024-02-29 10:11:12.123456'],
    ['DATETIME', '2024-02-29T10:11:12', '2024-02-29 10:11:12'],
    ['DATETIME', '2024-02-29', '2024-02-29 00:00:00'],
    ['DATETIME', '2024-02-29 24:00:00', null],
    ['DATETIME', '2024-03-05T12:10:30.250Z', '2024-03-05 12:10:30.250000'],
    ['DATETIME', '2024-03-05T20:10:30.250+08:00', '2024-03-05 20:10:30.250000'],
    ['DATETIME', '2024-03-05 20:10:30 -0330', '2024-03-05 20:10:30'],
    ['DATETIME', '2024-03-05 20:10', '2024-03-05 20:10:00'],
    ['DATETIME', '2024/3/5 noon', '2024-03-05 00:00:00'],
    ['DATETIME', '20240305101112.5', '2024-03-05 10:11:12.500000'],
    ['DATETIME', '20240305T101112', '2024-03-05 10:11:12'],
    ['DATETIME', '240305', '2024-03-05 00:00:00'],
    ['DATETIME', '1709640630', null],
    ['DATETIME', '2024-03', null],
    ['DATETIME', '2024 -03-05', null],
    ['DATE', '2024-03-05T24:00:00Z', '2024-03-05'],
    ['DATE', 'Tuesday', null],
    ['JSON', '{"a": 1.0}', '{"a":1.0}'],
    ['JSON', 'plain', '"plain"'],
    ['JSON', '{"a"', null],
    ['ARRAY<INT>', '[1, null, 3]', [1, null, 3]],
    ['ARRAY<INT>', '5', null],
    ['MAP<VARCHAR(5), INT>', '{"a": 1}', [['a', 1]]],
    ['STRUCT<a INT, b VARCHAR(5)>', '{"a": 1, "b": "x"}', { a: 1, b: 'x' }],
    ['VARBINARY', 'AB0d', Buffer.from([0xab, 0x0d])],
    ['VARBINARY', 'xyz', null],
  ];
  it.each(cases)('%s: %s becomes %o', async (type, field, value) => {
    const { rows } = await loaded(`(k INT, v ${type} NULL) DUPLICATE KEY(k)`, {}, `1\t${field}\n`);
    expect(rows).toEqual([[1, value]]);
  });
});

describe('values of JSON', () => {
  const cases: [type: string, json: string, value: unknown][] = [
    ['INT', '1.9', 1],
    ['INT', '-1.9', -1],
    ['INT', '"12"', 12],
    ['INT', '"12.7"', 12],
    ['INT', '1e3', 1000],
    ['INT', '2147483648', null],
    ['INT', 'true', null],
    ['INT', '"x"', null],
    ['INT', '[1]', null],
    ['BIGINT', '9223372036854775807', 9223372036854775807n],
    ['BIGINT', '9223372036854775808', null],
    ['LARGEINT', '170141183460469231731687303715884105727', 170141183460469231731687303715884105727n],
    ['LARGEINT', '"170141183460469231731687303715884105727"', 170141183460469231731687303715884105727n],
    ['DECIMAL(38,18)', '12345678901234567890.123456789012345678', '12345678901234567890.123456789012345678'],
    ['DECIMAL(5,2)', '"1.239"', '1.24'],
    ['DOUBLE', '"1.5"', 1.5],
    ['BOOLEAN', 'true', true],
    ['BOOLEAN', '0', false],
    ['BOOLEAN', '0.5', true],
    ['BOOLEAN', '"false"', false],
    ['BOOLEAN', '"1"', true],
    ['DATE', '"2024-02-29"', '2024-02-29'],
    ['DATETIME', '"2024-02-29 01:02:03.5"', '2024-02-29 01:02:03.500000'],
    ['VARCHAR(50)', '"a\\"b\\n\\u00e9é"', 'a"b\néé'],
    ['VARCHAR(50)', '"\\ud834\\udd1e"', '𝄞'],
    ['VARCHAR(50)', '"\\ud834"', null],
    ['VARCHAR(50)', '"\\s"', null],
    ['VARCHAR(50)', '1.50', '1.50'],
    ['VARCHAR(50)', '170141183460469231731687303715884105727', '170141183460469231731687303715884105727'],
    ['VARCHAR(50)', 'true', '1'],
    ['VARCHAR(50)', 'false', '0'],
    ['VARCHAR(50)', 'null', null],
    ['VARCHAR(50)', '{ "a" : [ 1.0, "x y" ] }', '{"a":[1.0,"x y"]}'],
    ['VARCHAR(3)', '"éé"', null],
    ['JSON', '{"a": [1, 2.0]}', '{"a":[1,2.0]}'],
    ['JSON', '"x"', '"x"'],
    ['ARRAY<INT>', '[1,null,2]', [1, null, 2]],
    ['ARRAY<INT>', '"x"', null],
    ['MAP<VARCHAR(9), INT>', '{"a":1}', [['a', 1]]],
    ['VARBINARY', '"1234"', Buffer.from('1234')],
  ];
  it.each(cases)('%s: %s becomes %o', async (type, json, value) => {
    const { result, rows } = await loaded(`(k INT, v ${type} NULL) DUPLICATE KEY(k)`, lines, `{"k":1,"v":${json}}`);
    expect(result).toMatchObject({ loaded: 1, filtered: 0 });
    expect(rows).toEqual([[1, value]]);
  });

  it.each([
    ['INT', '2147483648', 'Invalid argument: Value is overflow. column=v, value=2147483648'],
    ['INT', '"x"', 'Invalid argument: Unable to cast string value to BIGINT. value=x, column=v'],
    ['INT', '[1]', 'Invalid argument: Unsupported value type. Numeric type is required. column=v'],
    ['BOOLEAN', '"maybe"', 'Invalid argument: Failed to parse string value as boolean. column=v, value=maybe'],
    ['ARRAY<INT>', '1', 'Invalid argument: Failed to parse value as array, column=v'],
    ['DECIMAL(5,2)', '12345', "Value '12345' is out of range. The type of 'v' is DECIMAL32(5, 2)"],
    ['DATE', '"tomorrow"', "Value 'tomorrow' is out of range. The type of 'v' is DATE"],
    ['VARCHAR(3)', '"abcd"', 'Invalid argument: Value length is beyond the capacity. column=v, capacity=3'],
  ])('that do not fit %s are filtered strictly: %s', async (type, json, complaint) => {
    const row = `{"k":1,"v":${json}}`;
    const { result } = await loaded(`(k INT, v ${type} NULL) DUPLICATE KEY(k)`, { ...lines, strict_mode: 'true' }, row);
    expect(result).toEqual({
      total: 1,
      loaded: 0,
      filtered: 1,
      unselected: 0,
      errors: [`Error: ${complaint}. Row: ${row}`],
    });
  });

  it('of another shape than the array are filtered strictly', async () => {
    const { result } = await loaded(
      '(k INT, v ARRAY<INT> NULL) DUPLICATE KEY(k)',
      { ...lines, strict_mode: 'true' },
      '{"k":1,"v":{"x":1}}{"k":2,"v":[1]}',
    );
    expect(result).toMatchObject({
      loaded: 1,
      filtered: 1,
      errors: [expect.stringContaining("is out of range. The type of 'v' is ARRAY")],
    });
  });

  it('that are NULL in a NOT NULL column are filtered, with the row as the backend prints it', async () => {
    const table = '(id INT NOT NULL, name VARCHAR(9) NOT NULL, score INT NULL) PRIMARY KEY(id)';
    const { result } = await loaded(table, lines, '{"id":1,"score":100}{"id":2,"name":"x"}');
    expect(result).toMatchObject({
      total: 2,
      loaded: 1,
      errors: ["Error: NULL value in non-nullable column 'name'. Row: [1, NULL, 100, 0]"],
    });
  });
});
