import { afterAll, describe, expect, it } from 'vitest';
import { startMySql } from '../../local/mysql/mysql.ts';
import { readSchema } from '../../src/mysql/read-schema.ts';
import { ddlOf, findingsOf, migrated } from '../unit/migrate-schema-builder.ts';

const started = await startMySql();
const mysql = 'server' in started ? started.server : undefined;
const skipped = 'missing' in started ? ` (skipped: ${started.missing})` : '';
afterAll(() => mysql?.stop());

describe.skipIf(!mysql)(`readSchema on MySQL${skipped}`, () => {
  it('reads defaults, and tells literals from expressions', async () => {
    await mysql!.connection.query(`
      CREATE DATABASE d1;
      CREATE TABLE d1.t (
        id INT PRIMARY KEY,
        note VARCHAR(20) DEFAULT 'it''s "x"', vacant VARCHAR(3) NOT NULL DEFAULT '', gone INT DEFAULT NULL, b BIT(3) DEFAULT b'101',
        price FLOAT NOT NULL DEFAULT 2.33, half FLOAT DEFAULT 0.5, weight DOUBLE DEFAULT 0.1, amount DECIMAL(65,2) DEFAULT 1.5,
        bytes BINARY(4) DEFAULT 'ab', made VARCHAR(36) DEFAULT (UUID()), words TEXT DEFAULT ('abc'), j JSON DEFAULT (JSON_OBJECT()),
        at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6), day DATE DEFAULT (CURRENT_DATE),
        later DATETIME DEFAULT (NOW() + INTERVAL 1 DAY), flag BOOLEAN DEFAULT TRUE
      )`);
    const ddl = ddlOf(migrated(await readSchema(mysql!, { mode: 'disabled' })));
    for (const line of [
      '`note` VARCHAR(80) NULL DEFAULT "it\'s \\"x\\""',
      '`vacant` VARCHAR(12) NOT NULL DEFAULT ""',
      '`gone` INT NULL COMMENT',
      '`b` TINYINT NULL DEFAULT "5"',
      '`price` FLOAT NOT NULL COMMENT',
      '`half` FLOAT NULL DEFAULT "0.5"',
      '`weight` DOUBLE NULL DEFAULT "0.1"',
      '`amount` STRING NULL DEFAULT "1.50"',
      '`bytes` VARBINARY(4) NULL COMMENT',
      '`made` VARCHAR(144) NULL COMMENT',
      '`words` VARCHAR(1048576) NULL COMMENT',
      '`j` JSON NULL COMMENT',
      '`at` DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT',
      '`day` DATE NULL COMMENT',
      '`later` DATETIME NULL COMMENT',
      '`flag` TINYINT NULL DEFAULT "1"',
    ]) {
      expect(ddl).toContain(line);
    }
  });

  it('reads generated, invisible and checked columns, vectors, and indexes of expressions', async () => {
    await mysql!.connection.query(`
      CREATE DATABASE d2;
      CREATE TABLE d2.t (
        id BIGINT UNSIGNED PRIMARY KEY, n INT CHECK (n > 0), twice INT AS (n * 2) STORED, half INT AS (n / 2) VIRTUAL INVISIBLE,
        hidden INT INVISIBLE, v VECTOR(3), doc LONGTEXT CHECK (JSON_VALID(doc)), __op INT, __row INT
      );
      CREATE TABLE d2.lower (name VARCHAR(9) NOT NULL, code INT NOT NULL, UNIQUE ((LOWER(name))), UNIQUE (code));
      CREATE VIEW d2.seen AS SELECT 1 AS one;
      SET sql_generate_invisible_primary_key = ON;
      CREATE TABLE d2.keyless (a INT)`);
    const schema = await readSchema(mysql!, { mode: 'disabled' });
    expect(schema.skipped).toContainEqual({ database: 'd2', name: 'seen', type: 'VIEW' });
    const migration = migrated({ tables: schema.tables.filter((table) => table.database === 'd2'), skipped: [] });
    const ddl = ddlOf(migration);
    expect(ddl.match(/^(PRIMARY|DUPLICATE) KEY.*/gm)).toEqual([
      'PRIMARY KEY(`my_row_id`)',
      'PRIMARY KEY(`code`)',
      'PRIMARY KEY(`id`)',
    ]);
    for (const line of ['`id` LARGEINT NOT NULL', '`v` ARRAY<FLOAT> NULL', '`_op` INT NULL', '`_row` INT NULL']) {
      expect(ddl).toContain(line);
    }
    const found = findingsOf(migration).map((text) => /^\S+ [^\s:]+/.exec(text)?.[0]);
    expect(found).toEqual(
      expect.arrayContaining([
        'generated d2.t.twice',
        'generated d2.t.half',
        'invisible d2.t.half',
        'invisible d2.t.hidden',
        'invisible d2.keyless.my_row_id',
      ]),
    );
  });
});
