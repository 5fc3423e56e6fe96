import { describe, expect, it } from 'vitest';
import { parseInformationSchema } from '../../src/mysql/information-schema.ts';
import { rowKey } from '../../src/mysql/keys.ts';
import type { SinkFile } from '../../src/mysql/sink-file.ts';
import { people, rule } from './migrate-plan-world.ts';
import { column, ddlOf, findingsOf, migrated, schema, table } from './migrate-schema-builder.ts';

describe('information_schema rows', () => {
  const rows = {
    tables: [
      { TABLE_SCHEMA: 'd', TABLE_NAME: 't', TABLE_TYPE: 'BASE TABLE' },
      { TABLE_SCHEMA: 'd', TABLE_NAME: 'v', TABLE_TYPE: 'VIEW' },
    ],
    columns: ['a', 'b', 'c'].map((name, index) => ({
      TABLE_SCHEMA: 'd',
      TABLE_NAME: 't',
      COLUMN_NAME: name,
      ORDINAL_POSITION: index + 1,
      COLUMN_DEFAULT: null,
      IS_NULLABLE: 'NO',
      DATA_TYPE: 'int',
      COLUMN_TYPE: 'int',
      COLUMN_KEY: name === 'c' ? 'UNI' : 'MUL',
    })),
    KEY_COLUMN_USAGE: [
      { TABLE_SCHEMA: 'd', TABLE_NAME: 't', COLUMN_NAME: 'a', CONSTRAINT_NAME: 'a_fk', ORDINAL_POSITION: 1 },
      { TABLE_SCHEMA: 'd', TABLE_NAME: 't', COLUMN_NAME: 'c', CONSTRAINT_NAME: 'c_uk', ORDINAL_POSITION: 1 },
    ],
  };

  it('never takes a foreign key for a key', () => {
    expect(parseInformationSchema(rows).tables[0]?.keys).toEqual([{ name: 'c_uk', columns: ['c'], isPrefix: false }]);
  });

  it('believes table_constraints when they are there', () => {
    const constraint = { TABLE_SCHEMA: 'd', TABLE_NAME: 't', CONSTRAINT_NAME: 'a_fk', CONSTRAINT_TYPE: 'UNIQUE' };
    const read = parseInformationSchema({ ...rows, table_constraints: [constraint] });
    expect(read.tables[0]?.keys.map((key) => key.name)).toEqual(['a_fk']);
  });

  it('orders key parts, puts the primary key first, and drops indexes over expressions', () => {
    const part = (INDEX_NAME: string, SEQ_IN_INDEX: number, COLUMN_NAME: string | null, NON_UNIQUE = 0) => ({
      TABLE_SCHEMA: 'd',
      TABLE_NAME: 't',
      NON_UNIQUE,
      INDEX_NAME,
      SEQ_IN_INDEX,
      COLUMN_NAME,
      SUB_PART: null,
    });
    const statistics = [
      part('plain', 1, 'b', 1),
      part('fn', 1, null),
      part('uk', 1, 'a'),
      part('PRIMARY', 2, 'b'),
      part('PRIMARY', 1, 'c'),
    ];
    const [read] = parseInformationSchema({ ...rows, statistics }).tables;
    expect(read?.keys.map((key) => [key.name, ...key.columns])).toEqual([
      ['PRIMARY', 'c', 'b'],
      ['uk', 'a'],
    ]);
  });

  it('keeps views apart', () => {
    expect(parseInformationSchema(rows).skipped).toEqual([{ database: 'd', name: 'v', type: 'VIEW' }]);
  });

  it('takes a longtext that MariaDB checks with json_valid, and nothing else does, for JSON', () => {
    const columns = rows.columns.map((row) => ({ ...row, DATA_TYPE: 'longtext', COLUMN_TYPE: 'longtext' }));
    const checked = (TABLE_NAME: string, CHECK_CLAUSE: string) => ({
      CONSTRAINT_SCHEMA: 'd',
      TABLE_NAME,
      CHECK_CLAUSE,
    });
    const checkConstraints = [
      checked('t', 'json_valid(`a`)'),
      checked('other', 'json_valid(`b`)'),
      checked('t', 'json_valid(`c`) or `c` is null'),
    ];
    const [read] = parseInformationSchema({ ...rows, columns, check_constraints: checkConstraints }).tables;
    expect(read?.columns.map((one) => one.dataType)).toEqual(['json', 'longtext', 'longtext']);
  });

  it('holds no column of a row version in a key, which MariaDB adds to each', () => {
    const columns = rows.columns.map((row) => ({
      ...row,
      ...(row.COLUMN_NAME === 'b' && { EXTRA: 'STORED GENERATED', GENERATION_EXPRESSION: 'ROW END' }),
    }));
    const statistics = [
      ['PRIMARY', 'a'],
      ['PRIMARY', 'b'],
      ['only', 'b'],
    ].map(([INDEX_NAME, COLUMN_NAME], n) => ({
      TABLE_SCHEMA: 'd',
      TABLE_NAME: 't',
      NON_UNIQUE: 0,
      INDEX_NAME,
      SEQ_IN_INDEX: n + 1,
      COLUMN_NAME,
    }));
    const read = parseInformationSchema({ ...rows, columns, statistics });
    expect(read.tables[0]?.keys).toEqual([{ name: 'PRIMARY', columns: ['a'], isPrefix: false }]);
    expect(findingsOf(migrated(read))).toContain(
      'generated d.t.b: bounds the time of a row version: it is in no key, and StarRocks stores it.',
    );
  });

  it('says where rows are not as expected', () => {
    expect(() => parseInformationSchema({ tables: [{ TABLE_NAME: 't' }], columns: [] })).toThrow(
      /MIGRATION_SCHEMA_UNREADABLE.*At tables\.0\.tableschema/,
    );
  });
});

describe('keys', () => {
  it('come first, in key order', () => {
    const ddl = ddlOf(migrated(schema(table('d.t', ['v text', 'b int NOT NULL', 'a int NOT NULL'], ['a', 'b']))));
    expect(ddl).toMatch(/\(\n {2}`a` INT NOT NULL .*\n {2}`b` INT NOT NULL .*\n {2}`v` VARCHAR/);
    expect(ddl).toContain('PRIMARY KEY(`a`, `b`)\n');
    expect(ddl).toContain('DISTRIBUTED BY HASH(`a`, `b`)\n');
  });

  it('are the first unique index without NULLs when there is no primary key', () => {
    const keys = ['nullable', 'good'].map((name) => ({ name, columns: [name], isPrefix: false }));
    const source = table('d.t', ['nullable int', 'good int NOT NULL'], [], { keys });
    expect(rowKey(source)?.name).toBe('good');
  });

  it('that are missing make a duplicate-key table, sorted by columns that may be sorted by', () => {
    const migration = migrated(schema(table('d.t', ['f double', 'j json', 'a int', 'b date', 'c text', 'd int'])));
    expect(ddlOf(migration)).toMatch(/\(\n {2}`a` .*\n {2}`b` .*\n {2}`c` .*\n {2}`f` /);
    expect(ddlOf(migration)).toContain('DUPLICATE KEY(`a`, `b`, `c`)\n');
    expect(ddlOf(migration)).toContain('DISTRIBUTED BY RANDOM\n');
    expect(findingsOf(migration)).toContainEqual(expect.stringMatching(/^no-key d\.t: /));
  });

  it('follow duplicate_keys of the rule, which come first', () => {
    const ddl = ddlOf(migrated(schema(table('d.t', ['a int', 'b int', 'c int'])), {}, rule('duplicate_keys = `C`, a')));
    expect(ddl).toMatch(/\(\n {2}`c` .*\n {2}`a` .*\n {2}`b` /);
    expect(ddl).toContain('DUPLICATE KEY(`c`, `a`)');
  });

  it('that are wide, indexed by prefix, or compared without case are reported', () => {
    const name = column('name varchar(64) NOT NULL', { collation: 'utf8mb4_general_ci' });
    const keys = [{ name: 'PRIMARY', columns: ['name'], isPrefix: true }];
    const found = findingsOf(migrated(schema(table('d.t', [name], [], { keys }))));
    expect(found).toContainEqual(expect.stringMatching(/^wide-key d\.t: .*256 bytes; StarRocks takes 128/));
    expect(found.filter((text) => text.startsWith('key-text d.t'))).toHaveLength(2);
  });

  it('never hold a type that StarRocks refuses', () => {
    const source = schema(table('d.t', ['price decimal(10,2) NOT NULL', 'id binary(16) NOT NULL'], ['price', 'id']));
    expect(ddlOf(migrated(source))).toMatch(/`price` VARCHAR\(13\) NOT NULL .*\n {2}`id` VARCHAR\(24\) NOT NULL/);
    expect(ddlOf(migrated(source, { profile: 'smt' }))).toMatch(/`price` STRING NOT NULL/);
  });
});

describe('tables', () => {
  it.each([
    ['nothing to sort by', table('d.t', ['j json'])],
    ['no columns', table('d.t', [])],
  ])('with %s are refused, and reported', (_, source) => {
    const migration = migrated(schema(source, people()));
    expect(migration.tables.map((one) => one.name)).toEqual(['people']);
    expect(findingsOf(migration)).toContainEqual(expect.stringMatching(/^refused d\.t: /));
  });

  it('report columns that MySQL hides', () => {
    const hidden = column('my_row_id bigint unsigned NOT NULL', { extra: 'auto_increment INVISIBLE' });
    expect(findingsOf(migrated(schema(table('d.t', [hidden], ['my_row_id']))))).toContain(
      'invisible d.t.my_row_id: SELECT * gives it in StarRocks; in MySQL only a query that names it does.',
    );
  });

  it('rename columns that Stream Load takes for its own, and say where their values come from', () => {
    const migration = migrated(schema(table('d.t', ['id int NOT NULL', '__op int', '_op int', '__ROW int'], ['id'])));
    expect(ddlOf(migration)).toMatch(/`_op_2` INT .*\n.*`_op` INT .*\n.*`_ROW` INT /);
    expect(findingsOf(migration)).toContain('name-changed d.t: its column __op is _op_2 in StarRocks.');
    const { routes } = JSON.parse(migration.files.get('sink-route.all.json') ?? '') as SinkFile;
    expect(routes[0]?.columns).toContainEqual({ name: '_op_2', type: 'INT', sourceType: 'int', source: '__op' });
  });

  it('keep reserved words, 64 characters and other scripts as names', () => {
    const long = 'n'.repeat(64);
    const ddl = ddlOf(
      migrated(schema(table(`d.select`, ['order int NOT NULL', `${long} int`, '価格 int'], ['order']))),
    );
    for (const name of ['`select`', '`order` INT', `\`${long}\` INT`, '`価格` INT']) expect(ddl).toContain(name);
  });

  it('get other names where StarRocks or the sink would refuse theirs', () => {
    const tables = [
      table('1-shop.a/b', ['id int NOT NULL', 'x<y int', 'x=y int'], ['id']),
      table('1-shop.a_b', ['id int NOT NULL'], ['id']),
    ];
    const migration = migrated(schema(...tables));
    expect(migration.tables.map((one) => `${one.database}.${one.name}`)).toEqual(['db_1-shop.a_b', 'db_1-shop.a_b_2']);
    expect(migration.tables[0]?.columns.map((one) => one.name)).toEqual(['id', 'x_y', 'x_y_2']);
    expect(findingsOf(migration).filter((text) => text.startsWith('name-changed'))).toHaveLength(4);
    expect(migration.files.get('sink-route.all.json')).toContain('"source": "x<y"');
  });

  it('keep quotes, backslashes and newlines of comments on one line', () => {
    const comment = 'say "hi"\nthen C:\\';
    const ddl = ddlOf(migrated(schema({ ...people(column('c int', { comment })), comment })));
    expect(ddl).toContain('`c` INT NULL COMMENT "say \\"hi\\" then C:\\\\"\n');
    expect(ddl).toContain('\nCOMMENT "say \\"hi\\" then C:\\\\"\n');
  });

  it('that are partitioned, generated, or too long are told of', () => {
    const generated = column('g int', { extra: 'VIRTUAL GENERATED', default: null });
    const found = findingsOf(
      migrated(schema({ ...people(generated, 'l longtext', 'e enum("a")'), isPartitioned: true })),
    );
    expect(found).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^partitioned d\.people:/),
        expect.stringMatching(/^generated d\.people\.g:/),
        expect.stringMatching(/^too-long d\.people\.l: .*1048576 bytes/),
        expect.stringMatching(/^widened d\.people\.e:/),
      ]),
    );
  });
});
