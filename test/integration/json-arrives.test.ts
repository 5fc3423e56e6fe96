import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FittingWorld, openFitting } from './fitting-world.ts';

const maxwell = (id: number) =>
  JSON.stringify({ database: 'd', table: 'changes', type: 'insert', ts: 1700000000, xid: id, data: { id } });

const texts = [
  ['arrays behind each other', '[{"id":1},\n{"id":2}]\n\n[{"id":3}][]\n'],
  ['arrays and objects', '{"id":1}\n[{"id":2}]\n{"id":3}'],
  ['lines, of which some are empty', '\n\n{"id":1}\r\n\r\n   \n{"id":2}\n{"id":3}\n\n'],
  ['objects over several lines, and an array', '{\n "id": 1\n}\n{\n "id": 2}[\n{"id":3}\n]'],
] as const;

describe.each(['at-least-once', 'exactly-once'] as const)('JSON as it arrives, %s', (semantic) => {
  let world: FittingWorld;
  beforeAll(async () => {
    world = await openFitting({ 'sink.semantic': semantic });
  });
  afterAll(() => world.close());

  it.each(texts)('lands from %s', async (name, text) => {
    const table = name.replaceAll(/\W/g, '_');
    await world.sql(`CREATE TABLE d.${table} (id int, x varchar(9)) DUPLICATE KEY(id)`);
    await world.deliver(text, { table });
    await world.announce({ [`${table}.json`]: text, [`${table}.gz`]: gzipSync(text) }, { table });
    expect(await world.sql(`SELECT id, count(*) FROM d.${table} GROUP BY id ORDER BY id`)).toEqual([
      [1, '3'],
      [2, '3'],
      [3, '3'],
    ]);
    expect(await world.rejected()).toEqual([]);
  });

  it('lands from an object of lines and arrays that is too large to be held in memory', async () => {
    await world.sql('CREATE TABLE d.large (id int, x varchar(999)) DUPLICATE KEY(id)');
    const shorts = texts.slice(0, 3).map(([, text]) => text);
    const long = Array.from({ length: 9_500 }, () => `{"id":4,"x":"${'x'.repeat(900)}"}`).join('\r\n');
    await world.announce({ large: [...shorts, long].join('\n') }, { table: 'large' });
    await world.announce({ larger: ['\r\n', long, ...shorts.slice(1)].join('\n') }, { table: 'large' });
    expect(await world.sql('SELECT id, count(*) FROM d.large GROUP BY id ORDER BY id')).toEqual([
      [1, '5'],
      [2, '5'],
      [3, '5'],
      [4, '19000'],
    ]);
    expect(await world.rejected()).toEqual([]);
  });

  it('lands from change events in one line, and in arrays behind each other', async () => {
    await world.sql('CREATE TABLE d.changes (id int not null) PRIMARY KEY(id) DISTRIBUTED BY HASH(id)');
    await world.deliver(`${maxwell(1)}${maxwell(2)}`, {});
    await world.announce({ events: `[${maxwell(3)}]\n[${maxwell(4)},${maxwell(5)}]` });
    expect(await world.sql('SELECT id FROM d.changes ORDER BY id')).toEqual([[1], [2], [3], [4], [5]]);
    expect(await world.rejected()).toEqual([]);
  });
});
