import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseServer } from '../../local/mysql/database-server.ts';
import { startFollowable } from '../../local/mysql/followable.ts';
import type { MySqlSource, SourceEvent } from '../../src/mysql/follow/source.ts';
import { follow, freshDatabase, lastPosition, named, readUntil, rowsOf } from './follow-world.ts';

/** All that a statement called `end` was behind of. */
const hasEnd = (events: readonly SourceEvent[]) =>
  events.some((event) => event.kind === 'schema-change' && event.table === 'end' && event.change === 'create') &&
  events.at(-1)?.kind === 'commit';

const flavours = ['mariadb', 'mysql'] as const;
const started = Object.fromEntries(
  await Promise.all(flavours.map(async (flavour) => [flavour, await startFollowable[flavour]()] as const)),
);
const serverOf = (flavour: string): DatabaseServer | undefined => {
  const start = started[flavour];
  return start && 'server' in start ? start.server : undefined;
};

afterAll(async () => {
  for (const flavour of flavours) await serverOf(flavour)?.stop();
});

describe.each(flavours)('the binlog of a real %s', (flavour) => {
  const server = serverOf(flavour);
  let source: MySqlSource;

  beforeAll(async () => {
    if (server === undefined) return;
    source = await follow(server, 'shop');
    return () => source.close();
  });

  const setUp = async (...statements: readonly string[]) => {
    await freshDatabase(server!.connection, 'shop');
    for (const sql of statements) await server!.connection.query(sql);
    return await source.notePosition();
  };
  /** What is read of some statements. */
  const readOf = async (tables: readonly string[], ...statements: readonly string[]) => {
    const from = await setUp(...tables);
    for (const sql of statements) await server!.connection.query(sql);
    await server!.connection.query('CREATE TABLE end (id INT PRIMARY KEY)');
    return await readUntil(source, from, hasEnd);
  };

  it.skipIf(!server)(
    'tells rows with what they were and are, between the begin and the commit of their transaction',
    async () => {
      const events = await readOf(
        ['CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(10))'],
        "BEGIN; INSERT INTO t VALUES (1, 'a'), (2, 'b'); UPDATE t SET id = 3, name = NULL WHERE id = 1; DELETE FROM t WHERE id = 2; COMMIT",
      );
      expect(events.slice(0, 6).map(({ kind }) => kind)).toEqual(['begin', 'row', 'row', 'row', 'row', 'commit']);
      expect(rowsOf(events).map(({ operation, before, after, index }) => [index, operation, before, after])).toEqual([
        [0, 'insert', undefined, ['1', '"a"']],
        [1, 'insert', undefined, ['2', '"b"']],
        [2, 'update', ['1', '"a"'], ['3', 'null']],
        [3, 'delete', ['2', '"b"'], undefined],
      ]);
    },
  );

  it.skipIf(!server)('goes on behind any commit, with neither gap nor double', async () => {
    const events = await readOf(
      ['CREATE TABLE t (id INT PRIMARY KEY)'],
      ...[1, 2, 3, 4].map((id) => `INSERT INTO t VALUES (${id})`),
    );
    for (const [index, event] of events.entries()) {
      if (event.kind !== 'commit' || index === events.length - 1) continue;
      const again = await readUntil(source, event.position, hasEnd);
      expect(again).toEqual(events.slice(index + 1));
    }
    expect(rowsOf(events)).toHaveLength(4);
  });

  it.skipIf(!server)('reads rows by the columns that the table had when they were written', async () => {
    const events = await readOf(
      ['CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(10))'],
      "INSERT INTO t VALUES (1, 'a')",
      'ALTER TABLE t ADD COLUMN extra INT FIRST',
      "INSERT INTO t VALUES (7, 2, 'b')",
      'ALTER TABLE t DROP COLUMN name',
      'INSERT INTO t VALUES (8, 3)',
      'DROP TABLE t',
    );
    expect(rowsOf(events).map((row) => named(row, 'after'))).toEqual([
      { id: '1', name: '"a"' },
      { extra: '7', id: '2', name: '"b"' },
      { extra: '8', id: '3' },
    ]);
    const changes = events.filter((event) => event.kind === 'schema-change' && event.table === 't');
    expect(changes.map((event) => event.kind === 'schema-change' && event.change)).toEqual(['alter', 'alter', 'drop']);
  });

  it.skipIf(!server)('passes over tables that no route takes, and moves on', async () => {
    await freshDatabase(server!.connection, 'other');
    await server!.connection.query('CREATE TABLE t (id INT PRIMARY KEY)');
    const events = await readOf([], 'INSERT INTO other.t VALUES (1)', 'TRUNCATE other.t', 'DROP DATABASE other');
    // Whether a table that is followed was in a database is known by who follows.
    expect(events.slice(0, -3).map(({ kind }) => kind)).toEqual([
      ...['begin', 'commit', 'begin', 'commit'],
      ...['begin', 'schema-change', 'commit'],
    ]);
    expect(events.find(({ kind }) => kind === 'schema-change')).toMatchObject({ database: 'other', table: '' });
    expect(lastPosition(events)?.gtid).toBe((await source.notePosition()).gtid);
  });
});
