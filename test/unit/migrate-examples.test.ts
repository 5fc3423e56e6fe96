import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseInformationSchema } from '../../src/mysql/information-schema.ts';
import { type MigrateChoices, migrate } from '../../src/mysql/migrate.ts';
import { parseSmtConfig } from '../../src/mysql/smt-config.ts';
import { column, migrated, nowMs, schema, smtConfig, table } from './migrate-schema-builder.ts';

const examples = join(import.meta.dirname, '../fixtures/migrate');
const read = (...path: string[]) => readFileSync(join(examples, ...path), 'utf8');

const choices: MigrateChoices = {
  profile: 'smt',
  tinyint1: 'tinyint',
  binary: 'varbinary',
  json: 'json',
  shardName: 'smt',
  shardColumns: false,
  flink: true,
  secretId: 'starrocks-sink',
  nowMs,
};

function migrateExample(name: string, more: Partial<MigrateChoices> = {}) {
  const rows = parseInformationSchema(JSON.parse(read(name, 'information_schema.json')));
  return migrate(parseSmtConfig(read(name, 'config.conf')), rows, { ...choices, ...more });
}

/** White space collapsed, entries of PROPERTIES ( ) and with ( ) sorted: smt writes both at random. */
function comparable(sql: string): readonly string[] {
  const sortEntries = (_: string, word: string, entries: string) =>
    `${word} (${entries
      .split(',')
      .map((e) => e.trim())
      .sort()
      .join(', ')})`;
  return sql
    .replace(/\s+/g, ' ')
    .split('; ')
    .map((statement) =>
      statement.replace(/\b(PROPERTIES|with) \(((?: ?['"][^'"]*['"] = ['"][^'"]*['"],?)*) ?\)/, sortEntries),
    )
    .map((statement) => statement.replace(/\(\s+|\s+\)/g, (bracket) => bracket.trim()).replace(/;?\s*$/, ''));
}

/** What the reference calls defects of smt, and this tool does not repeat. */
const withoutDefects = (sql: string) => sql.replaceAll('TINYINT(1)', 'TINYINT').replaceAll(' zerofill', '');

describe('smt profile', () => {
  it.each([
    ['01-integers-mysql8', '1'],
    ['01-integers-mysql8', 'all'],
    ['10-sharded-course', '3'],
    ['10-sharded-course', 'all'],
  ])('gives for %s the starrocks-create.%s.sql that smt gives, less its defects', (name, rule) => {
    const expected = withoutDefects(read(name, 'expected', `starrocks-create.${rule}.sql`));
    expect(comparable(migrateExample(name).files.get(`starrocks-create.${rule}.sql`) ?? '')).toEqual(
      comparable(expected),
    );
  });

  it.each([
    ['01-integers-mysql8', '1'],
    ['01-integers-mysql8', 'all'],
    ['10-sharded-course', '3'],
    ['10-sharded-course', 'all'],
  ])('gives for %s the flink-create.%s.sql that smt gives', (name, rule) => {
    const expected = read(name, 'expected', `flink-create.${rule}.sql`);
    expect(comparable(migrateExample(name).files.get(`flink-create.${rule}.sql`) ?? '')).toEqual(comparable(expected));
  });

  it("gives the Flink source table of StarRocks' documentation", () => {
    const orders = table(
      'demo.orders',
      [
        'order_id bigint NOT NULL',
        'product_id int',
        'order_date timestamp NOT NULL',
        column('customer_name varchar(255) NOT NULL'),
        'product_name varchar(255) NOT NULL',
        'price decimal(10,5)',
      ],
      ['order_id'],
    );
    const config = smtConfig('[table-rule.1]\ndatabase = ^demo.*$\ntable = ^.*$\n')
      .replace('127.0.0.1', 'xxx.xx.xxx.xxx')
      .replace('mysql-pw', '');
    const flink = migrated(schema(orders), choices, config).files.get('flink-create.1.sql') ?? '';
    const expected = comparable(read('17-docs-orders', 'expected', 'flink-src.sql'))[0];
    expect(comparable(flink).map((one) => one.replace(/ ?NOT ENFORCED/, ' NOT ENFORCED'))).toContain(expected);
  });
});

describe('native profile', () => {
  it('names merged shards as the documentation does', () => {
    const files = migrateExample('10-sharded-course', { profile: 'native', shardName: 'doc' }).files;
    expect(files.get('starrocks-create.3.sql')).toContain(
      'CREATE TABLE IF NOT EXISTS `edu_db__auto_shard`.`course__auto_shard` (',
    );
  });

  it('routes every shard by the patterns of the rule, and writes no password', () => {
    const migration = migrateExample('10-sharded-course', { profile: 'native', shardName: 'doc' });
    const route = JSON.parse(migration.files.get('sink-route.3.json') ?? '{}');
    expect(route).toEqual({
      version: 1,
      options: {
        'jdbc-url': 'jdbc:mysql://192.168.1.1:9030',
        'load-url': '192.168.1.1:8030',
        username: 'root',
        'sink.properties.column_separator': '\\x01',
        'sink.properties.row_delimiter': '\\x02',
        'sink.buffer-flush.interval-ms': 15000,
        'sink.secret-id': 'starrocks-sink',
        'sink.tables.allow': 'edu_db__auto_shard.*',
      },
      routes: [
        {
          source: { database: '^edu_db_[0-9]*$', table: '^course_[0-9]*$' },
          database: 'edu_db__auto_shard',
          table: 'course__auto_shard',
          primaryKey: ['id'],
          columns: [
            { name: 'id', type: 'INT', sourceType: 'int' },
            { name: 'title', type: 'VARCHAR(320)', sourceType: 'varchar(80)' },
          ],
          options: {},
        },
      ],
    });
  });
});
