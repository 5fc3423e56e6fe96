import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exactly } from '../../src/kit/patterns.ts';
import type { RouteGiven } from '../../src/options/route.ts';
import { type FittingWorld, openFitting } from './fitting-world.ts';

const route = (table: string, options: RouteGiven['options']): RouteGiven => ({
  ...{ source: { database: exactly('d'), table: exactly(table) }, database: 'd', table, options },
});

const routes = [
  route('semicolons', {
    ...{ 'sink.csv.column-separator': ';', 'sink.csv.enclose': "'" },
    ...{ 'sink.csv.header': 'yes', 'sink.csv.null': 'NIL' },
  }),
  route('commas', {
    ...{ 'sink.csv.column-separator': ',', 'sink.csv.enclose': '"', 'sink.csv.escape': '\\' },
    ...{ 'sink.csv.header': 'no', 'sink.csv.null': '-' },
  }),
  route('pipes', { 'sink.properties.column_separator': '|', 'sink.properties.row_delimiter': '~' }),
];

/** Each as its route has it, and what the table holds then. */
const cases = {
  semicolons: {
    text: "name;id;n\n'a;b';1;NIL\nNIL;2;7\n'NIL';3;\n",
    rows: [
      [1, 'a;b', null],
      [2, null, 7],
      [3, 'NIL', null],
    ],
  },
  commas: {
    text: '1,"a,b",-\n2,a\\,c,7\n3,"d ""e""",\n',
    rows: [
      [1, 'a,b', null],
      [2, 'a,c', 7],
      [3, 'd "e"', null],
    ],
  },
  pipes: {
    text: '1|a,b|5~2|c;"d"|~',
    rows: [
      [1, 'a,b', 5],
      [2, 'c;"d"', null],
    ],
  },
} as const;
type Table = keyof typeof cases;
const tables = Object.keys(cases) as Table[];

describe.each([
  ['at-least-once', {}],
  ['exactly-once', {}],
  ['at-least-once', { 'sink.stage-above-bytes': 0 }],
  ['exactly-once', { 'sink.stage-above-bytes': 0 }],
  ['exactly-once', { 'sink.properties.format': 'csv' }],
] as const)('routes of different notations, %s, %o', (semantic, options) => {
  let world: FittingWorld;
  beforeAll(async () => {
    world = await openFitting({ 'sink.semantic': semantic, ...options }, routes);
    for (const table of tables)
      await world.sql(`CREATE TABLE d.${table} (id int, name varchar(20), n int) DUPLICATE KEY(id)`);
  });
  afterAll(() => world.close());

  it.each(tables)('read messages and objects of %s as each has them', async (table) => {
    const { text, rows } = cases[table];
    await world.deliver(text, { table, format: 'csv' });
    await world.announce({ [`in/${table}.csv`]: text }, { table });
    const twice = rows.flatMap((row) => [row, row]);
    expect(await world.sql(`SELECT * FROM d.${table} ORDER BY id`)).toEqual(twice);
    expect(await world.rejected()).toEqual([]);
  });
});

describe.each(['at-least-once', 'exactly-once'] as const)(
  'columns of an envelope beside a line of names, %s',
  (semantic) => {
    let world: FittingWorld;
    beforeAll(async () => {
      const columns = { 'sink.envelope.columns': 'key=object_key,time=at' };
      world = await openFitting({ 'sink.semantic': semantic, 'sink.csv.column-separator': ',', ...columns });
      await world.sql(
        'CREATE TABLE d.t (id int not null, name varchar(1000), object_key varchar(99), at datetime) DUPLICATE KEY(id)',
      );
    });
    afterAll(() => world.close());

    it('are those of each object, held in memory or not, and refused where nobody names the others', async () => {
      const rows = Array.from({ length: 9_500 }, (_, id) => `${'x'.repeat(950)},${id + 10}\n`).join('');
      await world.announce(
        { 'a.csv': 'id,name\n1,a\n', 'b.csv': 'name,id\nb,2\n', 'c.csv': `name,id\n${rows}` },
        { table: 't' },
      );
      expect(
        await world.sql('SELECT object_key, at, count(*), min(id) FROM d.t GROUP BY object_key, at ORDER BY 1'),
      ).toEqual([
        ['a.csv', '2024-03-05 12:00:00', '1', 1],
        ['b.csv', '2024-03-05 12:00:00', '1', 2],
        ['c.csv', '2024-03-05 12:00:00', '9500', 10],
      ]);
      expect(await world.rejected()).toEqual([]);
      await world.announce({ 'd.csv': '3,c\n' }, { table: 't' });
      expect(world.events.join('\n')).toMatch(
        /MESSAGE_ATTRIBUTE_INVALID.*a line of names, since sink.envelope.columns/,
      );
    });
  },
);

describe.each(['at-least-once', 'exactly-once'] as const)('several objects of CSV in one notice, %s', (semantic) => {
  let world: FittingWorld;
  beforeAll(async () => {
    world = await openFitting({ 'sink.semantic': semantic, 'sink.csv.column-separator': ',' });
  });
  afterAll(() => world.close());

  it('have a line of names each, or none, in an order of their own', async () => {
    await world.sql('CREATE TABLE d.t (id int, name varchar(20), n int DEFAULT "9") DUPLICATE KEY(id)');
    await world.announce(
      {
        'a.csv': 'id,name,n\n1,a,1\n2,b,2\n',
        'b.csv': 'id,name,n\n3,c,3',
        'c.csv': '4,d,4\n',
        'd.CSV': 'N,ID,Name\r\n5,5,e\r\n',
        'e.csv': 'name,id\nf,6\n',
        'g.json': '{"id":7,"name":"g","n":7}',
        'names only.csv': 'id,name,n\n',
      },
      { table: 't' },
    );
    expect(await world.sql('SELECT * FROM d.t ORDER BY id')).toEqual([
      [1, 'a', 1],
      [2, 'b', 2],
      [3, 'c', 3],
      [4, 'd', 4],
      [5, 'e', 5],
      [6, 'f', 9],
      [7, 'g', 7],
    ]);
    expect(await world.rejected()).toEqual([]);
  });

  it('are read so beside one that is too large to be held in memory', async () => {
    await world.sql('CREATE TABLE d.large (id int, name varchar(1000)) DUPLICATE KEY(id)');
    const rows = Array.from({ length: 9_500 }, (_, id) => `${'x'.repeat(950)},${id}\n`).join('');
    await world.announce({ 'small.csv': 'id,name\n9500,a\n', 'large.csv': `name,id\n${rows}` }, { table: 'large' });
    expect(await world.sql('SELECT count(*), count(DISTINCT id), max(id) FROM d.large')).toEqual([
      ['9501', '9501', 9500],
    ]);
    expect(await world.rejected()).toEqual([]);
  });
});
