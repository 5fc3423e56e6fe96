import { type TypedValues, text } from './follow-value-kinds.ts';

export const documentValues: readonly TypedValues[] = [
  {
    type: 'json',
    only: 'mysql',
    values: [
      [
        `'{"b": 1, "a": [1, "é", null, true, 12.0, 1e300, 1.5, -0.0]}'`,
        '{"a": [1, "é", null, true, 12.0, 1e300, 1.5, -0.0], "b": 1}',
      ],
      ["'null'", 'null'],
      [`'"text \\\\u0001 \\\\n \\\\" \\\\/"'`, '"text \\u0001 \\n \\" /"'],
      [
        "JSON_OBJECT('d', CAST(1.10 AS DECIMAL(5,2)), 'big', 18446744073709551615, 'neg', -9223372036854775808)",
        '{"d": 1.10, "big": 18446744073709551615, "neg": -9223372036854775808}',
      ],
      [
        "JSON_ARRAY(CAST('2020-01-02' AS DATE), CAST('2020-01-02 03:04:05.6' AS DATETIME(6)), CAST('-12:34:56.7' AS TIME(6)))",
        '["2020-01-02", "2020-01-02 03:04:05.600000", "-12:34:56.700000"]',
      ],
      ["JSON_ARRAY(x'00ff')", '["base64:type15:AP8="]'],
      [
        'JSON_ARRAY(1e15, 1e14, 123456789012345.0e0, 1e-14, 1e-15, 1e-16, 1.5e-20, 1.2345678901234567e-10, 5e-324, 1.7976931348623157e308, 1e-5, 0.1e0, 100e0, 1.5e20, 1e16, 12345678901234567e0)',
        '',
      ],
      [
        'JSON_ARRAY(32767, -32768, 65535, 32768, 2147483647, -2147483649, 4294967295)',
        '[32767, -32768, 65535, 32768, 2147483647, -2147483649, 4294967295]',
      ],
      [`JSON_OBJECT('10', 1, '9', 2, 'a', JSON_OBJECT())`, '{"9": 2, "a": {}, "10": 1}'],
      [
        `CAST(CONCAT('["', REPEAT('x', 70000), '", {"k": 100000}]') AS JSON)`,
        `["${'x'.repeat(70_000)}", {"k": 100000}]`,
      ],
      [`CAST(CONCAT('[', REPEAT('1000000,', 20000), '2]') AS JSON)`, `[${'1000000, '.repeat(20_000)}2]`],
      ["'[]'", '[]'],
    ],
  },
  {
    type: 'json',
    only: 'mariadb',
    values: [
      [`'{"b": 1.50, "a": [1, "é"]}'`, '{"b": 1.50, "a": [1, "é"]}'],
      [`'[1,\\n 2]'`, '[1,  2]'],
    ],
  },
  { type: 'point', values: [["ST_GeomFromText('POINT(1.5 -2)')", '{"type":"Point","coordinates":[1.5,-2]}']] },
  {
    type: 'geometry',
    values: [
      ["ST_GeomFromText('POINT(10 20)', 4326)", ''],
      ["ST_GeomFromText('POLYGON((0 0,0 1,1 1,0 0))')", '{"type":"Polygon","coordinates":[[[0,0],[0,1],[1,1],[0,0]]]}'],
      ["ST_GeomFromText('MULTIPOINT(0 0,1 2)')", '{"type":"MultiPoint","coordinates":[[0,0],[1,2]]}'],
      [
        "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,2 2))')",
        '{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,1]},{"type":"LineString","coordinates":[[0,0],[2,2]]}]}',
      ],
    ],
  },
  { type: 'vector(3)', only: 'mysql', values: [["STRING_TO_VECTOR('[1.5,0.1,-2]')", '[1.5,0.1,-2]']] },
  {
    type: 'uuid',
    only: 'mariadb',
    values: [
      text("'123e4567-e89b-12d3-a456-426655440000'", '123e4567-e89b-12d3-a456-426655440000'),
      text("'018f4567-e89b-7cc3-98c4-dc0c0c07398f'", '018f4567-e89b-7cc3-98c4-dc0c0c07398f'),
      text("'00000000-0000-0000-0000-000000000000'", '00000000-0000-0000-0000-000000000000'),
    ],
  },
  {
    type: 'inet4',
    only: 'mariadb',
    values: [text("'255.255.255.255'", '255.255.255.255'), text("'10.0.0.0'", '10.0.0.0')],
  },
  {
    type: 'inet6',
    only: 'mariadb',
    values: [
      '2001:db8::ff00:42:8329',
      '::',
      '::1',
      '::ffff:192.0.2.1',
      '::192.0.2.1',
      '1::',
      'fe80:0:0:1::',
      '1:0:0:2:0:0:0:3',
      '1:2:3:4:5:6:7:8',
      '1:0:2:0:3:0:4:0',
    ].map((value) => [`'${value}'`, ''] as const),
  },
  {
    type: 'varchar(50) compressed',
    only: 'mariadb',
    values: [text("REPEAT('é', 40)", 'é'.repeat(40)), text("''", ''), text("'a'", 'a')],
  },
  { type: 'text compressed', only: 'mariadb', values: [text("REPEAT('x', 4000)", 'x'.repeat(4000))] },
  {
    type: 'blob compressed',
    only: 'mariadb',
    values: [["REPEAT(x'00', 3000)", JSON.stringify(Buffer.alloc(3000).toString('base64'))]],
  },
];
