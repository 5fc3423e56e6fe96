import { describe, expect, it } from 'vitest';
import { parseColumnType } from '../../src/mysql/column-type.ts';
import { renderTypePage } from '../../src/mysql/type-page.ts';
import { flinkType, starRocksType, type TypeChoices } from '../../src/mysql/types.ts';
import { column, ddlOf, findingsOf, migrated, schema, table } from './migrate-schema-builder.ts';

const base: TypeChoices = {
  profile: 'native',
  useDecimalV3: true,
  tinyint1: 'tinyint',
  binary: 'varbinary',
  json: 'json',
};

const typeOf = (columnType: string, more: Partial<TypeChoices> = {}, charset: string | null = null, isKey = false) =>
  starRocksType(parseColumnType({ ...column(`c ${columnType}`), charset }), { ...base, ...more }, isKey).type;

describe('types of the native and the smt profile', () => {
  it.each([
    ['tinyint', 'TINYINT', 'TINYINT'],
    ['tinyint(1)', 'TINYINT', 'TINYINT'],
    ['tinyint unsigned', 'SMALLINT', 'SMALLINT'],
    ['smallint(6)', 'SMALLINT', 'SMALLINT'],
    ['smallint unsigned', 'INT', 'INT'],
    ['mediumint', 'INT', 'INT'],
    ['mediumint unsigned', 'INT', 'BIGINT'],
    ['int(11)', 'INT', 'INT'],
    ['int unsigned', 'BIGINT', 'BIGINT'],
    ['int(8) unsigned zerofill', 'BIGINT', 'BIGINT'],
    ['int(8) zerofill', 'BIGINT', 'BIGINT'],
    ['bigint(20)', 'BIGINT', 'BIGINT'],
    ['bigint(20) unsigned', 'LARGEINT', 'LARGEINT'],
    ['bit(1)', 'TINYINT', 'TINYINT'],
    ['bit(7)', 'TINYINT', 'TINYINT'],
    ['bit(8)', 'SMALLINT', 'SMALLINT'],
    ['bit(16)', 'INT', 'INT'],
    ['bit(32)', 'BIGINT', 'BIGINT'],
    ['bit(64)', 'LARGEINT', 'LARGEINT'],
    ['float', 'FLOAT', 'FLOAT'],
    ['float(10,2)', 'DOUBLE', 'FLOAT'],
    ['double(10,2) unsigned', 'DOUBLE', 'DOUBLE'],
    ['decimal(10,2)', 'DECIMAL(10, 2)', 'DECIMAL(10, 2)'],
    ['decimal(38,10) unsigned', 'DECIMAL(38, 10)', 'DECIMAL(38, 10)'],
    ['decimal(39,0)', 'STRING', 'STRING'],
    ['char(10)', 'VARCHAR(40)', 'STRING'],
    ['varchar(80)', 'VARCHAR(320)', 'STRING'],
    ['varchar(0)', 'VARCHAR(1)', 'STRING'],
    ['varchar(16383)', 'VARCHAR(65532)', 'STRING'],
    ['tinytext', 'VARCHAR(1020)', 'STRING'],
    ['text', 'VARCHAR(1048576)', 'STRING'],
    ['longtext', 'VARCHAR(1048576)', 'STRING'],
    ['binary(16)', 'VARBINARY(16)', 'STRING'],
    ['varbinary(200)', 'VARBINARY(200)', 'STRING'],
    ['blob', 'VARBINARY(1048576)', 'STRING'],
    ["enum('a','b,c','it''s')", 'VARCHAR(16)', 'STRING'],
    ["set('a','bc')", 'VARCHAR(16)', 'STRING'],
    ['json', 'JSON', 'STRING'],
    ['vector(2048)', 'ARRAY<FLOAT>', 'STRING'],
    ['year(4)', 'SMALLINT', 'STRING'],
    ['date', 'DATE', 'DATE'],
    ['time(6)', 'VARCHAR(17)', 'STRING'],
    ['datetime(6)', 'DATETIME', 'DATETIME'],
    ['timestamp', 'DATETIME', 'DATETIME'],
    ['geometry', 'JSON', 'STRING'],
    ['multipolygon', 'JSON', 'STRING'],
    ['geomcollection', 'JSON', 'STRING'],
    ['uuid', 'VARCHAR(36)', 'STRING'],
    ['inet4', 'VARCHAR(15)', 'STRING'],
    ['inet6', 'VARCHAR(45)', 'STRING'],
  ])('%s becomes %s, and %s', (mysql, native, smt) => {
    expect([typeOf(mysql), typeOf(mysql, { profile: 'smt' })]).toEqual([native, smt]);
  });

  it('sizes text by the bytes that its character set can need in UTF-8', () => {
    const sized = (charset: string) => typeOf('varchar(10)', {}, charset);
    expect(['ascii', 'latin1', 'gbk', 'utf8mb3', 'utf8mb4', 'utf16', 'gb18030'].map(sized)).toEqual(
      [10, 30, 30, 30, 40, 40, 40].map((bytes) => `VARCHAR(${bytes})`),
    );
  });

  it.each([
    ['decimal(10,2)', 'VARCHAR(13)'],
    ['decimal(65,0)', 'STRING'],
    ['binary(16)', 'VARCHAR(24)'],
    ['double', 'VARCHAR(32)'],
    ['bigint unsigned', 'LARGEINT'],
    ['varchar(10)', 'VARCHAR(40)'],
    ['json', 'VARCHAR(1048576)'],
  ])('as a key, %s becomes %s', (mysql, native) => {
    expect(typeOf(mysql, {}, null, true)).toBe(native);
  });

  it('obeys what is chosen', () => {
    expect(typeOf('tinyint(1)', { tinyint1: 'boolean' })).toBe('BOOLEAN');
    expect(typeOf('tinyint(1) unsigned', { tinyint1: 'boolean' })).toBe('SMALLINT');
    expect(typeOf('tinyint(4)', { tinyint1: 'boolean' })).toBe('TINYINT');
    expect(typeOf('varbinary(30)', { binary: 'text' })).toBe('VARCHAR(40)');
    expect(typeOf('json', { json: 'string' })).toBe('VARCHAR(1048576)');
    expect(typeOf('decimal(28,2)', { profile: 'smt', useDecimalV3: false })).toBe('STRING');
    expect(typeOf('decimal(27,2)', { profile: 'smt', useDecimalV3: false })).toBe('DECIMAL(27, 2)');
  });

  it('declares to Flink what smt declares', () => {
    const declared = (type: string) => flinkType(parseColumnType(column(`c ${type}`)), base);
    const types = [
      'bigint unsigned',
      'bit(1)',
      'bit(2)',
      'datetime(3)',
      'varbinary(3)',
      'blob',
      "set('a')",
      'decimal(10,5)',
      'year',
      'point',
    ];
    expect(types.map(declared)).toEqual([
      'DECIMAL(20, 0)',
      'BOOLEAN',
      'BINARY',
      'TIMESTAMP',
      'VARBINARY',
      'STRING',
      'STRING',
      'DECIMAL(10, 5)',
      'STRING',
      'STRING',
    ]);
  });

  it('takes a type that it does not know as text, and says so', () => {
    const migration = migrated(schema(table('d.t', ['id int NOT NULL', 'v xmltype(3)'], ['id'])));
    expect(ddlOf(migration)).toContain('`v` VARCHAR(1048576) NULL');
    expect(findingsOf(migration)).toContain(
      'unsupported-type d.t.v: xmltype(3) is not known; text is taken as VARCHAR(1048576).',
    );
  });

  it('fills docs/types.md with every example', () => {
    const page = renderTypePage();
    expect(page).toContain(
      '| `bigint unsigned` | `LARGEINT` |  | `LARGEINT` | `DECIMAL(20, 0)` | StarRocks has no unsigned integers |',
    );
    expect(page).toContain('| `binary(16)` | `VARBINARY(16)` | `VARCHAR(24)` | `STRING` | `BINARY` |');
  });
});

describe('defaults', () => {
  const lineOf = (definition: string, value: string, more: { profile?: 'smt' | 'native'; extra?: string } = {}) => {
    const source = schema(
      table('d.t', ['id int NOT NULL', column(definition, { default: value, extra: more.extra ?? '' })], ['id']),
    );
    return ddlOf(migrated(source, { profile: more.profile ?? 'native' }))
      .split('\n')[4]
      ?.trim();
  };

  it.each([
    ['c int NOT NULL', '-1', '`c` INT NOT NULL DEFAULT "-1" COMMENT ""'],
    ['c varchar(9)', '', '`c` VARCHAR(36) NULL DEFAULT "" COMMENT ""'],
    ['c varchar(9)', 'a"b\\c\n', '`c` VARCHAR(36) NULL DEFAULT "a\\"b\\\\c\\n" COMMENT ""'],
    ['c bit(3) NOT NULL', "b'101'", '`c` TINYINT NOT NULL DEFAULT "5" COMMENT ""'],
    ['c bit(64)', `b'${'1'.repeat(64)}'`, '`c` LARGEINT NULL DEFAULT "18446744073709551615" COMMENT ""'],
    ['c date NOT NULL', '2024-02-29', '`c` DATE NOT NULL DEFAULT "2024-02-29" COMMENT ""'],
    ['c datetime(3)', '2024-01-01 10:00:00.125', '`c` DATETIME NULL DEFAULT "2024-01-01 10:00:00.125" COMMENT ""'],
    ['c timestamp NOT NULL', 'CURRENT_TIMESTAMP', '`c` DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT ""'],
    ['c datetime(6) NOT NULL', 'current_timestamp(6)', '`c` DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT ""'],
    ['c date NOT NULL', '0000-00-00', '`c` DATE NULL COMMENT ""'],
    ['c datetime NOT NULL', '2024-02-30 00:00:00', '`c` DATETIME NULL COMMENT ""'],
    ['c varbinary(3)', '0x616263', '`c` VARBINARY(3) NULL COMMENT ""'],
    ['c float', '0.5', '`c` FLOAT NULL DEFAULT "0.5" COMMENT ""'],
    ['c double', '0.1', '`c` DOUBLE NULL DEFAULT "0.1" COMMENT ""'],
    ['c decimal(4,2)', '-1.50', '`c` DECIMAL(4, 2) NULL DEFAULT "-1.50" COMMENT ""'],
    ['c decimal(65,2)', '1.50', '`c` STRING NULL DEFAULT "1.50" COMMENT ""'],
    ['c datetime', 'now()', '`c` DATETIME NULL DEFAULT CURRENT_TIMESTAMP COMMENT ""'],
  ])('%s with the default %s becomes %s', (definition, value, expected) => {
    expect(lineOf(definition, value)).toBe(expected);
  });

  it.each([
    ['c float NOT NULL', '2.33', {}, '`c` FLOAT NOT NULL COMMENT ""'],
    ['c float', '1e39', {}, '`c` FLOAT NULL COMMENT ""'],
    ['c float(10,2)', '0.10', { profile: 'smt' }, '`c` FLOAT NULL COMMENT ""'],
    ['c int', "'7'", {}, '`c` INT NULL COMMENT ""'],
    ['c varchar(1)', '12345', {}, '`c` VARCHAR(4) NULL COMMENT ""'],
    ['c binary(2)', '0x6162', { profile: 'smt' }, '`c` STRING NULL COMMENT ""'],
    ['c date NOT NULL', 'current_timestamp()', {}, '`c` DATE NULL COMMENT ""'],
    ['c datetime', 'current_timestamp() + interval 1 day', {}, '`c` DATETIME NULL COMMENT ""'],
  ] as const)(
    'leaves out what StarRocks would refuse or misread: %s with the default %s',
    (definition, value, more, expected) => {
      expect(lineOf(definition, value, more)).toBe(expected);
    },
  );

  it('reports what it leaves out', () => {
    const price = column('price float NOT NULL', { default: '2.33' });
    expect(findingsOf(migrated(schema(table('d.t', ['id int NOT NULL', price], ['id']))))).toContain(
      'default d.t.price: StarRocks takes no FLOAT that 32 bits do not hold: 2.33.',
    );
  });

  it('leaves out a truth value that is neither 0 nor 1', () => {
    const flags = ['1', '2'].map((value) => column(`c${value} tinyint(1)`, { default: value }));
    const ddl = ddlOf(migrated(schema(table('d.t', ['id int NOT NULL', ...flags], ['id'])), { tinyint1: 'boolean' }));
    expect(ddl).toContain('`c1` BOOLEAN NULL DEFAULT "1" COMMENT');
    expect(ddl).toContain('`c2` BOOLEAN NULL COMMENT');
  });

  it('leaves out expressions', () => {
    expect(lineOf('c varchar(36)', 'uuid()', { extra: 'DEFAULT_GENERATED' })).toBe('`c` VARCHAR(144) NULL COMMENT ""');
  });

  it('makes a column with CURRENT_TIMESTAMP nullable in the smt profile, as smt does', () => {
    expect(lineOf('c timestamp NOT NULL', 'CURRENT_TIMESTAMP', { profile: 'smt' })).toBe(
      '`c` DATETIME NULL COMMENT ""',
    );
  });

  it('keeps a key column NOT NULL whatever its default', () => {
    const at = column('at timestamp NOT NULL', { default: '0000-00-00 00:00:00' });
    const migration = migrated(schema(table('d.t', [at], ['at'])));
    expect(ddlOf(migration)).toContain('`at` DATETIME NOT NULL COMMENT ""');
    expect(findingsOf(migration)).toContainEqual(expect.stringMatching(/^zero-date d\.t\.at: /));
  });
});
