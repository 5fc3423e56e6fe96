import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TableDefinition } from '../../local/starrocks/model.ts';
import { type DdlStatement, parseDdl } from '../../local/starrocks/sql/ddl.ts';
import { splitStatements, tokenize } from '../../local/starrocks/sql/sql-tokens.ts';
import { duckType } from '../../local/starrocks/storage/duck-names.ts';

function table(sql: string): TableDefinition {
  const statement = parseDdl(sql, 'd');
  if (statement?.kind !== 'create-table') throw new Error(`no CREATE TABLE: ${statement?.kind}`);
  return statement.definition;
}

function columnOf(type: string) {
  return table(`CREATE TABLE t (k INT, c ${type}) DUPLICATE KEY(k)`).columns[1]!;
}

describe('CREATE TABLE', () => {
  it('reads what the migration tool writes', () => {
    const definition = table(`CREATE TABLE IF NOT EXISTS \`demo1\`.\`ints\` (
      \`id\` LARGEINT  NOT NULL  COMMENT "",
      \`ti\` TINYINT NULL  COMMENT "",
      \`flag\` TINYINT(1) NULL DEFAULT "1" COMMENT "say \\"yes\\"",
      \`name\` VARCHAR(80) NULL DEFAULT "" COMMENT ''
    ) ENGINE=olap
    PRIMARY KEY(\`id\`)
    COMMENT "all integers"
    DISTRIBUTED BY HASH(\`id\`) BUCKETS 1
    PROPERTIES (
      "replication_num" = "3"
    );`);
    expect(definition).toMatchObject({
      database: 'demo1',
      name: 'ints',
      model: 'PRIMARY_KEYS',
      keys: ['id'],
      distribution: { type: 'HASH', columns: ['id'], buckets: 1 },
      properties: { replication_num: '3' },
      comment: 'all integers',
    });
    expect(definition.columns.map(({ name, nullable, key }) => ({ name, nullable, key }))).toEqual([
      { name: 'id', nullable: false, key: true },
      { name: 'ti', nullable: true, key: false },
      { name: 'flag', nullable: true, key: false },
      { name: 'name', nullable: true, key: false },
    ]);
    expect(definition.columns[2]).toMatchObject({ default: '1', comment: 'say "yes"', type: { base: 'TINYINT' } });
    expect(definition.columns[3]?.default).toBe('');
  });

  it.each([
    ['BOOLEAN', 'tinyint(1)', 'BOOLEAN'],
    ['TINYINT(1)', 'tinyint(4)', 'TINYINT'],
    ['int(11)', 'int(11)', 'INTEGER'],
    ['INTEGER', 'int(11)', 'INTEGER'],
    ['LARGEINT', 'bigint(20) unsigned', 'HUGEINT'],
    ['DECIMAL', 'decimal(10, 0)', 'DECIMAL(10,0)'],
    ['DECIMAL64(18, 4)', 'decimal(18, 4)', 'DECIMAL(18,4)'],
    ['NUMERIC(38)', 'decimal(38, 0)', 'DECIMAL(38,0)'],
    ['CHAR(3)', 'char(3)', 'VARCHAR'],
    ['STRING', 'varchar(65533)', 'VARCHAR'],
    ['VARBINARY(16)', 'varbinary(16)', 'BLOB'],
    ['DATETIME', 'datetime', 'TIMESTAMP'],
    ['JSON', 'json', 'JSON'],
    ['ARRAY<ARRAY<INT>>', 'array<array<int(11)>>', 'INTEGER[][]'],
    ['MAP<VARCHAR(5), DECIMAL(4,1)>', 'map<varchar(5),decimal(4, 1)>', 'MAP(VARCHAR, DECIMAL(4,1))'],
    ['VARCHAR(0)', 'varchar(1)', 'VARCHAR'],
    ['DECIMAL(76, 3)', 'decimal(76, 3)', 'VARCHAR'],
    ['STRUCT<a INT, `b c` DATE>', 'struct<a int(11), b c date>', 'STRUCT("a" INTEGER, "b c" DATE)'],
  ])('takes %s as %s', (written, text, duck) => {
    const { type } = columnOf(written);
    expect(type.text).toBe(text);
    expect(duckType(type)).toBe(duck);
  });

  it('holds a default of a text to its length in characters', () => {
    expect(columnOf('VARCHAR(3) DEFAULT "äöü"').default).toBe('äöü');
    expect(() => columnOf('VARCHAR(2) DEFAULT "äöü"')).toThrow('Default value is too long: äöü');
  });

  it('takes a FLOAT default that is not exact only where the release does', () => {
    const declared = 'CREATE TABLE t (k INT, f FLOAT DEFAULT "2.33") DUPLICATE KEY(k)';
    expect(() => parseDdl(declared, 'd', { exactFloats: true })).toThrow('Default value will loose precision: 2.33');
    expect(() => parseDdl(declared.replace('2.33', '0.5'), 'd', { exactFloats: true })).not.toThrow();
    expect(columnOf('FLOAT DEFAULT "2.33"').default).toBe('2.33');
  });

  it('needs a living backend for each replica', () => {
    const declared = 'CREATE TABLE t (a INT) PROPERTIES ("replication_num" = "2")';
    expect(() => parseDdl(declared, 'd', { backends: [10001] })).toThrow('Current alive backend is [10001]..');
    expect(() => parseDdl(declared, 'd', { backends: [10001, 10002] })).not.toThrow();
    const silent = 'CREATE TABLE t (a INT)';
    expect(() => parseDdl(silent, 'd', { backends: [10001], defaultReplicationNum: 3 })).toThrow(
      'Current available backends: [10001], table=t, replication_num=3, default_replication_num=3',
    );
  });

  it('reads defaults, generated columns and AUTO_INCREMENT', () => {
    const definition = table(`CREATE TABLE t (
      id BIGINT NOT NULL AUTO_INCREMENT,
      at DATETIME DEFAULT CURRENT_TIMESTAMP,
      at3 DATETIME DEFAULT CURRENT_TIMESTAMP(3),
      u VARCHAR(40) DEFAULT (uuid()),
      n INT DEFAULT NULL,
      g INT AS (n + coalesce(n, 1)) COMMENT "sum",
      INDEX i (n) USING BITMAP COMMENT 'found'
    ) PRIMARY KEY (id)`);
    expect(definition.columns.map((column) => column.default)).toEqual([
      undefined,
      'CURRENT_TIMESTAMP',
      'CURRENT_TIMESTAMP(3)',
      'uuid()',
      null,
      undefined,
    ]);
    expect(definition.columns[0]).toMatchObject({ autoIncrement: true, nullable: false });
    expect(definition.columns[5]).toMatchObject({ generated: 'n + coalesce(n, 1)', comment: 'sum' });
  });

  it('makes a duplicate key of the first columns when no key is given', () => {
    expect(table('CREATE TABLE t (a INT, b BIGINT, c DATE, d INT)')).toMatchObject({
      model: 'DUP_KEYS',
      keys: ['a', 'b', 'c'],
      distribution: { type: 'RANDOM', columns: [] },
    });
    expect(table('CREATE TABLE t (a INT, b VARCHAR(9), c DATE)').keys).toEqual(['a', 'b']);
    expect(table('CREATE TABLE t (a INT, b FLOAT, c DATE)').keys).toEqual(['a']);
  });

  it('reads aggregate, unique, partitioned and sorted tables', () => {
    const aggregate = table(`CREATE TABLE t (dt DATE, k INT, v BIGINT SUM DEFAULT "0", r INT REPLACE_IF_NOT_NULL)
      AGGREGATE KEY(dt, k) PARTITION BY date_trunc('month', dt) DISTRIBUTED BY HASH(k) BUCKETS 4`);
    expect(aggregate).toMatchObject({ model: 'AGG_KEYS', keys: ['dt', 'k'], partitions: ['dt'] });
    expect(aggregate.columns.map((column) => column.aggregate)).toEqual([
      undefined,
      undefined,
      'SUM',
      'REPLACE_IF_NOT_NULL',
    ]);
    const ranged = table(`CREATE TABLE t (k INT, dt DATE, v INT) UNIQUE KEY(k, dt)
      PARTITION BY RANGE (dt) (START ("2026-01-01") END ("2027-01-01") EVERY (INTERVAL 1 MONTH))
      DISTRIBUTED BY HASH(k) ORDER BY (dt, k) PROPERTIES ("replication_num" = "1", 'compression' = 'zstd')`);
    expect(ranged).toMatchObject({ model: 'UNIQUE_KEYS', partitions: ['dt'], properties: { compression: 'ZSTD' } });
  });

  it('distributes a primary key table by its key when nothing is said', () => {
    expect(table('CREATE TABLE t (a INT, b INT) PRIMARY KEY(a)').distribution).toEqual({
      type: 'HASH',
      columns: ['a'],
    });
  });

  it.each([
    ['CREATE TABLE t (a INT zerofill)', "line 1, column 22. Detail message: Unexpected input 'zerofill'"],
    ['CREATE TABLE t (a INT,\n  b INT DEFAULT 0)', "line 2, column 16. Detail message: Unexpected input '0'"],
    ['CREATE TABLE t (a INT', "Unexpected input '<EOF>'"],
    ['CREATE TABLE t (key INT)', "No viable statement for input 'CREATE TABLE t (key'"],
    ['CREATE TABLE t (a INT,  key INT)', "No viable statement for input ',  key'"],
    ['CREATE TABLE t (a GEOMETRY)', "Unexpected input ')', the most similar input is {'('}"],
    ['CREATE TABLE t (a INT UNSIGNED)', "Unexpected input 'UNSIGNED'"],
    ['CREATE TABLE t (a )', "Unexpected input ')'"],
    ['CREATE TABLE t (a INT DEFAULT "1" NULL)', "Unexpected input 'NULL'"],
    ['CREATE TABLE t (a INT) DISTRIBUTED BY HASH(a) PRIMARY KEY(a)', "Unexpected input 'PRIMARY'"],
    ['CREATE TABLE t (a INT) nonsense', "Unexpected input 'nonsense'"],
    ['CREATE TABLE t (a MAP<INT>)', "Unexpected input '>'"],
    ['CREATE TABLE t (a INT COMMENT "open)', 'A quote is never closed'],
    ['CREATE ROLE r', "Unexpected input 'ROLE'"],
  ])('refuses %j as bad syntax', (sql, message) => {
    expect(() => parseDdl(sql, 'd')).toThrow(message);
    expect(() => parseDdl(sql, 'd')).toThrow('Getting syntax error at line');
  });

  it.each([
    ['(a INT, b INT) PRIMARY KEY(b)', 'Key columns must be the first few columns'],
    ['(a INT, b INT, c INT) PRIMARY KEY(b, a)', 'Key columns must be the first few columns'],
    ['(a INT, b INT) PRIMARY KEY(z)', "Key column(z) doesn't exist.."],
    ['(a INT NULL, b INT) PRIMARY KEY(a)', 'primary key column[a] cannot be nullable'],
    ['(a DECIMAL(5,2), b INT) PRIMARY KEY(a)', 'primary key column[a] type not supported: decimal(5, 2)'],
    ['(a CHAR(5), b INT) PRIMARY KEY(a)', 'primary key column[a] type not supported'],
    ['(a DOUBLE, b INT) DUPLICATE KEY(a)', "Invalid data type of key column 'a'"],
    ['(a JSON, b INT)', 'Data type of first column cannot be JSON'],
    ['(a INT, A INT)', "Duplicate column name 'A'"],
    ['(a INT, b INT) AGGREGATE KEY(a)', 'should specify aggregate type for non-key column[b]'],
    ['(a INT SUM, b INT SUM) AGGREGATE KEY(a)', 'Key column[a] should not specify aggregate type'],
    ['(a INT, b INT SUM) PRIMARY KEY(a)', 'should not specify aggregate type for non-key column[b]'],
    ['(a INT, b INT) UNIQUE KEY(a)', 'Currently not support default distribution in UNIQUE_KEYS'],
    ['(a INT, b INT SUM) AGGREGATE KEY(a)', 'Currently not support default distribution in AGG_KEYS'],
    ['(a INT, b INT) PRIMARY KEY(a) DISTRIBUTED BY RANDOM', 'PRIMARY KEY must use hash distribution'],
    ['(a INT, b INT) PRIMARY KEY(a) DISTRIBUTED BY HASH(b)', 'Distribution column[b] is not key column'],
    ['(a INT) DISTRIBUTED BY HASH(z)', "Distribution column(z) doesn't exist"],
    ['(a INT NOT NULL DEFAULT NULL)', "Invalid default value for 'a'."],
    ['(a INT DEFAULT "x")', "Invalid default value for 'a'"],
    ['(a TINYINT DEFAULT "128")', "Invalid default value for 'a'"],
    ['(a DATE DEFAULT "2026-02-30")', "Invalid default value for 'a'"],
    ['(a DECIMAL(77,0))', "DECIMAL's precision should range from 1 to 76"],
    ['(a INT, b HLL) DUPLICATE KEY(a)', "No aggregate function specified for 'b'"],
    ['(a DECIMAL(5,6))', 'greater than or equal'],
    ['(a VARCHAR(1048577))', 'Varchar size must be <= 1048576'],
    ['(a INT AUTO_INCREMENT)', 'AUTO_INCREMENT column must be BIGINT'],
    ['(a INT) ENGINE=mysql', 'Unknown engine name: mysql'],
    ['(a INT, b DATE) PRIMARY KEY(a) PARTITION BY RANGE(b) ()', "unique table's partition column must be key column"],
  ])('refuses CREATE TABLE t %s', (rest, message) => {
    expect(() => parseDdl(`CREATE TABLE t ${rest}`, 'd')).toThrow(message);
  });
});

describe('other DDL', () => {
  it.each<[string, DdlStatement]>([
    ['CREATE DATABASE IF NOT EXISTS `x`;', { kind: 'create-database', database: 'x', ifNotExists: true }],
    ['create schema x', { kind: 'create-database', database: 'x', ifNotExists: false }],
    ['DROP DATABASE IF EXISTS x FORCE', { kind: 'drop-database', database: 'x', ifExists: true }],
    ['DROP TABLE x.y FORCE', { kind: 'drop-table', name: { database: 'x', table: 'y' }, ifExists: false }],
    ['TRUNCATE TABLE y', { kind: 'truncate-table', name: { database: 'd', table: 'y' } }],
    ['DROP TABLE default_catalog.x.y', { kind: 'drop-table', name: { database: 'x', table: 'y' }, ifExists: false }],
  ])('reads %s', (sql, statement) => {
    expect(parseDdl(sql, 'd')).toEqual(statement);
  });

  it('reads every change of an ALTER TABLE', () => {
    const statement = parseDdl(
      `ALTER TABLE t ADD COLUMN (a INT, b DATE NOT NULL DEFAULT "2026-01-01"), ADD COLUMN c INT AFTER a,
       ADD COLUMN d INT FIRST, MODIFY COLUMN a BIGINT, DROP COLUMN b, RENAME COLUMN c TO e, RENAME u`,
      'd',
    );
    expect(statement).toMatchObject({
      kind: 'alter-table',
      changes: [
        { change: 'add', column: { name: 'a' } },
        { change: 'add', column: { name: 'b', nullable: false, default: '2026-01-01' } },
        { change: 'add', column: { name: 'c' }, place: { after: 'a' } },
        { change: 'add', place: { first: true } },
        { change: 'modify', column: { name: 'a', type: { base: 'BIGINT' } } },
        { change: 'drop', name: 'b' },
        { change: 'rename-column', name: 'c', to: 'e' },
        { change: 'rename-table', to: 'u' },
      ],
    });
  });

  it('says that no database is selected', () => {
    expect(() => parseDdl('DROP TABLE t')).toThrow('No database selected');
  });

  it('leaves all other statements alone', () => {
    expect(parseDdl('SELECT 1')).toBeUndefined();
  });
});

describe('tokens', () => {
  it('gives back any text that was quoted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('"', "'"), (text, quote) => {
        const written = `${quote}${text.replaceAll('\\', '\\\\').replaceAll(quote, quote + quote)}${quote}`;
        expect(tokenize(written)[0]).toMatchObject({ kind: 'text', value: text });
      }),
    );
  });

  it('splits statements at semicolons outside quotes and comments', () => {
    expect(splitStatements("a ';' b; -- c;\n d `;` /* ; */ e ;; # f;\n")).toEqual([
      "a ';' b",
      '-- c;\n d `;` /* ; */ e',
    ]);
  });
});
