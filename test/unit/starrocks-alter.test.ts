import { describe, expect, it } from 'vitest';
import type { TableDefinition } from '../../local/starrocks/model.ts';
import { parseDdl } from '../../local/starrocks/sql/ddl.ts';
import { checkChange, planAlteration } from '../../local/starrocks/sql/ddl-alter.ts';
import type { Alteration } from '../../local/starrocks/storage/alteration.ts';

const nowSql = '2026-01-02 03:04:05';
const tables = {
  duplicate: '(a INT NOT NULL, b VARCHAR(10), g BIGINT AS (a + 1)) DUPLICATE KEY(a) DISTRIBUTED BY HASH(a)',
  primary: '(a VARCHAR(5) NOT NULL, d INT, b INT, s INT) PRIMARY KEY(a, d) DISTRIBUTED BY HASH(d) ORDER BY (s)',
  unique: '(a INT, b INT) UNIQUE KEY(a) DISTRIBUTED BY HASH(a)',
  aggregate: '(a INT, k INT, b BIGINT SUM, r INT REPLACE) AGGREGATE KEY(a, k) DISTRIBUTED BY HASH(a)',
  parted: '(a INT, dt DATE, b INT) DUPLICATE KEY(a) PARTITION BY (dt) DISTRIBUTED BY HASH(b)',
  slow: '(a INT) DUPLICATE KEY(a) DISTRIBUTED BY HASH(a) PROPERTIES ("fast_schema_evolution" = "false")',
} as const;

function tableOf(name: keyof typeof tables): TableDefinition {
  const statement = parseDdl(`CREATE TABLE t ${tables[name]}`, 'd');
  if (statement?.kind !== 'create-table') throw new Error('no CREATE TABLE');
  return statement.definition;
}

function alter(name: keyof typeof tables, clauses: string): Alteration {
  const table = tableOf(name);
  const statement = parseDdl(`ALTER TABLE t ${clauses}`, 'd');
  if (statement?.kind !== 'alter-table') throw new Error('no ALTER TABLE');
  for (const change of statement.changes) checkChange(table, change, { now: nowSql });
  return planAlteration(table, statement.changes, { now: nowSql });
}

describe('ALTER TABLE', () => {
  it.each<[keyof typeof tables, clauses: string, work: Alteration['work'], columns: string]>([
    ['duplicate', 'ADD COLUMN c INT', 'schema', 'a b c g'],
    ['duplicate', 'ADD COLUMN c INT AFTER a, ADD COLUMN d INT AFTER c', 'schema', 'a c d b g'],
    ['duplicate', 'ADD COLUMN c INT KEY', 'job', 'a c b g'],
    ['duplicate', 'ADD COLUMN h BIGINT AS (a + 2)', 'job', 'a b g h'],
    ['duplicate', 'MODIFY COLUMN b VARCHAR(20)', 'job', 'a b g'],
    ['duplicate', 'RENAME COLUMN b TO bb', 'words', 'a bb g'],
    ['duplicate', 'COMMENT = "new"', 'words', 'a b g'],
    ['primary', 'MODIFY COLUMN a VARCHAR(9)', 'job', 'a d b s'],
    ['unique', 'ADD COLUMN k INT KEY', 'job', 'a k b'],
    ['aggregate', 'ADD COLUMN c INT', 'job', 'a k c b r'],
    ['aggregate', 'ADD COLUMN c BIGINT SUM DEFAULT "0"', 'schema', 'a k b r c'],
    ['slow', 'ADD COLUMN c INT', 'job', 'a c'],
  ])('%s: %s is %s', (name, clauses, work, columns) => {
    const { changed, sources, ...rest } = alter(name, clauses);
    expect({ work: rest.work, columns: changed.columns.map((column) => column.name).join(' ') }).toEqual({
      work,
      columns,
    });
    expect(sources.map(({ column }) => column)).toEqual(changed.columns);
    expect(changed.keys).toEqual(changed.columns.filter(({ key }) => key).map((column) => column.name));
  });

  it('gives old rows of a new column the time of the statement', () => {
    const { changed } = alter('unique', 'ADD COLUMN t DATETIME DEFAULT CURRENT_TIMESTAMP');
    expect(changed.columns.at(-1)?.default).toBe(nowSql);
  });

  it.each<[keyof typeof tables, clauses: string, message: string]>([
    ['duplicate', 'ADD COLUMN B INT', 'Can not add column which already exists in base table: B'],
    ['duplicate', 'ADD COLUMN c INT, ADD COLUMN c INT', 'Repeatedly add column: c'],
    ['duplicate', 'ADD COLUMN c INT FIRST', 'Invalid column order. value should be after key. index[t]'],
    ['duplicate', 'ADD COLUMN c INT AFTER z', 'Column[z] does not found'],
    ['duplicate', 'ADD COLUMN c INT AFTER g', 'Can not add column after Generated Column'],
    [
      'duplicate',
      'ADD COLUMN c INT SUM',
      'Can not assign aggregation method on column in Duplicate data model table: c',
    ],
    ['duplicate', 'ADD COLUMN c INT NOT NULL', "Field 'c' is not null but doesnt have a default value"],
    [
      'duplicate',
      'ADD COLUMN c INT DEFAULT "x"',
      "Column definition is wrong. Invalid default value for 'c': Invalid number",
    ],
    ['duplicate', 'ADD COLUMN __op INT', 'Column name [__op] is a system reserved name'],
    ['duplicate', 'DROP COLUMN z', 'Column does not exists: z'],
    ['unique', 'DROP COLUMN a', 'Can not drop key column in Unique data model table'],
    ['primary', 'DROP COLUMN a', 'Can not drop key column in primary data model table'],
    ['primary', 'DROP COLUMN s', 'Can not drop sort column in primary data model table'],
    [
      'aggregate',
      'DROP COLUMN k',
      'Can not drop key column when table has value column with REPLACE aggregation method',
    ],
    ['primary', 'MODIFY COLUMN d BIGINT', 'Can not modify key column: d for primary key table'],
    ['unique', 'MODIFY COLUMN a BIGINT KEY', 'Can not modify distribution column[a]. index[t]'],
    ['parted', 'DROP COLUMN dt', 'Partition column[dt] cannot be dropped. index[t]'],
    ['parted', 'DROP COLUMN b', 'Distribution column[b] cannot be dropped. index[t]'],
    ['slow', 'DROP COLUMN a', 'No key column left. index[t]'],
    ['primary', 'ADD COLUMN k INT KEY', 'Can not add key column: k for primary key table'],
    [
      'primary',
      'MODIFY COLUMN a INT',
      'Can not modify key column: a for primary key table except for increasing varchar length',
    ],
    [
      'aggregate',
      'ADD COLUMN c JSON',
      'column without agg function would be treated as key column for aggregate table',
    ],
    [
      'aggregate',
      'ADD COLUMN c INT SUM DEFAULT "1"',
      "The default value of 'c' with SUM aggregation function must be zero",
    ],
    ['aggregate', 'MODIFY COLUMN b BIGINT MAX', 'Can not change aggregation type'],
    ['duplicate', 'MODIFY COLUMN b VARCHAR(5)', 'Cannot shorten string length'],
    ['duplicate', 'MODIFY COLUMN b DATETIME', 'Can not change VARCHAR to DATETIME'],
    ['duplicate', 'MODIFY COLUMN b VARCHAR(20) NOT NULL', 'Can not change from nullable to non-nullable'],
    ['duplicate', 'MODIFY COLUMN b VARCHAR(20) DEFAULT "x"', 'Can not change default value'],
    ['duplicate', 'MODIFY COLUMN z INT', 'Column[z] does not exists'],
    ['duplicate', 'RENAME COLUMN b TO A', 'Column name[A] is already used'],
    ['duplicate', 'SET ("no_such" = "1")', 'Unknown properties: {no_such=1}'],
  ])('%s: refuses %s', (name, clauses, message) => {
    expect(() => alter(name, clauses)).toThrow(message);
  });

  it.each([
    ['ADD COLUMN IF NOT EXISTS c INT', "No viable statement for input 'ADD COLUMN IF'"],
    ['ADD COLUMN c BIGINT AUTO_INCREMENT', "Column 'c' can not be AUTO_INCREMENT when ADD COLUMN"],
  ])('refuses %s as bad syntax', (clauses, message) => {
    expect(() => alter('unique', clauses)).toThrow(message);
  });
});
