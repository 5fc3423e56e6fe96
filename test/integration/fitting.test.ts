import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FittingWorld, openFitting } from './fitting-world.ts';

const semantics = ['at-least-once', 'exactly-once'] as const;

describe.each(semantics)('rows that are fitted to their table, %s', (semantic) => {
  let world: FittingWorld;
  beforeAll(async () => {
    world = await openFitting({ 'sink.semantic': semantic });
  });
  afterAll(() => world.close());

  it('get the DEFAULT of a column that they do not hold, and keep a NULL that they do', async () => {
    await world.sql(
      "CREATE TABLE d.fault (device varchar(20) not null, state varchar(10) not null default 'new', hits bigint default '1') DUPLICATE KEY(device)",
    );
    await world.deliver('{"device":"d1"}\n{"device":"d2","state":"old","hits":7}\n{"device":"d3","hits":null}', {
      table: 'fault',
    });
    expect(await world.sql('SELECT * FROM d.fault ORDER BY device')).toEqual([
      ['d1', 'new', '1'],
      ['d2', 'old', '7'],
      ['d3', 'new', null],
    ]);
  });

  it('are numbered by StarRocks, and never hold what it computes', async () => {
    await world.sql(
      'CREATE TABLE d.numbered (id bigint not null auto_increment, v int, doubled int as (v * 2)) PRIMARY KEY(id)',
    );
    await world.deliver('{"v":1,"doubled":9}\n{"v":2,"id":null}', { table: 'numbered' });
    expect(await world.sql('SELECT v, doubled, id > 0 FROM d.numbered ORDER BY v')).toEqual([
      [1, 2, 1],
      [2, 4, 1],
    ]);
  });

  it('load into a table that is too wide for a header', async () => {
    const names = Array.from({ length: 400 }, (_, at) => `measurement_channel_${at}`);
    await world.sql(`CREATE TABLE d.wide (id int, ${names.map((name) => `${name} int`).join(', ')}) DUPLICATE KEY(id)`);
    await world.deliver('{"id":1,"measurement_channel_3":5}', { table: 'wide' });
    const all = Object.fromEntries(['id', ...names].map((name) => [name, 2]));
    await world.deliver(JSON.stringify(all), { table: 'wide' });
    expect(await world.sql('SELECT id, measurement_channel_3, measurement_channel_4 FROM d.wide ORDER BY id')).toEqual([
      [1, 5, null],
      [2, 2, 2],
    ]);
  });

  it('find their columns whatever the case of their keys is, with every digit', async () => {
    await world.sql('CREATE TABLE d.cased (id bigint not null, amount decimal(38, 10)) PRIMARY KEY(id)');
    await world.deliver('{"ID":9007199254740993,"Amount":1234567890123456789.0123456789}', { table: 'cased' });
    await world.deliver('{"Id":9007199254740993,"__op":"delete"}\n{"ID":2,"AMOUNT":"1","__op":"upsert"}', {
      table: 'cased',
    });
    expect(await world.sql('SELECT * FROM d.cased')).toEqual([['2', '1.0000000000']]);
    expect(world.events.filter((event) => event.includes('keys in another case'))).toHaveLength(1);
  });

  it('are the moments, booleans and documents that they say, from JSON and from CSV', async () => {
    await world.sql(
      'CREATE TABLE d.typed (id int, flag tinyint, at datetime, day date, doc json, list array<int>) DUPLICATE KEY(id)',
    );
    const at = '2024-03-05T20:10:30.250+08:00';
    await world.deliver(`{"id":1,"flag":true,"at":"${at}","day":"${at}","doc":"{\\"a\\": 1}","list":"[1,\\n2]"}`, {
      table: 'typed',
    });
    await world.deliver(`2\ttrue\t${at}\t${at}\t{"a": 1}\t[1,2]\n3\t\t\t\t\\N\t\\N\n`, {
      table: 'typed',
      format: 'csv',
    });
    const rows = await world.sql("SELECT id, flag, at, day, doc->'a', list FROM d.typed ORDER BY id");
    const typed = [1, '2024-03-05 12:10:30.250000', '2024-03-05', '1', '[1,2]'];
    expect(rows).toEqual([
      [1, ...typed],
      [2, ...typed],
      [3, null, null, null, null, null],
    ]);
  });

  it('are bytes that travel as base64, and values inside of others, from JSON and from CSV', async () => {
    await world.sql(
      'CREATE TABLE d.inner_values (id int, bytes varbinary(9), times array<datetime>, flags map<varchar(5), tinyint>, pair struct<a int, at datetime>) DUPLICATE KEY(id)',
    );
    const at = '2024-03-05T12:00:00+01:00';
    await world.deliver(
      `{"id":1,"BYTES":"AP+A","times":["${at}"],"flags":{"x":true},"pair":{"a":"7","at":"${at}"}}\n{"id":3,"bytes":"!"}\n{"id":4}`,
      { table: 'inner_values' },
    );
    await world.deliver(`2\tAP+A\t["${at}"]\t{"x":true}\t{"a":"7","at":"${at}"}\n`, {
      table: 'inner_values',
      format: 'csv',
    });
    const rows = await world.sql('SELECT id, hex(bytes), times, flags, pair FROM d.inner_values ORDER BY id');
    expect(rows.map(([id, bytes, ...others]) => [id, bytes, JSON.stringify(others)])).toEqual([
      [1, '00FF80', expect.stringMatching(/11:00:00.*x.*1.*7.*11:00:00/)],
      [2, '00FF80', expect.stringMatching(/11:00:00.*x.*1.*7.*11:00:00/)],
      [4, null, '[null,null,null]'],
    ]);
    expect((await world.rejected()).map(({ reason }) => reason)).toContain(
      "Row 2: column 'bytes': no base64, in which bytes are expected.",
    );
  });

  it('are read by the header line of CSV, whose lines may end as on Windows', async () => {
    await world.sql('CREATE TABLE d.headed (name varchar(9), city varchar(9)) DUPLICATE KEY(name)');
    await world.deliver('\uFEFFcity\tname\r\nBerlin\tAnn\r\nParis\tBob\r\n', { table: 'headed', format: 'csv' });
    expect(await world.sql('SELECT name, city, length(city) FROM d.headed ORDER BY name')).toEqual([
      ['Ann', 'Berlin', '6'],
      ['Bob', 'Paris', '5'],
    ]);
  });

  it('are kept aside with column and reason when StarRocks would store something else', async () => {
    await world.sql('CREATE TABLE d.strict (id int not null, name varchar(3), n tinyint) DUPLICATE KEY(id)');
    const before = (await world.rejected()).length;
    await world.deliver('{"id":1,"n":1}\n{"id":2,"name":"long"}\n{"id":3,"n":300}\n{"id":null}\n{}\n{"x":1}', {
      table: 'strict',
    });
    expect(await world.sql('SELECT id FROM d.strict')).toEqual([[1]]);
    const rejected = await world.rejected();
    expect(rejected).toHaveLength(before + 5);
    expect(rejected).toContainEqual(
      expect.objectContaining({
        ...{ row: 2, code: 'VALUE_UNFIT', column: 'n', text: '{"id":3,"n":300}' },
        reason: "Row 3: column 'n': out of range, expected -128 to 127.",
      }),
    );
  });

  it('fill a column that was added elsewhere, from the first row that has it', async () => {
    await world.sql('CREATE TABLE d.grown (id int) DUPLICATE KEY(id)');
    await world.deliver('{"id":1}', { table: 'grown' });
    await world.sql('ALTER TABLE d.grown ADD COLUMN later int');
    await world.deliver('{"id":2,"later":5}', { table: 'grown' });
    expect(await world.sql('SELECT * FROM d.grown ORDER BY id')).toEqual([
      [1, null],
      [2, 5],
    ]);
  });
});

describe.each(semantics)('partial updates, %s', (semantic) => {
  let world: FittingWorld;
  beforeAll(async () => {
    world = await openFitting({ 'sink.semantic': semantic, 'sink.properties.partial_update': 'true' });
    await world.sql(
      'CREATE TABLE d.person (id int not null, name varchar(20), age int, phone varchar(20)) PRIMARY KEY(id)',
    );
  });
  afterAll(() => world.close());

  it('change only the columns that each row holds, though one message holds rows of many kinds', async () => {
    await world.sql("INSERT INTO d.person VALUES (1,'Ann',30,'555'), (2,'Bob',40,'556'), (3,'Cyd',50,'557')");
    await world.deliver('{"id":1,"age":31}\n{"id":2,"phone":"777"}\n{"id":1,"phone":"1"}\n{"id":3,"__op":1}', {
      table: 'person',
    });
    expect(await world.sql('SELECT * FROM d.person ORDER BY id')).toEqual([
      [1, 'Ann', 31, '1'],
      [2, 'Bob', 40, '777'],
    ]);
    expect(await world.rejected()).toEqual([]);
  });

  it('change only the columns that the attribute names', async () => {
    await world.sql("INSERT INTO d.person VALUES (9,'Eve',1,'999')");
    await world.deliver('{"id":9,"age":2,"name":"no"}', { table: 'person', columns: 'id,age' });
    expect(await world.sql('SELECT * FROM d.person WHERE id = 9')).toEqual([[9, 'Eve', 2, '999']]);
  });

  it('change them so, too, where the rows are too many to be held in memory', async () => {
    await world.sql('CREATE TABLE d.many (id int not null, name varchar(20), age int) PRIMARY KEY(id)');
    await world.sql("INSERT INTO d.many VALUES (0,'Ann',30), (1,'Bob',40), (2,'Cyd',50)");
    const note = 'x'.repeat(800);
    const row = (id: number) => JSON.stringify(id % 2 === 0 ? { id, age: id, note } : { id, name: `n${id}`, note });
    const rows = Array.from({ length: 12_000 }, (_, id) => (id === 2 ? '{"id":2,"__op":1}' : row(id)));
    await world.deliverLarge([...rows, '{"id":"x"}'].join('\n'), { table: 'many' });
    expect(await world.sql('SELECT * FROM d.many WHERE id < 4 ORDER BY id')).toEqual([
      [0, 'Ann', 0],
      [1, 'n1', 40],
      [3, 'n3', null],
    ]);
    expect(await world.sql('SELECT count(*), count(name), count(age) FROM d.many')).toEqual([
      ['11999', '6001', '6000'],
    ]);
    expect((await world.rejected()).map((each) => each.row)).toEqual([12_000]);
    await world.deliverLarge([...rows, '{"id":7,"age":1}'].join('\n'), { table: 'many', chunk: 'other' });
    expect(world.events.join('\n')).toMatch(/MESSAGE_TOO_LARGE.*some of one key hold different ones/);
  }, 120_000);
});

describe('rows of a large payload', () => {
  let world: FittingWorld;
  beforeAll(async () => {
    world = await openFitting({});
  });
  afterAll(() => world.close());

  it('are fitted one by one where they are too many to be held in memory', async () => {
    await world.sql(
      "CREATE TABLE d.large (id int not null, at datetime, note varchar(200), state varchar(9) not null default 'new') DUPLICATE KEY(id)",
    );
    const note = 'x'.repeat(180);
    const json = (id: number) => JSON.stringify({ ID: id, at: '2024-03-05T12:00:00+01:00', note });
    const rows = Array.from({ length: 40_000 }, (_, id) => json(id));
    await world.deliverLarge([...rows, '{"id":null}', '{"id":-1,"state":"old"}'].join('\n'), { table: 'large' });
    const csv = Array.from({ length: 45_000 }, (_, id) => `${note}\t${id}\t`).join('\n');
    await world.deliverLarge(`\uFEFFnote\tid\tat\n${csv}\n`, { table: 'large', format: 'csv' });
    expect(await world.sql('SELECT state, at, count(*) FROM d.large GROUP BY state, at ORDER BY count(*)')).toEqual([
      ['old', null, '1'],
      ['new', '2024-03-05 11:00:00', '40000'],
      ['new', null, '45000'],
    ]);
    const rejected = await world.rejected();
    expect(rejected.map(({ row, reason }) => [row, reason])).toEqual([
      [40_000, "Row 40001: column 'id': NULL, and the column is NOT NULL."],
    ]);
  }, 120_000);
});
