import { afterAll, describe, expect, it } from 'vitest';
import { startFollowable } from '../../local/mysql/followable.ts';
import { cellsOf, readOn, t, world } from './follow-session.ts';
import { named, rowsOf } from './follow-world.ts';

const flavours = ['mariadb', 'mysql'] as const;
const started = { mariadb: await startFollowable.mariadb(), mysql: await startFollowable.mysql() };

afterAll(async () => {
  for (const start of Object.values(started)) if ('server' in start) await start.server.stop();
});

describe.each(flavours)('a real %s', async (flavour) => {
  const start = started[flavour];
  if (!('server' in start)) return it.skip(start.missing);
  const { server } = start;

  it.each([
    [
      'leaves columns out of its rows',
      "SET binlog_row_image = 'MINIMAL'; UPDATE t SET v = 2",
      'SOURCE_SETTING',
      /shop\.t.*binlog_row_image/,
    ],
    [
      'leaves blobs out of its rows',
      "SET binlog_row_image = 'NOBLOB'; UPDATE t SET v = 2",
      'SOURCE_SETTING',
      /shop\.t.*binlog_row_image/,
    ],
    [
      'leaves columns out of inserts',
      "SET binlog_row_image = 'MINIMAL'; INSERT INTO t (id) VALUES (2)",
      'SOURCE_SETTING',
      /shop\.t/,
    ],
    [
      'writes statements',
      "SET binlog_format = 'STATEMENT'; INSERT INTO t VALUES (2, 2, NULL)",
      'SOURCE_STATEMENT',
      /INSERT INTO t/,
    ],
    [
      'writes statements that begin with a comment',
      "SET binlog_format = 'STATEMENT'; /* a */ -- b\n DELETE FROM t",
      'SOURCE_STATEMENT',
      /DELETE FROM t/,
    ],
  ])('stops before its position moves when a session %s', async (_, statement, code, found) => {
    await using shop = await world(server, t, "INSERT INTO t VALUES (1, 1, 'x')");
    await shop.run('INSERT INTO t VALUES (5, 5, NULL)', statement);
    const read = await shop.end();
    expect(read.stopped?.code).toBe(code);
    expect(read.stopped?.message).toMatch(found);
    expect(read.stopped?.message).toMatch(/Position binlog\.\d+:\d+, transaction /);
    // The row before is whole; of the transaction that stops there is no commit.
    expect(cellsOf(read)).toEqual([['insert', ['5', '5', 'null']]]);
    expect(read.events.filter(({ kind }) => kind === 'commit')).toHaveLength(1);
  });

  it('stops when the server writes no names of columns', async () => {
    await using shop = await world(server, t);
    await shop.run(
      "SET GLOBAL binlog_row_metadata = 'MINIMAL'",
      'INSERT INTO t VALUES (1, 1, NULL)',
      "SET GLOBAL binlog_row_metadata = 'FULL'",
    );
    const { stopped } = await shop.end();
    expect(stopped?.code).toBe('SOURCE_SETTING');
    expect(stopped?.message).toMatch(/Table shop\.t: .*binlog_row_metadata is not FULL/);
  });

  it('holds the rows of an XA transaction until its end, and goes on from before its prepare', async () => {
    await using shop = await world(server, t);
    await shop.runApart("XA START 'a'; INSERT INTO t VALUES (1, 1, NULL); XA END 'a'; XA PREPARE 'a'");
    await shop.runApart("XA START 'b'; INSERT INTO t VALUES (2, 2, NULL); XA END 'b'; XA PREPARE 'b'");
    await shop.run(
      'INSERT INTO t VALUES (3, 3, NULL)',
      "XA COMMIT 'a'",
      'INSERT INTO t VALUES (4, 4, NULL)',
      "XA ROLLBACK 'b'",
      "XA START 'c'; INSERT INTO t VALUES (5, 5, NULL); XA END 'c'; XA COMMIT 'c' ONE PHASE",
    );
    const read = await shop.end();
    expect(read.stopped).toBeUndefined();
    expect(rowsOf(read.events).map((row) => named(row, 'after')['id'])).toEqual(['3', '1', '4', '5']);
    for (const [index, event] of read.events.entries()) {
      if (event.kind !== 'commit') continue;
      const again = await readOn(shop.source, event.position);
      expect(again.events).toEqual(read.events.slice(index + 1));
    }
  });

  it('stops at the end of an XA transaction whose rows were written before it began to read', async () => {
    await using shop = await world(server, t);
    await shop.runApart("XA START 'x1'; INSERT INTO t VALUES (1, 1, NULL); XA END 'x1'; XA PREPARE 'x1'");
    await expect(shop.source.notePosition()).rejects.toMatchObject({ code: 'SOURCE_XA' });
    const read = async () => {
      const first = await readOn(shop.source, shop.from);
      const prepared = first.events.findLast((event) => event.kind === 'commit')?.position;
      const { readFrom: _, ...position } = prepared ?? shop.from;
      return position;
    };
    await shop.run('INSERT INTO end VALUES (9)');
    const position = await read();
    await shop.run("XA COMMIT 'x1'");
    const { stopped } = await readOn(shop.source, position);
    expect(stopped?.code).toBe('SOURCE_XA');
    expect(stopped?.message).toContain("x'7831',x'',1");
  });
});
