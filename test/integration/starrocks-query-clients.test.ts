import { once } from 'node:events';
import { createConnection } from 'node:net';
import type { RowDataPacket } from 'mysql2/promise';
import { describe, expect, it } from 'vitest';
import { catalog, connect, db, rows, server, useQueryPort } from './query-port-world.ts';

useQueryPort();

describe('logging in', () => {
  it('lets in who knows the password', async () => {
    const app = await connect({ user: 'app', password: 'secret', database: 'shop' });
    const [[row]] = await app.query<RowDataPacket[]>('SELECT DATABASE() AS d, current_user() AS u');
    expect(row).toEqual({ d: 'shop', u: "'app'@'127.0.0.1'" });
    await app.end();
  });

  it.each([
    ['a wrong password', { user: 'app', password: 'wrong' }],
    ['no password', { user: 'app' }],
    ['a password where there is none', { user: 'root', password: 'x' }],
    ['an unknown user', { user: 'nobody' }],
    ['the name of an object method', { user: 'constructor' }],
  ])('refuses %s', async (_, login) => {
    await expect(connect(login)).rejects.toMatchObject({
      errno: 1045,
      message: expect.stringMatching(/^Access denied for user '\w+' \(using password: (YES|NO)\)$/),
    });
  });

  it('refuses an unknown database', async () => {
    await expect(connect({ database: 'nowhere' })).rejects.toMatchObject({
      errno: 5501,
      message: "Unknown database 'nowhere'",
    });
  });

  it('outlives clients that speak no MySQL', async () => {
    const socket = createConnection({ host: '127.0.0.1', port: server.port });
    const closed = new Promise((resolve) => socket.on('close', resolve).on('error', resolve));
    socket.write('GET / HTTP/1.1\r\n\r\n'.repeat(1000));
    socket.end();
    socket.resume();
    await closed;
    expect(await rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('Java clients', () => {
  it('find columns under names between backticks, in a prepared statement that ends with a semicolon', async () => {
    await db.query('CREATE TABLE orders (id INT, v VARCHAR(9)) PRIMARY KEY(id)');
    const [found] = await db.execute<RowDataPacket[]>(
      'select `COLUMN_NAME`, `COLUMN_KEY` from `information_schema`.`COLUMNS` where `TABLE_SCHEMA`=? and `TABLE_NAME`=? order by `ORDINAL_POSITION`;',
      ['shop', 'orders'],
    );
    expect(found).toEqual([
      { COLUMN_NAME: 'id', COLUMN_KEY: 'PRI' },
      { COLUMN_NAME: 'v', COLUMN_KEY: '' },
    ]);
    const [versions] = await db.execute<RowDataPacket[]>('select current_version();');
    expect(Object.keys(versions[0] ?? {})).toEqual(['current_version()']);
  });

  it('select no database by an empty name', async () => {
    const socket = createConnection({ host: '127.0.0.1', port: server.port });
    await once(socket, 'data');
    const ask = async (sequence: number, payload: Buffer): Promise<Buffer> => {
      socket.write(Buffer.concat([Buffer.from([payload.length, 0, 0, sequence]), payload]));
      const [reply] = (await once(socket, 'data')) as [Buffer];
      return reply.subarray(4);
    };
    const protocol41 = Buffer.from([0, 0x82, 0, 0, 0, 0, 0, 1, 45]);
    const login = Buffer.concat([protocol41, Buffer.alloc(23), Buffer.from('root\0\0')]);
    expect((await ask(1, login))[0]).toBe(0);
    expect((await ask(0, Buffer.from('\u0002shop')))[0]).toBe(0);
    expect((await ask(0, Buffer.from('\u0002')))[0]).toBe(0);
    expect((await ask(0, Buffer.from('\u0003SHOW TABLES'))).toString()).toContain('No database selected');
    socket.destroy();
  });

  it('see no table of information_schema that StarRocks does not have', async () => {
    await expect(db.query('SELECT * FROM information_schema.schemata_of_duckdb')).rejects.toMatchObject({
      errno: 5502,
    });
    await expect(db.query('SELECT * FROM information_schema.innodb_tables')).rejects.toMatchObject({ errno: 5502 });
    expect(
      await rows("SELECT COLLATION AS ASC_OR_DESC FROM INFORMATION_SCHEMA.STATISTICS WHERE INDEX_NAME='PRIMARY'"),
    ).toEqual([]);
  });

  it('take types apart with LOCATE, and UPPER of numbers', async () => {
    expect(
      await rows("SELECT LOCATE('(', 'int(11)') AS at, LOCATE('x', 'int') AS nowhere, UPPER(7) AS number"),
    ).toEqual([{ at: 4, nowhere: 0, number: '7' }]);
  });

  it('are told VARCHAR from other texts', async () => {
    await db.query('CREATE TABLE texts (id LARGEINT, v VARCHAR(9), j JSON) DUPLICATE KEY(id)');
    const [, fields] = await db.query<RowDataPacket[]>('SELECT id, v, j FROM texts');
    expect(fields.map(({ columnType }) => columnType)).toEqual([254, 253, 254]);
  });
});

describe('SHOW and DESC', () => {
  it('list what there is', async () => {
    await db.query('CREATE TABLE orders (id INT, v BIGINT DEFAULT "1") PRIMARY KEY(id)');
    await db.query('CREATE TABLE other (id INT)');
    expect((await rows('SHOW DATABASES')).map((row) => row['Database'])).toEqual([
      '_statistics_',
      'information_schema',
      'shop',
      'sys',
    ]);
    expect(await rows("SHOW TABLES LIKE 'ord%'")).toEqual([{ Tables_in_shop: 'orders' }]);
    expect(await rows('DESC shop.orders')).toEqual([
      { Field: 'id', Type: 'int', Null: 'NO', Key: 'true', Default: null, Extra: '' },
      { Field: 'v', Type: 'bigint', Null: 'YES', Key: 'false', Default: '1', Extra: '' },
    ]);
    expect(await rows('SHOW COLUMNS FROM orders')).toMatchObject([{ Key: 'YES' }, { Key: 'NO' }]);
    const [full] = await rows('SHOW FULL COLUMNS FROM orders FROM shop');
    expect(Object.keys(full ?? {})).toEqual(
      'Field Type Collation Null Key Default Extra Privileges Comment'.split(' '),
    );
    expect(await rows("SHOW VARIABLES LIKE 'version_comment'")).toMatchObject([{ Variable_name: 'version_comment' }]);
  });

  it('give a CREATE TABLE that makes the same table', async () => {
    await db.query(`CREATE TABLE t (id INT, at DATETIME DEFAULT CURRENT_TIMESTAMP COMMENT "say \\"when\\"", a ARRAY<LARGEINT>,
      b BOOLEAN NOT NULL DEFAULT "1", g INT AS id + 1) PRIMARY KEY(id) COMMENT "c" DISTRIBUTED BY HASH(id) BUCKETS 2
      PROPERTIES ("replication_num" = "1")`);
    const before = catalog.table('shop', 't');
    const [row] = await rows('SHOW CREATE TABLE t');
    await db.query('DROP TABLE t');
    await db.query(String(row?.['Create Table']));
    const properties = {
      compression: 'LZ4',
      enable_persistent_index: 'true',
      fast_schema_evolution: 'true',
      replicated_storage: 'true',
      replication_num: '1',
    };
    expect(catalog.table('shop', 't')).toEqual({ ...before, properties });
  });
});

describe('sessions', () => {
  it('each have their own database', async () => {
    await db.query('CREATE DATABASE other');
    await db.query('CREATE TABLE t (a INT)');
    const second = await connect({ database: 'other' });
    await expect(second.query('SELECT * FROM t')).rejects.toThrow('Unknown table');
    expect(await rows('SELECT * FROM t')).toEqual([]);
    await second.end();
  });

  it('say that no database is selected', async () => {
    const second = await connect();
    await expect(second.query('CREATE TABLE t (a INT)')).rejects.toMatchObject({ errno: 1046 });
    await second.end();
  });

  it('may be many, and write at the same time', async () => {
    await db.query('CREATE TABLE t (a INT)');
    const connections = await Promise.all(Array.from({ length: 20 }, () => connect({ database: 'shop' })));
    await Promise.all(connections.map((each, index) => each.query('INSERT INTO t VALUES (?)', [index])));
    expect(await rows('SELECT count(DISTINCT a) AS n FROM t')).toEqual([{ n: 20 }]);
    await Promise.all(connections.map((each) => each.end()));
  });
});
