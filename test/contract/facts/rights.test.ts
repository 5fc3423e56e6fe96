/** Facts of a real frontend, by number: who may do what. */
import { createConnection } from 'mysql2/promise';
import { expect, it } from 'vitest';
import { follow, labelState, newLabel, put, transact } from '../calls.ts';
import { basic, send } from '../http-client.ts';
import { csv, openWorld, verdictOf, type World } from './world.ts';

/** The world as a user without rights sees it. */
async function asStranger(world: World) {
  await world.sql("CREATE USER 'stranger'@'%' IDENTIFIED BY 'secret'");
  return { ...world.target, authorization: basic('stranger', 'secret') };
}

it('fact 21: loads and begin ask for INSERT; commit and rollback of what is prepared, and the state of a label, for nothing', async () => {
  const world = await openWorld();
  const { call, target, standIn } = world;
  const stranger = await asStranger(world);
  const plain = await put(stranger, 'items', csv, '1,a\n');
  expect([plain.status, plain.location]).toEqual([401, undefined]);
  expect(plain.json['message']).toMatch(
    /^Access denied for user 'stranger'@'%'\. Please ask the admin to grant permission/,
  );
  const begun = await transact(stranger, 'begin', newLabel());
  expect(begun.json).toEqual({
    Status: 'ANALYSIS_ERROR',
    Message: 'Access denied; you need (at least one of) the INSERT privilege(s) for this operation',
  });
  expect([verdictOf('stream_load', plain), verdictOf('begin', begun)]).toEqual(['privilege', 'privilege']);
  for (const ending of ['commit', 'rollback']) {
    const label = newLabel();
    await call('begin', label);
    await call('load', label, {}, '1,a\n');
    await call('prepare', label);
    expect(await labelState(stranger, label)).toBe('PREPARED');
    expect((await transact(stranger, ending, label)).json['Status']).toBe('OK');
  }
  const meta = (who: typeof target) => follow(who, '/api/shop/items/_stream_load_meta', { method: 'GET' });
  expect([(await meta(target)).status, (await meta(stranger)).status]).toEqual([200, 401]);
  await standIn.faults.killBackend(0);
  const health = await send(`${standIn.feUrl}/api/health`, {});
  expect(JSON.parse(health.text)).toMatchObject({ status: 'OK', online_backend_num: 0 });
});

it('fact 22: the query port has numbers of its own', async () => {
  const world = await openWorld();
  const { sql, standIn } = world;
  await asStranger(world);
  expect(await sql('USE nope')).toBe("5501/3F000 Unknown database 'nope'");
  expect(await sql('SELECT * FROM shop.nope')).toMatch(/^5502\/42602 .*Unknown table 'shop\.nope'/);
  expect(await sql('ALTER TABLE items ADD COLUMN name INT')).toMatch(
    /^1064\/HY000 .*Can not add column which already exists in base table: name/,
  );
  const connect = (user: string, password: string, database?: string) =>
    createConnection({ host: '127.0.0.1', port: standIn.queryPort, user, password, ...(database && { database }) });
  await expect(connect('root', 'wrong')).rejects.toMatchObject({
    errno: 1045,
    sqlState: '28000',
    message: "Access denied for user 'root' (using password: YES)",
  });
  await expect(connect('stranger', 'secret', 'shop')).rejects.toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST' });
  const stranger = await connect('stranger', 'secret');
  await expect(stranger.query("INSERT INTO shop.items VALUES (1, 'a')")).rejects.toMatchObject({
    errno: 5203,
    sqlState: '42000',
    message: expect.stringMatching(
      /^Access denied; you need \(at least one of\) the INSERT privilege\(s\) on TABLE items /,
    ),
  });
  const seen = async () => {
    const [rows] = await stranger.query(
      "SELECT TABLE_MODEL FROM information_schema.tables_config WHERE TABLE_SCHEMA = 'shop'",
    );
    return rows;
  };
  expect(await seen()).toEqual([]);
  await sql("GRANT INSERT ON shop.items TO 'stranger'@'%'");
  expect(await seen()).toEqual([{ TABLE_MODEL: 'PRIMARY_KEYS' }]);
  await stranger.end();
});

it('fact 26: _cancel reads the label of the query only', async () => {
  const { call, ask, target } = await openWorld();
  const label = newLabel();
  await call('begin', label);
  expect((await ask('POST', `/api/shop/${label}/_cancel`)).text).toContain('No label selected.');
  expect(await labelState(target, label)).toBe('PREPARE');
  expect(JSON.parse((await ask('POST', `/api/shop/items/_cancel?label=${label}`)).text)).toMatchObject({
    status: 'OK',
  });
  expect(await labelState(target, label)).toBe('ABORTED');
});
