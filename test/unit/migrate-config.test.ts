import { describe, expect, it } from 'vitest';
import type { SinkError } from '../../src/kit/errors.ts';
import { readIni } from '../../src/mysql/ini.ts';
import { matchingNames } from '../../src/mysql/patterns.ts';
import { parseSmtConfig } from '../../src/mysql/smt-config.ts';
import { findingsOf, migrated, schema, smtConfig, table } from './migrate-schema-builder.ts';

function problemOf(text: string): string {
  try {
    parseSmtConfig(text);
  } catch (error) {
    return (error as SinkError).detail;
  }
  throw new Error('expected a refusal');
}

const rule = (lines: string) =>
  parseSmtConfig(smtConfig(`[table-rule.1]\ndatabase = d\ntable = t\n${lines}\n`)).rules[0]!;

describe("smt's config file", () => {
  it('divides at the first = or :, and keeps backslashes, colons and hashes of values', () => {
    const { sink, source } = rule(
      [
        'flink.starrocks.jdbc-url=jdbc:mysql://fe:9030',
        'flink.starrocks.sink.properties.row_delimiter: \\x02',
        'flink.starrocks.sink.label-prefix = a # b ; c',
        'flink.cdc.server-id = 5400',
      ].join('\n'),
    );
    expect(sink).toEqual({
      'jdbc-url': 'jdbc:mysql://fe:9030',
      'sink.properties.row_delimiter': '\\x02',
      'sink.label-prefix': 'a # b ; c',
    });
    expect(source).toEqual({ 'server-id': '5400' });
  });

  it('reads every key of a rule', () => {
    const read = rule(
      'partition_key = day\npartitions = START ("2024-01-01") END ("2025-01-01") EVERY (INTERVAL 1 DAY)\nduplicate_keys = `a`, b\n' +
        'distributed_by = a\nbucket_num = 7\nproperties.compression = "LZ4"\nexternal.properties.x = y',
    );
    expect(read).toMatchObject({
      name: '1',
      partitionKey: 'day',
      partitions: 'START ("2024-01-01") END ("2025-01-01") EVERY (INTERVAL 1 DAY)',
      duplicateKeys: '`a`, b',
      distributedBy: 'a',
      buckets: 7,
      properties: { compression: 'LZ4' },
    });
  });

  it('takes comments, a byte order mark, Windows line ends, an absent type, and an empty output_dir', () => {
    const text = `\uFEFF# comment\n; comment\n${smtConfig().replace('./result', '')}`.replaceAll('\n', '\r\n');
    expect(parseSmtConfig(text)).toMatchObject({
      outputDir: './result',
      backends: 3,
      useDecimalV3: true,
      mysql: { port: 3306 },
    });
  });

  it('puts other keys of the section for %(key)s', () => {
    expect(rule('properties.a = x\nproperties.b = %(properties.a)s-%(properties.a)s').properties['b']).toBe('x-x');
    const { problems } = readIni('[a]\nx = %(y)s\ny = %(x)s\nz = %(nothing)s');
    expect(problems).toHaveLength(3);
    expect(problems.at(-1)).toContain('line 4, z');
  });

  it('names line and key of everything that is wrong, at once', () => {
    const text = smtConfig('[table-rule.1]\ndatabase = d\nbucket_num = many\n', 'garbage')
      .replace('port = 3306', 'port = x3306')
      .replace('use_decimal_v3 = true', 'use_decimal_v3 = perhaps');
    const problem = problemOf(text);
    for (const expected of [
      'line 3, port: expected a whole number from 1 to 65535, found "x3306".',
      'line 8, use_decimal_v3: expected true or false, found "perhaps".',
      'line 10: expected key = value.',
      'line 11, table: is missing in [table-rule.1].',
      'line 13, bucket_num: expected a whole number',
    ]) {
      expect(problem).toContain(expected);
    }
  });

  it('refuses another source, a missing section, a rule begun twice, and a rule that names no file', () => {
    expect(problemOf(smtConfig().replace('[other]', 'type = pgsql\n[other]'))).toContain(
      'line 6, type: expected mysql, found pgsql',
    );
    expect(problemOf('[db]\nhost = h\n')).toContain('[other] is missing.');
    expect(problemOf('[db]\nhost = h\n')).toContain('there is no [table-rule.N]');
    expect(problemOf(`${smtConfig()}[table-rule.1]\ndatabase = d\ntable = t\n`)).toContain(
      '[table-rule.1] was begun in line 11',
    );
    expect(problemOf(smtConfig('[table-rule./../x]\ndatabase = d\ntable = t\n'))).toContain('names output files');
  });

  it('tells of keys that mean nothing', () => {
    const { notices } = parseSmtConfig(smtConfig('[table-rule.1]\ndatabase = d\ntable = t\nbuckets = 3\n'));
    expect(notices).toEqual(['line 14, buckets: means nothing in [table-rule.1], and is ignored.']);
  });
});

describe('patterns', () => {
  const matches = (pattern: string, names: string[]) => [
    ...matchingNames({ ...rule(''), table: pattern }, 'table', names),
  ];

  it('match unanchored, as Go writes them', () => {
    expect(matches('order', ['orders', 'my_order', 'item'])).toEqual(['orders', 'my_order']);
    expect(matches('^course_[0-9]*$', ['course_1', 'course_', 'course_x'])).toEqual(['course_1', 'course_']);
    expect(matches('(?i)^ORDER', ['orders', 'reorder'])).toEqual(['orders']);
    expect(matches('^[[:alpha:]_]+$', ['a_b', 'a1'])).toEqual(['a_b']);
    expect(matches('\\Aa\\z', ['a', 'aa'])).toEqual(['a']);
    expect(matches('^(?!tmp_)', ['tmp_a', 'a'])).toEqual(['a']);
    expect(matches('^\\pL+$', ['名前', '1'])).toEqual(['名前']);
    expect(matches('^a\\x{5f}[\\-b]$', ['a_-', 'a_b', 'a-b'])).toEqual(['a_-', 'a_b']);
    expect(matches('^\\\\A', ['\\A', 'A'])).toEqual(['\\A']);
    expect(matches('a\\-b\\_c', ['a-b_c'])).toEqual(['a-b_c']);
  });

  it('that do not compile are refused with their rule and line', () => {
    expect(() => matches('\\Qa\\E', ['a'])).toThrow(/MIGRATION_PATTERN_INVALID/);
    expect(() => matches('a(', ['a'])).toThrow(/MIGRATION_PATTERN_INVALID.*\[table-rule\.1\] \(line 11\), table = a\(/);
  });

  it('that backtrack for ever are stopped', () => {
    const endless = { ...rule(''), table: '^(a+)+$' };
    expect(() => matchingNames(endless, 'table', [`${'a'.repeat(50)}!`], 100)).toThrow(
      /\[table-rule\.1\].*took longer than 100 ms/,
    );
  });

  it('give a table to the last rule that matches it, and say which rule is left with nothing', () => {
    const config = smtConfig(
      '[table-rule.a]\ndatabase = .*\ntable = .*\n[table-rule.b]\ndatabase = ^d$\ntable = ^t$\n',
    );
    const migration = migrated(schema(table('d.t', ['id int NOT NULL'], ['id'])), {}, config);
    expect(migration.tables.map((one) => one.rule.name)).toEqual(['b']);
    expect(migration.unmatched.map((one) => one.name)).toEqual(['a']);
    expect([...migration.files.keys()].filter((name) => name.endsWith('.a.sql'))).toEqual([]);
    expect(findingsOf(migration)).toContainEqual(expect.stringMatching(/^unmatched \[table-rule\.a\]: .*\(line 11\)/));
  });

  it('never take the databases of MySQL itself', () => {
    const tables = ['mysql.user', 'sys.config', 'shop.user'].map((name) => table(name, ['id int NOT NULL'], ['id']));
    expect(migrated(schema(...tables)).tables.map((one) => one.database)).toEqual(['shop']);
  });
});
