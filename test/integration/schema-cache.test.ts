import mysql, { type Connection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StarRocksServer, startStarRocks } from '../../local/starrocks/server.ts';
import { createSchemaCache, type SchemaOf } from '../../src/starrocks/schema-cache.ts';

const minute = 60_000;

let starrocks: StarRocksServer;
let sql: Connection;
beforeAll(async () => {
  starrocks = await startStarRocks();
  sql = await mysql.createConnection({ host: '127.0.0.1', port: starrocks.queryPort, user: 'root' });
  await sql.query('CREATE DATABASE d');
});
afterAll(async () => {
  await sql.end();
  await starrocks.close();
});

/** A cache that counts how often it asks for credentials, which it does once for each time it asks StarRocks. */
function openCache(jdbcUrl: string | undefined = starrocks.jdbcUrl) {
  const state = { nowMs: 0, reads: 0, waits: 0 };
  const read = async () => {
    state.reads += 1;
    return { username: 'root', password: '' };
  };
  const clock = { now: () => state.nowMs, random: () => 0 };
  const schemaOf = createSchemaCache(jdbcUrl, { read }, 5000, clock, () => {
    state.waits += 1;
  });
  return { schemaOf, state };
}

const create = (table: string, column: string) =>
  sql.query(`CREATE TABLE d.${table} (id BIGINT NOT NULL, ${column} INT) DUPLICATE KEY(id)`);

async function columnsOf(schemaOf: SchemaOf, table: string) {
  const schema = await schemaOf({ database: 'd', table });
  return schema?.columns.map(({ name }) => name);
}

describe('the schemas of tables', () => {
  it('are read once in five minutes, and then anew', async () => {
    await create('aging', 'old');
    const { schemaOf, state } = openCache();
    expect(await columnsOf(schemaOf, 'aging')).toEqual(['id', 'old']);
    await sql.query('DROP TABLE d.aging');
    await create('aging', 'young');
    state.nowMs = 5 * minute;
    expect(await columnsOf(schemaOf, 'aging')).toEqual(['id', 'old']);
    expect(state.reads).toBe(1);
    state.nowMs = 5 * minute + 1;
    expect(await columnsOf(schemaOf, 'aging')).toEqual(['id', 'young']);
    expect(state.reads).toBe(2);
  });

  it('are waited for by a caller who may do something else meanwhile, and who is told when', async () => {
    await create('slow', 'v');
    const { schemaOf, state } = openCache();
    await columnsOf(schemaOf, 'slow');
    expect(state.waits).toBe(1);
    await columnsOf(schemaOf, 'slow');
    expect(state.waits).toBe(1);
  });

  it('hold all characters, though StarRocks says that its text has the encoding of three bytes', async () => {
    await sql.query("CREATE TABLE d.smiling (id BIGINT NOT NULL, v VARCHAR(20) DEFAULT 'ä🙂') DUPLICATE KEY(id)");
    const { schemaOf } = openCache();
    const schema = await schemaOf({ database: 'd', table: 'smiling' });
    expect(schema?.columns.at(-1)?.default).toBe('ä🙂');
  });

  it('are asked for once by many who ask at a time', async () => {
    await create('wanted', 'v');
    const { schemaOf, state } = openCache();
    const found = await Promise.all(Array.from({ length: 20 }, () => columnsOf(schemaOf, 'wanted')));
    expect(new Set(found.map(String))).toEqual(new Set(['id,v']));
    expect(state.reads).toBe(1);
  });

  it('are asked for again some seconds after a failure, which meets everyone who asks until then', async () => {
    const { schemaOf, state } = openCache();
    const failing = await Promise.allSettled([columnsOf(schemaOf, 'late'), columnsOf(schemaOf, 'late')]);
    expect(failing.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(state.reads).toBe(1);
    await create('late', 'v');
    state.nowMs = 5000;
    await expect(columnsOf(schemaOf, 'late')).rejects.toMatchObject({ code: 'STARROCKS_CONFIGURATION' });
    expect(state.reads).toBe(1);
    state.nowMs = 5001;
    expect(await columnsOf(schemaOf, 'late')).toEqual(['id', 'v']);
  });

  it('of a thousand tables cost one wait when no frontend can be reached', async () => {
    const { schemaOf, state } = openCache('jdbc:mysql://127.0.0.1:1');
    const asked = Array.from({ length: 1000 }, (_, n) => schemaOf({ database: 'd', table: `t${n}` }));
    const codes = (await Promise.allSettled(asked)).map((end) => end.status === 'rejected' && end.reason.code);
    expect(new Set(codes)).toEqual(new Set(['STARROCKS_UNREACHABLE']));
    expect(state.reads).toBeLessThanOrEqual(4);
  });

  it('are kept apart by table and by database', async () => {
    await sql.query('CREATE DATABASE e');
    await create('twin', 'first');
    await create('other', 'second');
    await sql.query('CREATE TABLE e.twin (id BIGINT NOT NULL, third INT) DUPLICATE KEY(id)');
    const { schemaOf } = openCache();
    const found = await Promise.all(
      ['d.twin', 'd.other', 'e.twin'].map(async (name) => {
        const [database = '', table = ''] = name.split('.');
        return (await schemaOf({ database, table }))?.columns.at(-1)?.name;
      }),
    );
    expect(found).toEqual(['first', 'second', 'third']);
  });

  it('are not known without a jdbc-url, and nobody is asked', async () => {
    const state = { reads: 0 };
    const read = async () => {
      state.reads += 1;
      return { username: 'root', password: '' };
    };
    const schemaOf = createSchemaCache(undefined, { read }, 5000, { now: () => 0, random: () => 0 });
    expect(await schemaOf({ database: 'd', table: 't' })).toBeUndefined();
    expect(state.reads).toBe(0);
  });
});
