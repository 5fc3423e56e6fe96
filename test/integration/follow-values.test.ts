import { afterAll, describe, expect, it } from 'vitest';
import { startFollowable } from '../../local/mysql/followable.ts';
import type { Cells } from '../../src/mysql/follow/source.ts';
import { documentValues } from './follow-document-values.ts';
import { numberValues } from './follow-number-values.ts';
import { textValues } from './follow-text-values.ts';
import { timeValues } from './follow-time-values.ts';
import { follow, freshDatabase, readUntil, rowsOf } from './follow-world.ts';

const typedValues = [...numberValues, ...textValues, ...timeValues, ...documentValues];
const flavours = ['mariadb', 'mysql'] as const;
const started = {
  mariadb: await startFollowable.mariadb(['--character-set-server=utf8mb4']),
  mysql: await startFollowable.mysql(),
};

afterAll(async () => {
  for (const start of Object.values(started)) if ('server' in start) await start.server.stop();
});

describe.each(flavours)('values of a real %s', async (flavour) => {
  const start = started[flavour];
  if (!('server' in start)) return it.skip(start.missing);
  const { server } = start;
  const { connection } = server;
  await freshDatabase(connection, 'shop');
  const source = await follow(server, 'shop');
  const types = typedValues.filter(({ only = flavour }) => only === flavour);
  const from = await source.notePosition();
  // Zero dates, and values that are no member of an enum.
  await connection.query("SET SESSION sql_mode = '', SESSION time_zone = '+00:00'");
  for (const [index, { type, values }] of types.entries()) {
    await connection.query(`CREATE TABLE t${index} (id INT PRIMARY KEY, c ${type}, after_it INT)`);
    for (const [id, [literal]] of values.entries()) {
      await connection.query(`INSERT INTO t${index} VALUES (${id}, ${literal}, 7)`);
    }
  }
  await connection.query('CREATE TABLE end (id INT PRIMARY KEY); INSERT INTO end VALUES (1)');
  const events = await readUntil(source, from, (all) => rowsOf(all).at(-1)?.shape.table === 'end');
  // As of a server that tells nothing of the columns.
  const nameless = await follow(server, 'shop', { columnNames: 'server', serverId: 78 });
  const defined = (await nameless.tables()).map(({ whole }) => whole);
  const readNameless = { ...nameless, openBinlog: (position: typeof from) => nameless.openBinlog(position, defined) };
  const again = await readUntil(readNameless, from, (all) => rowsOf(all).at(-1)?.shape.table === 'end');
  await nameless.close();
  const tables = new Map((await source.tables()).map((table) => [table.table, table]));
  afterAll(() => source.close());

  const selected = async (name: string) => {
    const rows: Cells[] = [];
    for await (const batch of source.readRange(tables.get(name)!, {})) rows.push(...batch.rows);
    return rows;
  };

  it.each(types.map((each, index) => [each.type.slice(0, 60), index, each] as const))(
    'of %s are the same from the binlog and from a SELECT',
    async (_, index, { values }) => {
      const written = rowsOf(events).filter(({ shape }) => shape.table === `t${index}`);
      const cells = written.map(({ after }) => after);
      expect(cells).toEqual(await selected(`t${index}`));
      for (const [id, [, expected]] of values.entries()) {
        expect(cells[id]?.at(2)).toBe('7');
        if (expected !== '') expect(cells[id]?.at(1)).toBe(expected);
        expect(() => JSON.parse(cells[id]?.at(1) ?? '')).not.toThrow();
      }
      expect(rowsOf(again).filter(({ shape }) => shape.table === `t${index}`)).toEqual(written);
      expect(tables.get(`t${index}`)?.shape.columns).toEqual(written[0]?.shape.columns);
    },
  );
});
