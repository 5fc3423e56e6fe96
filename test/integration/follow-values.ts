/**
 * Values that are easily read wrong: the type, and SQL literals each with its cell, which is what a SELECT shows, as JSON. `only`: the
 * other server has no such type, or prints it otherwise.
 */
export interface TypedValues {
  readonly type: string;
  readonly only?: 'mysql' | 'mariadb';
  readonly values: readonly (readonly [literal: string, cell: string])[];
}

const text = (literal: string, value: string) => [literal, JSON.stringify(value)] as const;
const same = (...literals: readonly string[]) => literals.map((literal) => [literal, literal] as const);
const moments = (...values: readonly string[]) => values.map((value) => [`'${value}'`, `"${value}"`] as const);

export const typedValues: readonly TypedValues[] = [
  { type: 'tinyint', values: same('-128', '-1', '0', '127') },
  { type: 'tinyint unsigned', values: same('0', '128', '255') },
  { type: 'smallint', values: same('-32768', '32767') },
  { type: 'smallint unsigned', values: same('65535') },
  { type: 'mediumint', values: same('-8388608', '-1', '8388607') },
  { type: 'mediumint unsigned', values: same('8388608', '16777215') },
  { type: 'int', values: same('-2147483648', '2147483647') },
  { type: 'int unsigned', values: same('2147483648', '4294967295') },
  { type: 'int(8) unsigned zerofill', values: same('42', '0') },
  {
    type: 'bigint',
    values: [
      ...same('-9007199254740991', '9007199254740991', '-1', '0', '4294967296', '-4294967297'),
      ['-9223372036854775808', '"-9223372036854775808"'],
      ['9223372036854775807', '"9223372036854775807"'],
      ['9007199254740992', '"9007199254740992"'],
      ['-9007199254740992', '"-9007199254740992"'],
    ],
  },
  {
    type: 'bigint unsigned',
    values: [...same('0', '9007199254740991'), ['18446744073709551615', '"18446744073709551615"']],
  },
  {
    type: 'bit(1)',
    values: [
      ["b'1'", '1'],
      ["b'0'", '0'],
    ],
  },
  { type: 'bit(9)', values: [["b'101010101'", '341']] },
  { type: 'bit(33)', values: [[`b'1${'0'.repeat(31)}1'`, '4294967297']] },
  { type: 'bit(64)', values: [[`b'${'1'.repeat(64)}'`, '"18446744073709551615"']] },
  {
    type: 'float',
    values: [
      ...same('0.1', '-1.5', '0', '16777216', '16777215', '1234567.9'),
      ['3.4028235e38', '3.4028235e+38'],
      ['1.17549435e-38', '1.1754944e-38'],
    ],
  },
  { type: 'float(10,2)', values: same('1234567.5', '2.33') },
  { type: 'float unsigned', values: same('7.25') },
  {
    type: 'double',
    values: [
      ...same('0.1', '0.30000000000000004', '12', '-0.000001', '123456789012345680'),
      ['1e300', '1e+300'],
      ['-1.25e-100', '-1.25e-100'],
      ['1.7976931348623157e308', '1.7976931348623157e+308'],
      ['5e-324', '5e-324'],
      ...same('1e-7', '0.0000012', '-5e-7', '123456789012345.6', '0.000001'),
      ['-0e0', '0'],
    ],
  },
  { type: 'double(12,3)', values: same('2.5', '123456789.125') },
  {
    type: 'decimal(10,2)',
    values: [
      ['0', '"0.00"'],
      ['-0.01', '"-0.01"'],
      ['-12345678.90', '"-12345678.90"'],
      ['99999999.99', '"99999999.99"'],
    ],
  },
  {
    type: 'decimal(9,0)',
    values: [
      ['-999999999', '"-999999999"'],
      ['1', '"1"'],
    ],
  },
  { type: 'decimal(18,9)', values: [['-123456789.987654321', '"-123456789.987654321"']] },
  {
    type: 'decimal(5,5)',
    values: [
      ['0.00001', '"0.00001"'],
      ['-0.99999', '"-0.99999"'],
    ],
  },
  {
    type: 'decimal(38,10)',
    values: [['1234567890123456789012345678.0123456789', '"1234567890123456789012345678.0123456789"']],
  },
  {
    type: 'decimal(65,30)',
    values: [
      ['-1.5', `"-1.5${'0'.repeat(29)}"`],
      [`${'9'.repeat(35)}.${'9'.repeat(30)}`, `"${'9'.repeat(35)}.${'9'.repeat(30)}"`],
    ],
  },
  { type: 'decimal(8,2) zerofill', values: [['1.5', '"1.50"']] },
  { type: 'char(3)', values: [text("'a€😀'", 'a€😀'), text("''", ''), text("'a  '", 'a')] },
  { type: 'char(200)', values: [text("REPEAT('€', 200)", '€'.repeat(200))] },
  {
    type: 'varchar(40)',
    values: [text(`'say "hi", C:\\\\ and\\nmore\\t\\0'`, 'say "hi", C:\\ and\nmore\t\0'), text("'a  '", 'a  ')],
  },
  { type: 'varchar(5000)', values: [text("REPEAT('x', 300)", 'x'.repeat(300)), text("''", '')] },
  ...[
    ['latin1', 'é€ß'],
    ['latin2', 'łŻ'],
    ['cp1251', 'Привет'],
    ['koi8r', 'Привет'],
    ['gbk', '你好'],
    ['big5', '你好'],
    ['sjis', 'こんにちは'],
    ['ujis', 'こんにちは'],
    ['euckr', '안녕'],
    ['ucs2', 'aé你'],
    ['utf16', 'a你😀'],
    ['utf16le', 'a你😀'],
    ['utf32', 'a你😀'],
    ['utf8mb3', 'a你'],
    ['ascii', 'abc'],
    ['greek', 'αβγ'],
    ['hebrew', 'שלום'],
    ['cp866', 'Привет'],
    ['latin5', 'İşğ'],
    ['latin7', 'ąč'],
    ['cp1250', 'łŻ'],
    ['cp1256', 'سلام'],
    ['cp1257', 'ąč'],
    ['koi8u', 'їґ'],
    ['tis620', 'สวัสดี'],
    ['macroman', 'é'],
    ['gb2312', '你好'],
    ['cp932', '①こ'],
    ['eucjpms', '①こ'],
  ].map(([charset, value = '']) => ({
    type: `varchar(20) character set ${charset}`,
    values: [text(`'${value}'`, value)],
  })),
  { type: 'varchar(20) character set gb18030', only: 'mysql', values: [text("'你😀'", '你😀')] },
  { type: 'tinytext', values: [text("'t'", 't')] },
  { type: 'text', values: [text("REPEAT('ü', 30000)", 'ü'.repeat(30_000))] },
  { type: 'mediumtext', values: [text("REPEAT('m', 70000)", 'm'.repeat(70_000))] },
  { type: 'longtext', values: [text("''", '')] },
  { type: 'text character set latin1', values: [text("'é'", 'é')] },
  {
    type: 'binary(4)',
    values: [
      ["x'00ff0a00'", '"AP8KAA=="'],
      ["x''", '"AAAAAA=="'],
    ],
  },
  { type: 'binary(16)', values: [["x'000102030405060708090a0b0c0d0e00'", '"AAECAwQFBgcICQoLDA0OAA=="']] },
  {
    type: 'varbinary(9)',
    values: [
      ["x'c300'", '"wwA="'],
      ["x''", '""'],
    ],
  },
  { type: 'varbinary(300)', values: [["x'00'", '"AA=="']] },
  { type: 'tinyblob', values: [["x'80'", '"gA=="']] },
  {
    type: 'longblob',
    values: [
      ["x''", '""'],
      ["REPEAT(x'ff', 3)", '"////"'],
    ],
  },
  {
    type: "enum('small','it''s, large','é')",
    values: [text("'it''s, large'", "it's, large"), text('3', 'é'), text('0', '')],
  },
  {
    type: `enum(${Array.from({ length: 300 }, (_, index) => `'m${index}'`).join(',')})`,
    values: [text("'m299'", 'm299')],
  },
  {
    type: "set('a','b,','c')".replace('b,', 'bé'),
    values: [text("'a,c'", 'a,c'), text("''", ''), text("'c,bé,a'", 'a,bé,c')],
  },
  {
    type: `set(${Array.from({ length: 64 }, (_, index) => `'m${index}'`).join(',')})`,
    values: [text("'m63,m0'", 'm0,m63')],
  },
  { type: 'year', values: same('1901', '2155', '0', '2000').map(([a, b]) => [a === '0' ? "'0000'" : a, b] as const) },
  { type: 'date', values: moments('9999-12-31', '1000-01-01', '0000-00-00', '2020-00-15') },
  { type: 'time', values: moments('-838:59:59', '838:59:59', '00:00:00', '-00:00:01', '-23:00:00') },
  { type: 'time(1)', values: moments('-00:00:00.1', '12:34:56.7') },
  { type: 'time(3)', values: moments('-00:00:00.001', '-12:34:56.780', '01:02:03.000') },
  { type: 'time(6)', values: moments('-838:59:59.000000', '-00:00:00.000001', '12:00:00.123456', '-12:00:00.500000') },
  {
    type: 'datetime',
    values: moments('2026-02-28 23:59:59', '0000-00-00 00:00:00', '9999-12-31 23:59:59', '0001-01-01 00:00:00'),
  },
  { type: 'datetime(1)', values: moments('2026-02-28 23:59:59.1') },
  { type: 'datetime(3)', values: moments('2026-02-28 23:59:59.120', '1000-01-01 00:00:00.001') },
  { type: 'datetime(6)', values: moments('2026-02-28 23:59:59.123456', '0000-00-00 00:00:00.000000') },
  {
    type: 'timestamp null',
    values: moments('2026-02-28 23:59:59', '1970-01-01 00:00:01', '0000-00-00 00:00:00', '2038-01-19 03:14:07'),
  },
  { type: 'timestamp(5) null', values: moments('2026-02-28 23:59:59.12345') },
  { type: 'timestamp(6) null', values: moments('2026-02-28 23:59:59.000001', '0000-00-00 00:00:00.000000') },
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
