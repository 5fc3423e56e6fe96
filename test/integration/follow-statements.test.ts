import { afterAll, describe, expect, it } from 'vitest';
import { startFollowable } from '../../local/mysql/followable.ts';
import { cellsOf, changesOf, t, world } from './follow-session.ts';

const flavours = ['mariadb', 'mysql'] as const;
const started = { mariadb: await startFollowable.mariadb(), mysql: await startFollowable.mysql() };

afterAll(async () => {
  for (const start of Object.values(started)) if ('server' in start) await start.server.stop();
});

describe.each(flavours)('a real %s', async (flavour) => {
  const start = started[flavour];
  if (!('server' in start)) return it.skip(start.missing);
  const { server } = start;

  it('tells what changes tables without row events, whatever comment stands in front', async () => {
    const parts =
      'CREATE TABLE p (id INT PRIMARY KEY) PARTITION BY RANGE (id) (PARTITION a VALUES LESS THAN (10), PARTITION b VALUES LESS THAN (20))';
    await using shop = await world(server, t, parts, 'CREATE TABLE other (id INT PRIMARY KEY)');
    await shop.run(
      '/* c */ TRUNCATE /* d */ TABLE t',
      'TRUNCATE shop.`t`',
      '-- x\nALTER TABLE t ADD COLUMN `TRUNCATE PARTITION` INT',
      "ALTER TABLE t COMMENT 'DROP PARTITION'",
      'ALTER TABLE p TRUNCATE PARTITION a',
      'ALTER TABLE p DROP PARTITION a',
      'RENAME TABLE t TO u, other TO t',
      'ALTER TABLE u RENAME TO v',
      'CREATE INDEX i ON v (v)',
      'CREATE VIEW w AS SELECT 1',
      'ANALYZE TABLE v',
      'DROP VIEW w',
      'DROP TABLE IF EXISTS v, t',
      'CREATE TEMPORARY TABLE temp (id INT)',
      'DROP TEMPORARY TABLE temp',
      'CREATE USER IF NOT EXISTS u1; GRANT SELECT ON shop.* TO u1; DROP USER u1',
      'CREATE TRIGGER tr BEFORE INSERT ON p FOR EACH ROW SET NEW.id = NEW.id',
    );
    const read = await shop.end();
    expect(read.stopped).toBeUndefined();
    expect(changesOf(read)).toEqual([
      ['truncate', 't'],
      ['truncate', 't'],
      ['alter', 't'],
      ['alter', 't'],
      ['partition', 'p'],
      ['partition', 'p'],
      ...['t', 'u', 'other', 't'].map((name) => ['rename', name]),
      ...['u', 'v'].map((name) => ['rename', name]),
      ['drop', 'v'],
      ['drop', 't'],
    ]);
  });

  it('gives the rows of CREATE TABLE … SELECT, LOAD DATA, REPLACE and savepoints as they became', async () => {
    await using shop = await world(server, t, "INSERT INTO t VALUES (1, 1, 'x')");
    await shop.run(
      'CREATE TABLE copy (PRIMARY KEY (id)) SELECT id, v FROM t',
      'REPLACE INTO t (id, v) VALUES (1, 2)',
      'INSERT INTO t (id, v) VALUES (1, 3) ON DUPLICATE KEY UPDATE v = 4',
      'BEGIN; INSERT INTO t (id) VALUES (6); SAVEPOINT s; INSERT INTO t (id) VALUES (7); ROLLBACK TO s; INSERT INTO t (id) VALUES (8); COMMIT',
      'BEGIN; INSERT INTO t (id) VALUES (9); ROLLBACK',
    );
    const read = await shop.end();
    expect(read.stopped).toBeUndefined();
    expect(changesOf(read)).toEqual([['create', 'copy']]);
    expect(cellsOf(read)).toEqual([
      ['insert', ['1', '1']],
      ['update', ['1', '2', 'null']],
      ['update', ['1', '4', 'null']],
      ['insert', ['6', 'null', 'null']],
      ['insert', ['8', 'null', 'null']],
    ]);
  });

  it('tells that a database is dropped, which of its tables went nobody knows any more', async () => {
    await using shop = await world(server, t);
    await shop.run('CREATE DATABASE other; CREATE TABLE other.o (id INT PRIMARY KEY); DROP DATABASE other');
    const read = await shop.end();
    expect(read.stopped).toBeUndefined();
    expect(changesOf(read)).toEqual([['drop', '']]);
  });

  it('tells both tables of a swap, as gh-ost and pt-online-schema-change make it', async () => {
    await using shop = await world(server, t, "INSERT INTO t VALUES (1, 1, 'x')");
    await shop.run(
      'CREATE TABLE _t_gho LIKE t; ALTER TABLE _t_gho ADD COLUMN w INT; INSERT INTO _t_gho SELECT *, NULL FROM t',
      'RENAME TABLE shop.t TO shop._t_del, shop._t_gho TO shop.t; DROP TABLE _t_del',
    );
    const read = await shop.end();
    expect(read.stopped).toBeUndefined();
    expect(changesOf(read).slice(2)).toEqual([
      ...['t', '_t_del', '_t_gho', 't'].map((name) => ['rename', name]),
      ['drop', '_t_del'],
    ]);
  });

  if (flavour === 'mysql') return;

  it('tells that CREATE OR REPLACE drops what was there', async () => {
    await using shop = await world(server, t, "INSERT INTO t VALUES (1, 1, 'x')");
    await shop.run('CREATE OR REPLACE TABLE t (id INT PRIMARY KEY)');
    expect(changesOf(await shop.end())).toEqual([
      ['drop', 't'],
      ['create', 't'],
    ]);
  });
});
