import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startMariaDb } from '../../local/mysql/mariadb.ts';
import type { MysqlTls } from '../../src/mysql/connection-options.ts';
import type { SourceSchema } from '../../src/mysql/information-schema.ts';
import { likeMysql, readSchema } from '../../src/mysql/read-schema.ts';
import { ddlOf, findingsOf, migrated } from '../unit/migrate-schema-builder.ts';

const tlsFile = (name: string) => join(import.meta.dirname, '../fixtures/tls', name);
const started = await startMariaDb([`--ssl-cert=${tlsFile('cert.pem')}`, `--ssl-key=${tlsFile('key.pem')}`]);
const mariadb = 'server' in started ? started.server : undefined;
const skipped = 'missing' in started ? ` (skipped: ${started.missing})` : '';
afterAll(() => mariadb?.stop());

const read = (tls: MysqlTls = { mode: 'disabled' }) => readSchema(mariadb!, tls);
const tableOf = (schema: SourceSchema, name: string) => schema.tables.find((table) => table.name === name)!;

describe.skipIf(!mariadb)(`readSchema on MariaDB${skipped}`, () => {
  it('reads tables, keys, defaults and comments as MySQL 8 reports them', async () => {
    await mariadb!.connection.query(`
      CREATE DATABASE shop;
      CREATE TABLE shop.parents (id INT PRIMARY KEY);
      CREATE TABLE shop.orders (
        note VARCHAR(20) DEFAULT 'it''s "x"' COMMENT 'says "hi"\nand more',
        b BIT(3) NOT NULL DEFAULT b'101',
        n INT DEFAULT -7,
        empty VARCHAR(3) NOT NULL DEFAULT '',
        gone INT DEFAULT NULL,
        at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
        id UUID NOT NULL DEFAULT uuid(),
        half INT AS (n / 2) VIRTUAL,
        latin VARCHAR(10) CHARACTER SET latin1,
        parent INT NOT NULL,
        z INT(8) ZEROFILL,
        region INT NOT NULL,
        UNIQUE KEY maybe (n),
        UNIQUE KEY sure (region, id),
        FOREIGN KEY (parent) REFERENCES shop.parents (id)
      ) COMMENT 'orders';
      CREATE VIEW shop.seen AS SELECT 1 AS one;
      CREATE TABLE shop.parted (id INT PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 3`);
    const schema = await read();
    expect(schema.skipped).toContainEqual({ database: 'shop', name: 'seen', type: 'VIEW' });
    const orders = tableOf(schema, 'orders');
    expect(Object.fromEntries(orders.columns.map((column) => [column.name, column.default]))).toEqual({
      note: 'it\'s "x"',
      b: "b'101'",
      n: '-7',
      empty: '',
      gone: null,
      at: 'current_timestamp()',
      id: 'uuid()',
      half: null,
      latin: null,
      parent: null,
      z: null,
      region: null,
    });
    expect(orders.keys.map((key) => [key.name, ...key.columns])).toEqual([
      ['sure', 'region', 'id'],
      ['maybe', 'n'],
    ]);
    expect(tableOf(schema, 'parted').isPartitioned).toBe(true);
    const ddl = ddlOf(migrated(schema));
    expect(ddl).toContain('PRIMARY KEY(`region`, `id`)');
    expect(ddl).toContain('`at` DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP');
    expect(ddl).toContain('`latin` VARCHAR(30) NULL');
    expect(ddl).toContain('`z` BIGINT NULL');
    expect(ddl).toContain('COMMENT "says \\"hi\\" and more"');
    expect(findingsOf(migrated(schema))).toContainEqual(expect.stringMatching(/^generated shop\.orders\.half/));
  });

  it('reads names that are reserved, long, or of another script', async () => {
    const long = 'l'.repeat(64);
    await mariadb!.connection.query(
      `CREATE DATABASE names; CREATE TABLE names.\`select\` (\`from\` INT PRIMARY KEY, \`${long}\` INT, \`名前\` INT);
       CREATE TABLE names.\`${long}\` (id INT PRIMARY KEY); CREATE TABLE names.\`注文\` (id INT PRIMARY KEY)`,
    );
    const ddl = ddlOf(migrated(await read()));
    for (const name of [
      '`names`.`select`',
      '`from` INT',
      `\`${long}\` INT`,
      '`名前` INT',
      `\`names\`.\`${long}\``,
      '`names`.`注文`',
    ]) {
      expect(ddl).toContain(name);
    }
  });

  it('knows its JSON, row versions, invisible columns, and defaults that are not exact', async () => {
    await mariadb!.connection.query(`
      CREATE DATABASE own;
      CREATE TABLE own.acc (
        id INT PRIMARY KEY, name VARCHAR(20) UNIQUE NOT NULL,
        s TIMESTAMP(6) GENERATED ALWAYS AS ROW START, e TIMESTAMP(6) GENERATED ALWAYS AS ROW END,
        PERIOD FOR SYSTEM_TIME (s, e)
      ) WITH SYSTEM VERSIONING;
      CREATE TABLE own.acc2 (id BIGINT UNSIGNED PRIMARY KEY) WITH SYSTEM VERSIONING;
      CREATE SEQUENCE own.seq1;
      CREATE TABLE own.goods (
        id INT PRIMARY KEY, price FLOAT NOT NULL DEFAULT 2.33, half FLOAT DEFAULT 0.5,
        \`j\`\`s\` JSON DEFAULT '{}', plain LONGTEXT, checked LONGTEXT CHECK (LENGTH(checked) > 2),
        hidden INT INVISIBLE DEFAULT 1, day DATE DEFAULT CURRENT_TIMESTAMP,
        later DATETIME DEFAULT (CURRENT_TIMESTAMP + INTERVAL 1 DAY)
      )`);
    const schema = await read();
    const own = migrated({ tables: schema.tables.filter((table) => table.database === 'own'), skipped: [] });
    expect(tableOf(schema, 'acc').keys.map((key) => key.columns)).toEqual([['id'], ['name']]);
    const ddl = ddlOf(own);
    expect(ddl.match(/PRIMARY KEY.*/g)).toEqual(Array(3).fill('PRIMARY KEY(`id`)'));
    expect(ddl).toContain('`price` FLOAT NOT NULL COMMENT ""');
    expect(ddl).toContain('`half` FLOAT NULL DEFAULT "0.5"');
    expect(ddl).toContain('`j_s` JSON NULL COMMENT ""');
    expect(ddl).toContain('`plain` VARCHAR(1048576) NULL');
    expect(ddl).toContain('`checked` VARCHAR(1048576) NULL');
    expect(ddl).toContain('`day` DATE NULL COMMENT');
    expect(ddl).toContain('`later` DATETIME NULL COMMENT');
    expect(findingsOf(own)).toContainEqual(expect.stringMatching(/^invisible own\.goods\.hidden/));
    expect(findingsOf(own)).toContainEqual(expect.stringMatching(/^default own\.goods\.price/));
    expect(findingsOf(own)).toContainEqual(expect.stringMatching(/^generated own\.acc\.e/));
  });

  it('reads a thousand tables', async () => {
    const create = Array.from(
      { length: 1000 },
      (_, n) => `CREATE TABLE many.t${n}x (id BIGINT PRIMARY KEY, a INT, b VARCHAR(20)) ENGINE=MyISAM`,
    );
    await mariadb!.connection.query(`CREATE DATABASE many; ${create.join(';')}`);
    const schema = await read();
    const many = migrated({ tables: schema.tables.filter((table) => table.database === 'many'), skipped: [] });
    expect(many.tables).toHaveLength(1000);
    expect(many.tables.every((table) => table.columns.length === 3 && table.key.model === 'primary')).toBe(true);
  }, 120_000);

  it('names the host that cannot be reached, and the reason', async () => {
    await expect(readSchema({ ...mariadb!, port: 1 }, { mode: 'disabled' })).rejects.toThrow(
      /MYSQL_UNREACHABLE.*tester@127\.0\.0\.1:1 answered ECONNREFUSED/,
    );
    const refused = readSchema({ ...mariadb!, password: 'guess-1' }, { mode: 'disabled' });
    await expect(refused).rejects.toThrow(/MYSQL_UNREACHABLE.*ER_ACCESS_DENIED_ERROR/);
    await expect(refused).rejects.not.toThrow(/guess-1/);
  });

  it('speaks TLS, and verifies the server when asked to', async () => {
    const ca = tlsFile('cert.pem');
    await mariadb!.connection.query(
      "CREATE USER 'tls'@'%' IDENTIFIED BY 'pw' REQUIRE SSL; GRANT SELECT ON *.* TO 'tls'@'%'",
    );
    const address = { host: '127.0.0.1', port: mariadb!.port, user: 'tls', password: 'pw' };
    await expect(readSchema(address, { mode: 'disabled' })).rejects.toThrow(/MYSQL_UNREACHABLE/);
    await expect(readSchema(address, { mode: 'verify-ca' })).rejects.toThrow(/MYSQL_UNREACHABLE/);
    for (const tls of [{ mode: 'required' }, { mode: 'verify-ca', ca }, { mode: 'verify-identity', ca }] as const) {
      expect(await readSchema(address, tls)).toHaveProperty('tables');
    }
  });
});

describe('a column row of MariaDB', () => {
  it.each([
    ['NULL', null, ''],
    ["'a''b\\\\c'", "a'b\\c", ''],
    ['-1.50', '-1.50', ''],
    ["b'01'", "b'01'", ''],
    ['current_timestamp(6)', 'current_timestamp(6)', ''],
    ['(uuid())', '(uuid())', 'DEFAULT_GENERATED'],
  ])('with the default %s becomes one of MySQL', (given, value, extra) => {
    expect(likeMysql({ COLUMN_DEFAULT: given, EXTRA: '' })).toEqual({ COLUMN_DEFAULT: value, EXTRA: extra });
  });
});
