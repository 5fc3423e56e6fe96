import type { SourceColumn, SourceSchema, SourceTable } from '../../src/mysql/information-schema.ts';
import { type MigrateChoices, type Migration, migrate } from '../../src/mysql/migrate.ts';
import { parseSmtConfig } from '../../src/mysql/smt-config.ts';

export const nowMs = Date.UTC(2026, 10, 23);

export const smtConfig = (rules = '[table-rule.1]\ndatabase = .*\ntable = .*\n', other = '') => `[db]
host = 127.0.0.1
port = 3306
user = root
password = mysql-pw
[other]
be_num = 3
use_decimal_v3 = true
output_dir = ./result
${other}
${rules}`;

/** A column as `name type…` of a CREATE TABLE: `id bigint unsigned NOT NULL`. */
export function column(definition: string, more: Partial<SourceColumn> = {}): SourceColumn {
  const [, name = '', columnType = ''] = /^(\S+)\s+(.*?)(?:\s+NOT NULL)?$/s.exec(definition) ?? [];
  return {
    name,
    dataType: /^\w+/.exec(columnType)?.[0] ?? '',
    columnType,
    nullable: !definition.endsWith('NOT NULL'),
    default: null,
    charset: null,
    collation: null,
    extra: '',
    comment: '',
    ...more,
  };
}

/** `db.name` with columns; key: the primary key. */
export function table(
  where: string,
  columns: readonly (string | SourceColumn)[],
  key: readonly string[] = [],
  more: Partial<SourceTable> = {},
): SourceTable {
  const [database = '', name = ''] = where.split('.');
  return {
    database,
    name,
    comment: '',
    bytes: 16_384,
    isPartitioned: false,
    columns: columns.map((one) => (typeof one === 'string' ? column(one) : one)),
    keys: key.length > 0 ? [{ name: 'PRIMARY', columns: key, isPrefix: false }] : [],
    ...more,
  };
}

export const schema = (...tables: SourceTable[]): SourceSchema => ({ tables, skipped: [] });

export function migrated(source: SourceSchema, choices: Partial<MigrateChoices> = {}, config = smtConfig()): Migration {
  return migrate(parseSmtConfig(config), source, {
    profile: 'native',
    tinyint1: 'tinyint',
    binary: 'varbinary',
    json: 'json',
    shardName: 'doc',
    shardColumns: false,
    flink: false,
    secretId: 'starrocks-sink',
    nowMs,
    ...choices,
  });
}

/** starrocks-create.all.sql of a migration. */
export const ddlOf = (migration: Migration) => migration.files.get('starrocks-create.all.sql') ?? '';

/** Findings as `kind where: text`. */
export const findingsOf = (migration: Migration) => migration.findings.map((f) => `${f.kind} ${f.where}: ${f.text}`);
