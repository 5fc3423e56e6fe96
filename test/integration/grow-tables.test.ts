import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exactly } from '../../src/kit/patterns.ts';
import type { RouteGiven } from '../../src/options/route.ts';
import { type FittingWorld, openFitting } from './fitting-world.ts';

const route = (table: string, more: Partial<RouteGiven>): RouteGiven => ({
  ...{ source: { database: exactly('shop'), table: exactly(table) }, database: 'd', table, ...more },
});

const typesOf = (rows: readonly unknown[][]) =>
  Object.fromEntries(rows.map(([name, type]) => [String(name), String(type).toLowerCase()]));

describe('sink.unknown-columns = add', () => {
  let world: FittingWorld;
  beforeAll(async () => {
    world = await openFitting({ 'sink.unknown-columns': 'add' }, [
      route('closed', { options: { 'sink.unknown-columns': 'drop' } }),
    ]);
    for (const table of ['t', 'nulls', 'odd', 'closed', 'many', 'csv'])
      await world.sql(`CREATE TABLE d.${table} (id BIGINT NOT NULL) PRIMARY KEY (id) DISTRIBUTED BY HASH (id)`);
    await world.sql(
      "CREATE TABLE d.sums (id BIGINT NOT NULL, n BIGINT SUM DEFAULT '0') AGGREGATE KEY (id) DISTRIBUTED BY HASH (id)",
    );
  });
  afterAll(() => world.close());

  it('makes a column of each new key, of the type that its values have, and no row is lost on the way', async () => {
    await world.deliver(
      [
        '{"id":1,"n":1,"x":1.5,"b":true,"day":"2024-01-02","at":"2024-01-02T03:04:05Z","s":"a","j":{"k":[1]},"big":18446744073709551615,"none":null}',
        '{"id":2,"n":-7,"x":2,"b":null,"day":"2024-01-03","at":"2024-01-02 03:04:05","s":"2024-01-02","j":[],"big":1}',
      ].join('\n'),
      { table: 't' },
    );
    expect(typesOf(await world.sql('DESC d.t'))).toMatchObject({
      ...{ n: 'bigint', x: 'double', b: 'boolean', day: 'date', at: 'datetime', j: 'json', big: 'largeint' },
      s: 'varchar(1048576)',
    });
    expect(Object.keys(typesOf(await world.sql('DESC d.t')))).not.toContain('none');
    expect(await world.sql('SELECT id, n, x, day, at, s, big FROM d.t ORDER BY id')).toEqual([
      ['1', '1', 1.5, '2024-01-02', '2024-01-02 03:04:05', 'a', '18446744073709551615'],
      ['2', '-7', 2, '2024-01-03', '2024-01-02 03:04:05', '2024-01-02', '1'],
    ]);
    expect(await world.rejected()).toEqual([]);
  });

  it('makes a column of each new name of CSV, whether a line or the attribute says it', async () => {
    const asCsv = { format: 'csv', csv: '{"column_separator":",","enclose":"\\""}' };
    await world.deliver('id,n,zip,x,at,none\n1,1,01234,1.5,2024-01-02T03:04:05Z,\n2,,"1",2,,\n', {
      ...{ ...asCsv, table: 'csv' },
    });
    await world.deliver('3,true\n', { ...asCsv, table: 'csv', columns: 'id,b' });
    expect(typesOf(await world.sql('DESC d.csv'))).toEqual({
      ...{ id: 'bigint', n: 'bigint', zip: 'varchar(1048576)', x: 'double', at: 'datetime', b: 'boolean' },
    });
    expect(await world.sql('SELECT id, n, zip, x, at, b FROM d.csv ORDER BY id')).toEqual([
      ['1', '1', '01234', 1.5, '2024-01-02 03:04:05', null],
      ['2', null, '1', 2, null, null],
      ['3', null, null, null, null, 1],
    ]);
    expect(await world.rejected()).toEqual([]);
  });

  it('adds nothing for a key that holds only NULL', async () => {
    await world.deliver('{"id":1,"later":null}', { table: 'nulls' });
    expect(await world.sql('SELECT * FROM d.nulls')).toEqual([['1']]);
  });

  it('lets many messages with the same new key at once add it once', async () => {
    const rows = Array.from({ length: 6 }, (_, id) => id);
    await Promise.all(rows.map((id) => world.deliver(`{"id":${id},"v":"${id}"}`, { table: 'many' })));
    expect(await world.sql('SELECT COUNT(*), COUNT(v) FROM d.many')).toEqual([['6', '6']]);
  });

  it('does as its route says for one table', async () => {
    await world.deliver('{"id":1,"v":"a"}', { table: 'closed' });
    expect(await world.sql('SELECT * FROM d.closed')).toEqual([['1']]);
  });

  it('rejects rows whose key cannot be a column, and adds none to a table that sums', async () => {
    await world.deliver('{"id":1,"a;b":1}\n{"id":2}', { table: 'odd' });
    expect(await world.sql('SELECT id FROM d.odd')).toEqual([['2']]);
    expect((await world.rejected()).map(({ reason }) => reason).join()).toMatch(/"a;b".* no column was added/);
    await world.deliver('{"id":1,"n":1,"m":2}', { table: 'sums' });
    expect(await world.sql('SELECT * FROM d.sums')).toEqual([['1', '1']]);
  });

  it('keeps the rows of a table that it may not alter, with the statement that grants it', async () => {
    await world.sql("CREATE USER 'loader' IDENTIFIED BY 'p'");
    await world.sql("GRANT INSERT, SELECT ON ALL TABLES IN DATABASE d TO USER 'loader'");
    const limited = await openFitting({ 'sink.unknown-columns': 'add', username: 'loader', password: 'p' });
    await limited.sql('CREATE TABLE d.t (id BIGINT NOT NULL) PRIMARY KEY (id) DISTRIBUTED BY HASH (id)');
    await limited.sql("CREATE USER 'loader' IDENTIFIED BY 'p'");
    await limited.sql("GRANT INSERT, SELECT ON TABLE d.t TO USER 'loader'");
    await limited.deliver('{"id":1,"v":"a"}\n{"id":2}', { table: 't' });
    expect(await limited.sql('SELECT id FROM d.t')).toEqual([['2']]);
    const reasons = (await limited.rejected()).map(({ reason }) => reason).join();
    expect(reasons).toMatch(/GRANT ALTER ON TABLE d\.t TO USER 'loader'/);
    await limited.close();
  });
});

describe('sink.create-tables', () => {
  let world: FittingWorld;
  beforeAll(async () => {
    world = await openFitting({ 'sink.create-tables': true, 'sink.tables.allow': 'd.*,made.*' }, [
      route('planned', {
        primaryKey: ['id'],
        columns: [
          { name: 'v', type: 'VARCHAR(10)' },
          { name: 'id', type: 'INT' },
        ],
      }),
      route('keyed', { primaryKey: ['id'] }),
    ]);
  });
  afterAll(() => world.close());

  it('makes a table by the columns and the key of its route', async () => {
    await world.deliver('{"id":1,"v":"a"}\n{"id":1,"v":"b"}', { table: 'planned' });
    expect(await world.sql('SELECT id, v FROM d.planned')).toEqual([[1, 'b']]);
    expect(typesOf(await world.sql('DESC d.planned'))).toEqual({ id: 'int', v: 'varchar(10)' });
  });

  it('makes a table of the first rows, with the key that its route names', async () => {
    await world.deliver('{"v":"a","id":7,"x":0.5}', { table: 'keyed' });
    await world.deliver('{"v":"b","id":7}', { table: 'keyed' });
    expect(await world.sql('SELECT id, v FROM d.keyed')).toEqual([['7', 'b']]);
  });

  it('makes the database too, and a table that keeps all rows where nothing names a key', async () => {
    await world.deliver('{"v":"a","n":1}\n{"v":"a","n":1}', { database: 'made', table: 'fresh' });
    expect(await world.sql('SELECT v, n FROM made.fresh')).toEqual([
      ['a', '1'],
      ['a', '1'],
    ]);
  });

  it('makes it once, for many messages at once, and loses none of them', async () => {
    const rows = Array.from({ length: 6 }, (_, id) => id);
    await Promise.all(rows.map((id) => world.deliver(`{"id":${id},"v":"${id}"}`, { table: 'many' })));
    expect(await world.sql('SELECT COUNT(DISTINCT id) FROM d.many')).toEqual([['6']]);
  });

  it('makes a table of CSV whose columns are named, and none of CSV that nobody names', async () => {
    const csv = JSON.stringify({ column_separator: ',', header: 'yes' });
    await world.deliver('id,v\n1,a\n2,\n', { table: 'headed', format: 'csv', csv });
    await world.deliver('1\ta\n', { table: 'listed', format: 'csv', columns: 'id,v' });
    await world.deliver('1\ta\n', { table: 'unnamed', format: 'csv' });
    expect(await world.sql('SELECT id, v FROM d.headed ORDER BY id')).toEqual([
      ['1', 'a'],
      ['2', ''],
    ]);
    expect(await world.sql('SELECT id, v FROM d.listed')).toEqual([['1', 'a']]);
    expect((await world.sql('SHOW TABLES FROM d')).flat()).not.toContain('unnamed');
    expect(world.events.join('\n')).toMatch(/TABLE_UNPLANNED.*sink\.csv\.header/);
  });

  it('makes none of rows that say nothing', async () => {
    await world.deliver('{"id":null}', { table: 'unsaid' });
    expect((await world.sql('SHOW TABLES FROM d')).flat()).not.toContain('unsaid');
    expect(world.events.join('\n')).toMatch(/TABLE_UNPLANNED/);
  });
});
