import { afterAll, describe, expect, it } from 'vitest';
import { startFollowable } from '../../local/mysql/followable.ts';
import { changesOf, t, world } from './follow-session.ts';
import { rowsOf } from './follow-world.ts';

/** MySQL takes this only when its data folder is made. */
const start = await startFollowable.mariadb(['--lower-case-table-names=1']);
afterAll(async () => {
  if ('server' in start) await start.server.stop();
});

describe('a server that keeps names in lower case', () => {
  if (!('server' in start)) return it.skip(start.missing);
  const { server } = start;

  it('is followed by them, however a statement writes them', async () => {
    await using shop = await world(server, t);
    await shop.run(
      'ALTER TABLE SHOP.T ADD COLUMN c INT; INSERT INTO T (id) VALUES (1); TRUNCATE Shop.T; RENAME TABLE T TO U; DROP TABLE `U`',
    );
    const read = await shop.end();
    expect(read.stopped).toBeUndefined();
    expect(changesOf(read)).toEqual([
      ['alter', 't'],
      ['truncate', 't'],
      ['rename', 't'],
      ['rename', 'u'],
      ['drop', 'u'],
    ]);
    const databases = read.events.flatMap((event) => (event.kind === 'schema-change' ? [event.database] : []));
    expect([...new Set(databases)]).toEqual(['shop']);
    expect(rowsOf(read.events).map(({ shape }) => shape.table)).toEqual(['t']);
  });
});
