import { describe, expect, it } from 'vitest';
import { changedRows } from '../../src/messages/changed-rows.ts';
import { addsColumnsOnly } from '../../src/messages/changes/added-columns.ts';

describe('addsColumnsOnly', () => {
  it.each([
    'ALTER TABLE kv ADD COLUMN extra INT',
    'alter table `shop`.`kv` add extra varchar(10) NULL AFTER id;',
    "ALTER TABLE kv ADD a DECIMAL(10,2) COMMENT 'NOT NULL, once', ADD COLUMN IF NOT EXISTS b ENUM('x,y','DEFAULT') FIRST",
    'ALTER TABLE kv ADD (a INT, b INT DEFAULT NULL)',
    'ALTER ONLINE TABLE IF EXISTS kv ADD COLUMN a INT /* new */',
    'ALTER TABLE ONLY "public"."kv" ADD COLUMN "a" text',
    'ALTER TABLE [dbo].[kv] ADD a int',
  ])('is true of %s', (sql) => expect(addsColumnsOnly(sql)).toBe(true));

  it.each([
    // Rows that are there get a value of which no event tells.
    'ALTER TABLE kv ADD COLUMN extra INT NOT NULL DEFAULT 7 AFTER id',
    'ALTER TABLE kv ADD COLUMN extra INT DEFAULT 7',
    'ALTER TABLE kv ADD COLUMN total INT AS (a + b)',
    'ALTER TABLE kv ADD COLUMN id BIGINT AUTO_INCREMENT PRIMARY KEY',
    'ALTER TABLE kv ADD a INT, DROP COLUMN b',
    'ALTER TABLE kv ADD a INT, RENAME TO kw',
    'ALTER TABLE kv ADD INDEX (a)',
    'ALTER TABLE kv ADD (a INT, b INT NOT NULL)',
    'ALTER TABLE kv MODIFY a BIGINT',
    'ALTER TABLE kv',
    'DROP TABLE kv',
    '',
    undefined,
    7,
  ])('is false of %s', (sql) => expect(addsColumnsOnly(sql)).toBe(false));
});

describe('a change of a table that an event tells of', () => {
  const alter = (sql: string) =>
    JSON.stringify({ type: 'table-alter', database: 'shop', table: 'kv', old: {}, def: {}, ts: 1, sql });
  const row = JSON.stringify({ type: 'insert', database: 'shop', table: 'kv', ts: 1, data: { id: 1, extra: 2 } });
  const read = (text: string, schemaChange?: 'refuse' | 'add-columns' | 'ignore') => {
    const rules = { ignoresUpdateBefore: true, isAllowed: () => true, ...(schemaChange && { schemaChange }) };
    const changed = changedRows(text, { database: undefined, table: undefined }, rules);
    return changed?.ok
      ? changed.tables.map(({ rows, addsColumns }) => ({ rows, addsColumns }))
      : changed?.rejection.code;
  };
  const adding = alter('ALTER TABLE kv ADD COLUMN extra INT');
  const filling = alter('ALTER TABLE kv ADD COLUMN extra INT DEFAULT 7');

  it('is refused unless told', () => {
    expect([read(adding), read(adding, 'refuse')]).toEqual(['SOURCE_SCHEMA_CHANGED', 'SOURCE_SCHEMA_CHANGED']);
  });

  it('is taken when it adds columns that rows will fill, and refused when rows that are there got a value', () => {
    expect(read(adding, 'add-columns')).toEqual([{ rows: 0, addsColumns: true }]);
    expect(read(row, 'add-columns')).toEqual([{ rows: 1, addsColumns: true }]);
    expect(read(filling, 'add-columns')).toBe('SOURCE_SCHEMA_CHANGED');
  });

  it('is acked when it is to be ignored, and no column is added', () => {
    expect(read(filling, 'ignore')).toEqual([{ rows: 0, addsColumns: undefined }]);
    expect(read(row, 'ignore')).toEqual([{ rows: 1, addsColumns: undefined }]);
  });

  it('does not take away the rows that stand beside it', () => {
    expect(read(`${adding}\n${row}`, 'add-columns')).toEqual([{ rows: 1, addsColumns: true }]);
  });
});
