import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FittingWorld, openFitting } from './fitting-world.ts';

const commas = { column_separator: ',', enclose: '"' };
/** Rows that land, as `id name n`. */
type Told = { readonly columns?: string; readonly trim_space?: boolean; readonly header?: string };
const cases: readonly [what: string, text: string, rows: readonly string[], told: Told][] = [
  ['in another order and case', 'N,Name,ID\n5,a,1\n', ['1 a 5'], {}],
  ['enclosed, behind a byte order mark', '\uFEFF"id", "name" ,"n"\n1,a,2\n', ['1 a 2'], { trim_space: true }],
  ['of which one is no column', 'id,name,n,note\n1,a,2,x\n', ['1 a 2'], {}],
  ['of which one is no column, in as many fields as there are columns', 'id,zzz,n\n1,a,2\n', ['1 null 2'], {}],
  ['of which one is empty, as of an index', ',id,name,n\n0,1,a,2\n', ['1 a 2'], {}],
  ['of which one is empty behind the last', 'id,name,n,\n1,a,2,\n', ['1 a 2'], {}],
  ['of which one has a space, and is no column', 'id,First name,n\n1,a,2\n', ['1 null 2'], {}],
  ['that is the only one', 'id\n1\n2\n', ['1 null null', '2 null null'], {}],
  ['that the message tells, too', 'n,id\n5,1\n', ['1 null 5'], { columns: 'n,id' }],
  ['that the message tells otherwise', 'x,y\n5,1\n', ['1 null 5'], { columns: 'n,id', header: 'yes' }],
  ['with nothing behind it', 'id,name,n\n', [], {}],
];

describe.each([
  ['JSON', {}],
  ['CSV', { 'sink.properties.format': 'csv' }],
] as const)('a line of names, loaded as %s', (_, options) => {
  let world: FittingWorld;
  beforeAll(async () => {
    world = await openFitting(options);
  });
  afterAll(() => world.close());

  it.each(cases)('%s', async (_, text, rows, { columns, ...more }) => {
    await world.sql('DROP TABLE IF EXISTS d.t');
    await world.sql('CREATE TABLE d.t (id int not null, name varchar(20), n bigint) DUPLICATE KEY(id)');
    const csv = JSON.stringify({ ...commas, ...more });
    await world.deliver(text, { table: 't', format: 'csv', csv, ...(columns ? { columns } : {}) });
    const found = await world.sql('SELECT * FROM d.t ORDER BY id');
    expect(found.map((row) => row.map(String).join(' '))).toEqual(rows);
    expect(await world.rejected()).toEqual([]);
  });

  it('is a row where it could be one, and is refused where it names a column twice', async () => {
    await world.sql('CREATE TABLE d.texts (a varchar(9), b varchar(9), c varchar(9)) DUPLICATE KEY(a)');
    const asCsv = { table: 'texts', format: 'csv' };
    await world.deliver('a,b,x\n1,2,3\n', { ...asCsv, csv: JSON.stringify(commas) });
    expect(await world.sql('SELECT * FROM d.texts ORDER BY a')).toEqual([
      ['1', '2', '3'],
      ['a', 'b', 'x'],
    ]);
    await world.deliver('a,A,b\n1,2,3\n', { ...asCsv, csv: JSON.stringify({ ...commas, header: 'yes' }) });
    expect(world.events.join('\n')).toMatch(/NAME_INVALID.*names \\"A\\" twice/);
    await world.deliver('1,2,3\n', { ...asCsv, csv: JSON.stringify({ ...commas, header: 'yes' }) });
    expect(world.events.join('\n')).toMatch(/NAME_INVALID.*names no column of the table/);
    await world.deliver('1,2,3\n', { ...asCsv, csv: JSON.stringify(commas), columns: 'a,b,A' });
    expect(world.events.join('\n')).toMatch(/MESSAGE_ATTRIBUTE_INVALID.*each of them once/);
  });
});

describe('lines of CSV', () => {
  let world: FittingWorld;
  beforeAll(async () => {
    world = await openFitting({});
    await world.sql('CREATE TABLE d.t (id int not null, name varchar(20)) DUPLICATE KEY(id)');
  });
  afterAll(() => world.close());

  const bar = { row_delimiter: '|' };
  it.each([
    ['end with a line feed behind their last delimiter', '1,a|2,b|\n', bar, ['1 a', '2 b']],
    ['end so on Windows', '1,a|2,b|\r\n', bar, ['1 a', '2 b']],
    ['hold a line feed', '1,a\n|2,"\n"|', bar, ['1 a\n', '2 \n']],
    ['have carriage returns for line feeds', '1,a\r2,"b\rc"\r', {}, ['1 a', '2 b\rc']],
    ['are one that holds a carriage return', '1,a\rb\r\n', {}, ['1 a\rb']],
    ['have empty ones between them', '\r\n1,a\r\n\r\n\r\n2,b\r\n\r\n', {}, ['1 a', '2 b']],
  ])('%s', async (what, text, more, rows) => {
    const key = `${what}.csv`;
    const csv = JSON.stringify({ ...commas, ...more });
    await world.deliver(text, { table: 't', format: 'csv', csv });
    await world.announce({ [key]: text }, { table: 't', csv });
    const found = await world.sql('SELECT * FROM d.t ORDER BY id');
    expect(found.map((row) => row.join(' '))).toEqual(rows.flatMap((row) => [row, row]));
    expect(await world.rejected()).toEqual([]);
    await world.sql('TRUNCATE TABLE d.t');
  });

  it('in another notation than is told are refused, with what would tell it', async () => {
    await world.deliver('1;a\n', { table: 't', format: 'csv' });
    expect((await world.rejected()).map(({ reason }) => reason)).toEqual([
      'Row 1: 1 field, expected 2: no "\\t" stands in it; sink.csv.column-separator says what parts fields, or the attribute csv.',
    ]);
  });
});
