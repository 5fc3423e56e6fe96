import { type Connection, createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StarRocksServer, startStarRocks } from '../../local/starrocks/server.ts';

let server: StarRocksServer;
let root: Connection;
const open: Connection[] = [];

beforeAll(async () => {
  server = await startStarRocks();
  root = await connect('root', '');
  for (const sql of [
    'CREATE DATABASE shop',
    'CREATE TABLE shop.items (id INT, name VARCHAR(9)) PRIMARY KEY (id) DISTRIBUTED BY HASH (id)',
    'CREATE TABLE shop.orders (id INT) DUPLICATE KEY (id)',
    'CREATE VIEW shop.names AS SELECT name FROM shop.items',
    "INSERT INTO shop.items VALUES (1, 'a')",
  ])
    await root.query(sql);
});
afterAll(async () => {
  for (const connection of open) connection.destroy();
  await server.close();
});

async function connect(user: string, password: string, database?: string): Promise<Connection> {
  const named = database === undefined ? {} : { database };
  const connection = await createConnection({ host: '127.0.0.1', port: server.queryPort, user, password, ...named });
  open.push(connection);
  return connection;
}

async function rows(connection: Connection, sql: string): Promise<unknown[]> {
  const [found] = await connection.query({ sql, rowsAsArray: true });
  return found as unknown[];
}

const denied = (privilege: string, object: string) => ({
  errno: 5203,
  sqlState: '42000',
  message: expect.stringContaining(`the ${privilege} privilege(s) on ${object} for this operation`),
});

describe('users', () => {
  it('log in with a new password after ALTER USER and SET PASSWORD, and not with the old one', async () => {
    await root.query("CREATE USER 'turn' IDENTIFIED BY 'one'");
    const turn = await connect('turn', 'one');
    await root.query("ALTER USER 'turn'@'%' IDENTIFIED WITH mysql_native_password BY 'two'");
    await expect(connect('turn', 'one')).rejects.toMatchObject({ errno: 1045 });
    await turn.query("SET PASSWORD = PASSWORD('three')");
    await expect(connect('turn', 'two')).rejects.toMatchObject({ errno: 1045 });
    await connect('turn', 'three');
    await root.query("DROP USER 'turn'@'%'");
    await expect(connect('turn', 'three')).rejects.toMatchObject({ errno: 1045 });
  });

  it('are made, changed and dropped by who may grant only', async () => {
    await root.query("CREATE USER plain IDENTIFIED BY 'p'");
    const plain = await connect('plain', 'p');
    for (const sql of ["CREATE USER x IDENTIFIED BY 'x'", 'DROP USER plain', 'CREATE ROLE r', 'SHOW GRANTS FOR root']) {
      await expect(plain.query(sql)).rejects.toMatchObject(denied('GRANT', 'SYSTEM'));
    }
    await root.query("GRANT 'user_admin' TO plain");
    await plain.query('SET ROLE user_admin');
    await plain.query("CREATE USER x IDENTIFIED BY 'x'");
  });
});

describe('roles', () => {
  it('give what they have once they are active, and are named in the refusal before', async () => {
    await root.query("CREATE USER clerk IDENTIFIED BY 'c'");
    await root.query('CREATE ROLE reader');
    await root.query('GRANT SELECT ON TABLE shop.items TO ROLE reader');
    await root.query("GRANT 'reader' TO USER clerk");
    const clerk = await connect('clerk', 'c');
    await expect(clerk.query('SELECT * FROM shop.items')).rejects.toMatchObject({
      message: expect.stringContaining('Current role(s): NONE. Inactivated role(s): [reader].'),
    });
    await root.query('SET DEFAULT ROLE ALL TO clerk');
    expect(await rows(await connect('clerk', 'c'), 'SELECT id FROM shop.items')).toEqual([[1]]);
    await root.query("REVOKE 'reader' FROM clerk");
    await expect((await connect('clerk', 'c')).query('SELECT * FROM shop.items')).rejects.toMatchObject({
      errno: 5203,
    });
  });
});

describe('grants', () => {
  it('are shown as they are granted, and no more after REVOKE', async () => {
    await root.query("CREATE USER given IDENTIFIED BY 'g'");
    for (const sql of [
      'GRANT INSERT, SELECT ON shop.items TO given',
      'GRANT CREATE TABLE ON DATABASE shop TO given',
      'GRANT OPERATE ON SYSTEM TO given',
      'GRANT SELECT ON ALL VIEWS IN ALL DATABASES TO given',
    ])
      await root.query(sql);
    const given = await connect('given', 'g');
    const grants = async () => (await rows(given, 'SHOW GRANTS')).map((row) => (row as string[])[2]);
    expect(await grants()).toEqual([
      "GRANT INSERT, SELECT ON TABLE shop.items TO USER 'given'@'%'",
      "GRANT CREATE TABLE ON DATABASE shop TO USER 'given'@'%'",
      "GRANT OPERATE ON SYSTEM TO USER 'given'@'%'",
      "GRANT SELECT ON ALL VIEWS IN ALL DATABASES TO USER 'given'@'%'",
    ]);
    await root.query("REVOKE SELECT ON TABLE shop.items FROM USER 'given'@'%'");
    await root.query('REVOKE OPERATE ON SYSTEM FROM given');
    expect((await grants()).toSorted()).toEqual([
      "GRANT CREATE TABLE ON DATABASE shop TO USER 'given'@'%'",
      "GRANT INSERT ON TABLE shop.items TO USER 'given'@'%'",
      "GRANT SELECT ON ALL VIEWS IN ALL DATABASES TO USER 'given'@'%'",
    ]);
    await expect(given.query('SELECT * FROM shop.items')).rejects.toMatchObject(denied('SELECT', 'TABLE items'));
  });

  it('refuse privileges that an object of that kind does not have, and objects that are not there', async () => {
    const said = async (sql: string) => root.query(sql).then(String, (error: Error) => error.message);
    expect(await said('GRANT CREATE TABLE ON TABLE shop.items TO root')).toContain(
      'Cannot grant or revoke CREATE TABLE',
    );
    expect(await said('GRANT SELECT ON TABLE nope.items TO root')).toContain('cannot find db: nope');
    expect(await said('GRANT SELECT ON TABLE shop.items TO nobody')).toContain("cannot find user 'nobody'@'%'!");
  });

  it('may be passed on by who got them so', async () => {
    await root.query("CREATE USER chief IDENTIFIED BY 'c'");
    await root.query("CREATE USER staff IDENTIFIED BY 's'");
    await root.query('GRANT SELECT ON TABLE shop.orders TO chief WITH GRANT OPTION');
    const chief = await connect('chief', 'c');
    await chief.query('GRANT SELECT ON TABLE shop.orders TO staff');
    await expect(chief.query('GRANT INSERT ON TABLE shop.orders TO staff')).rejects.toMatchObject({ errno: 5203 });
    expect(await rows(await connect('staff', 's'), 'SHOW TABLES FROM shop')).toEqual([['orders']]);
  });
});

describe('statements', () => {
  it('read a view by the right to the view, and write without the right to read', async () => {
    await root.query("CREATE USER viewer IDENTIFIED BY 'v'");
    await root.query('GRANT SELECT ON VIEW shop.names TO viewer');
    await root.query('GRANT UPDATE, DELETE, INSERT ON TABLE shop.items TO viewer');
    const viewer = await connect('viewer', 'v', 'shop');
    expect(await rows(viewer, "SELECT * FROM names WHERE name = 'a'")).toEqual([['a']]);
    await expect(viewer.query('SELECT * FROM items')).rejects.toMatchObject(denied('SELECT', 'TABLE items'));
    await viewer.query("INSERT INTO items VALUES (2, 'b')");
    await viewer.query("UPDATE items SET name = 'c' WHERE id = 2");
    await viewer.query('DELETE FROM items WHERE id = 2');
    await expect(viewer.query("INSERT INTO items SELECT id, 'x' FROM orders")).rejects.toMatchObject(
      denied('SELECT', 'TABLE orders'),
    );
    await expect(viewer.query('CREATE TABLE mine AS SELECT name FROM names')).rejects.toMatchObject(
      denied('CREATE TABLE', 'DATABASE shop'),
    );
    await root.query('GRANT CREATE TABLE ON DATABASE shop TO viewer');
    await viewer.query('CREATE TABLE mine AS SELECT name FROM names');
  });
});

describe('over HTTP', () => {
  const get = (path: string, user?: string) =>
    fetch(`${server.feUrl}${path}`, {
      headers: user === undefined ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` },
    });

  it('counts the backends that are believed alive', async () => {
    await server.faults.killBackend(0);
    expect(await (await get('/api/health')).json()).toMatchObject({ online_backend_num: 0, total_backend_num: 1 });
    await server.faults.reviveBackend(0);
    expect(await (await get('/api/health')).json()).toMatchObject({ online_backend_num: 1, status: 'OK' });
  });

  it('counts and describes tables to who may read them', async () => {
    await root.query("CREATE USER http_reader IDENTIFIED BY 'h'");
    expect((await get('/api/shop/items/_count', 'http_reader:h')).status).toBe(401);
    await root.query('GRANT SELECT ON TABLE shop.items TO http_reader');
    expect(await (await get('/api/shop/items/_count', 'http_reader:h')).json()).toEqual({ size: 1, status: 200 });
    expect((await get('/api/show_proc?path=/backends', 'http_reader:h')).status).toBe(401);
    expect(await (await get("/api/show_proc?path=/it's", 'root:')).text()).toBe('[]');
  });

  it('changes a setting that can be changed', async () => {
    const answer = await get('/api/_set_config?label_keep_max_num=7&no_such=1', 'root:');
    expect(await answer.json()).toEqual({ set: { label_keep_max_num: '7' }, err: { no_such: '[1]' } });
    expect(server.config.number('label_keep_max_num')).toBe(7);
  });
});
