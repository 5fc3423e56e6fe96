import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSendCommand } from '../../cli/send.ts';
import { type FittingWorld, openFitting } from './fitting-world.ts';

const semantics = ['at-least-once', 'exactly-once'] as const;

describe.each(semantics)('CSV as it arrives, %s', (semantic) => {
  let world: FittingWorld;
  let folder: string;
  beforeAll(async () => {
    world = await openFitting({ 'sink.semantic': semantic, 'sink.properties.json_root': '$.items' });
    folder = await mkdtemp(join(tmpdir(), 'csv-'));
  });
  afterAll(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  async function send(text: string, args: readonly string[]) {
    const path = join(folder, 'rows.csv');
    await writeFile(path, text);
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const surroundings = { stdin: new PassThrough(), stdout, stderr, env: {}, exitCode: 0 };
    const { stack } = world;
    const at = ['--queue-url', stack.resources.rowsQueueUrl, '--endpoint', stack.aws.endpoint];
    await createSendCommand(surroundings).parseAsync([path, ...at, ...args], { from: 'user' });
    await stack.idle();
    expect([String(stderr.read() ?? ''), surroundings.exitCode]).toEqual(['', 0]);
  }

  const fileOf = (header: string) => `${header}1,"a, ""b""\tc",2024-03-05T12:00:00Z,"{""k"": [1]}"\n2,,,\n`;
  const landed = [
    [1, 'a, "b"\tc', '2024-03-05 12:00:00', '[1]'],
    [2, '', null, null],
  ];

  it.each([
    ['without a header', '', []],
    ['with one that nobody tells of', 'ID,name,at,doc\n', []],
    ['with one that is told of', 'id,name,at,doc\n', ['--header']],
  ])('lands from a file of commas and quotes %s', async (name, header, args) => {
    const table = `sent_${name.replaceAll(' ', '_')}`;
    await world.sql(`CREATE TABLE d.${table} (id int, name varchar(20), at datetime, doc json) DUPLICATE KEY(id)`);
    await send(fileOf(header), ['--table', table, ...args]);
    expect(await world.sql(`SELECT id, name, at, doc->'k' FROM d.${table} ORDER BY id`)).toEqual(landed);
    expect(await world.rejected()).toEqual([]);
  });

  it('lands from messages of one file that name the columns in another order', async () => {
    await world.sql('CREATE TABLE d.parts (id int, name varchar(20)) DUPLICATE KEY(id)');
    const rows = Array.from({ length: 60 }, (_, id) => `name ${id},${id}\n`).join('');
    await send(`name,id\n${rows}`, ['--table', 'parts', '--target-bytes', '1024']);
    expect(await world.sql('SELECT count(*), sum(id), min(name) FROM d.parts')).toEqual([['60', '1770', 'name 0']]);
  });

  it('loads the rows that a document holds under its root, and counts them', async () => {
    await world.sql('CREATE TABLE d.rooted (a int, b decimal(20, 3)) DUPLICATE KEY(a)');
    await world.deliver('{"items":[{"a":1,"b":1.500},\n {"a":2,"b":12345678901234567.125}]}\n{"items":{"a":3}}', {
      table: 'rooted',
    });
    expect(await world.sql('SELECT * FROM d.rooted ORDER BY a')).toEqual([
      [1, '1.500'],
      [2, '12345678901234567.125'],
      [3, null],
    ]);
    await world.deliver('{"rows":[{"a":4}]}\n{"items":[{"a":5},7]}', { table: 'rooted' });
    expect(await world.sql('SELECT a FROM d.rooted WHERE a > 3')).toEqual([[5]]);
    expect((await world.rejected()).map(({ row, reason }) => [row, reason])).toEqual([
      [0, 'Row 1, in line 1: there are no rows under json_root.'],
      [2, 'Row 3, in line 2: a number, expected an object.'],
    ]);
    expect(world.events.filter((event) => /MISCOUNTED|miscounted/.test(event))).toEqual([]);
  });
});

describe.each(semantics)('jsonpaths, %s', (semantic) => {
  let world: FittingWorld;
  beforeAll(async () => {
    const jsonpaths = '["$.k", "$.user.name"]';
    const options = { 'sink.properties.jsonpaths': jsonpaths, 'sink.properties.columns': 'id,name' };
    world = await openFitting({ 'sink.semantic': semantic, ...options });
  });
  afterAll(() => world.close());

  it('find the values of the columns, one row for each object', async () => {
    await world.sql('CREATE TABLE d.pathed (id int, name varchar(20), more int) DUPLICATE KEY(id)');
    await world.deliver('{"k":1,"user":{"name":"Ann"}}\n{"k":2}', { table: 'pathed' });
    expect(await world.sql('SELECT * FROM d.pathed ORDER BY id')).toEqual([
      [1, 'Ann', null],
      [2, null, null],
    ]);
    expect(world.events.filter((event) => /MISCOUNTED|rejected/.test(event))).toEqual([]);
  });
});

describe("loads of CSV in StarRocks' own notation", () => {
  let world: FittingWorld;
  beforeAll(async () => {
    const notation = { column_separator: '|', row_delimiter: '\\x0A', enclose: "'", trim_space: 'true' };
    const properties = Object.entries(notation).map(([name, value]) => [`sink.properties.${name}`, value]);
    world = await openFitting({ ...Object.fromEntries(properties), 'sink.csv.null': 'NULL,-' });
  });
  afterAll(() => world.close());

  it('count spaces and enclosed fields as StarRocks does, with NULL where the options say so', async () => {
    await world.sql('CREATE TABLE d.spaced (id int, name varchar(20), n int) DUPLICATE KEY(id)');
    const body = "1 | 'a|b' | 5\n 2|'x\ny'| NULL\n3|-|\n4|'-'|7";
    await world.deliver(body, { table: 'spaced', format: 'csv' });
    expect(await world.sql('SELECT * FROM d.spaced ORDER BY id')).toEqual([
      [1, 'a|b', 5],
      [2, 'x\ny', null],
      [3, null, null],
      [4, '-', 7],
    ]);
    expect(world.events.filter((event) => /MISCOUNTED|rejected/.test(event))).toEqual([]);
  });
});
