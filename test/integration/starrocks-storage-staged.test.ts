import { describe, expect, it } from 'vitest';
import { csv, json, primary, rowsAfter, usePublishStorage, world } from './storage-publish-world.ts';

usePublishStorage();

describe('other models', () => {
  it('a duplicate-key table keeps every row, in the order of the body', async () => {
    const table = await world.table('(k INT, v INT) DUPLICATE KEY(k)');
    await world.load(table, csv, '1,3\n1,1\n1,3\n');
    expect(await world.engine.rows(`SELECT v FROM shop.${table.name}`)).toEqual([{ v: 3 }, { v: 1 }, { v: 3 }]);
  });

  it('a unique table replaces rows by key, also by NULL', async () => {
    const ddl = '(k INT NULL, v INT) UNIQUE KEY(k) DISTRIBUTED BY HASH(k)';
    expect(await rowsAfter(ddl, [csv, '1,1\n\\N,2\n'], [csv, '\\N,3\n1,4\n1,5\n'])).toEqual([
      [1, 5],
      [null, 3],
    ]);
  });

  it('an aggregate table folds rows by its functions, in order', async () => {
    const ddl = `(k INT NULL, s BIGINT SUM NULL, x INT MAX NULL, n INT MIN NULL, r INT REPLACE NULL, i INT REPLACE_IF_NOT_NULL NULL, d DECIMAL(10,2) SUM NULL)
      AGGREGATE KEY(k) DISTRIBUTED BY HASH(k)`;
    const rows = await rowsAfter(
      ddl,
      [csv, '1,1,1,1,1,1,0.10\n1,2,5,5,2,2,0.20\n\\N,1,1,1,1,1,1\n'],
      [csv, '1,10,3,-3,\\N,\\N,1.005\n\\N,1,1,1,7,\\N,\\N\n'],
    );
    expect(rows).toEqual([
      [1, 13n, 5, -3, null, 2, '1.31'],
      [null, 2n, 1, 1, 7, 1, '1.00'],
    ]);
  });

  it('an aggregate table subtracts with negative', async () => {
    const ddl = '(k INT, s BIGINT SUM) AGGREGATE KEY(k) DISTRIBUTED BY HASH(k)';
    expect(await rowsAfter(ddl, [csv, '1,10\n'], [{ ...csv, negative: 'true' }, '1,3\n'])).toEqual([[1, 7n]]);
  });
});

describe('staged rows', () => {
  it('are seen by nobody before they are published, and published in call order', async () => {
    const table = await world.table(primary);
    const outcomes = await Promise.all(['a', 'b', 'c'].map((w) => world.stage(table, csv, [`1,1,${w}\n`])));
    const staged = outcomes.map((outcome) => {
      if (!outcome.ok) throw new Error(outcome.message);
      return outcome.staged;
    });
    expect(await world.rows(table)).toEqual([]);
    await Promise.all([staged[2]!, staged[0]!, staged[1]!].map((each) => world.storage.publish(each)));
    expect(await world.rows(table)).toEqual([[1, 1, 'b']]);
  });

  it('are forgotten when they are discarded', async () => {
    const table = await world.table(primary);
    const outcome = await world.stage(table, csv, ['1,1,a\n']);
    if (!outcome.ok) throw new Error(outcome.message);
    await world.storage.discard(outcome.staged);
    await expect(world.storage.publish(outcome.staged)).rejects.toThrow('not staged');
    expect(await world.engine.rows("SELECT * FROM duckdb_tables() WHERE schema_name = '#staged'")).toEqual([]);
  });

  it('stay staged, and the table as it was, when publishing fails', async () => {
    const table = await world.table(primary);
    await world.load(table, csv, '1,1,a\n');
    const outcome = await world.stage(table, csv, ['1,2,b\n']);
    if (!outcome.ok) throw new Error(outcome.message);
    await world.engine.run(`ALTER TABLE shop.${table.name} RENAME w TO other`);
    await expect(world.storage.publish(outcome.staged)).rejects.toThrow();
    await world.engine.run(`ALTER TABLE shop.${table.name} RENAME other TO w`);
    expect(await world.rows(table)).toEqual([[1, 1, 'a']]);
    await world.storage.publish(outcome.staged);
    expect(await world.rows(table)).toEqual([[1, 2, 'b']]);
  });

  it('leave nothing behind when the body cannot be read', async () => {
    const table = await world.table(primary);
    expect(await world.load(table, json, '[')).toHaveProperty('message');
    expect(await world.engine.rows("SELECT * FROM duckdb_tables() WHERE schema_name = '#staged'")).toEqual([]);
  });
});

it('publishes rows of several tables all or none', async () => {
  const [one, other] = [await world.table(primary), await world.table('(k INT NOT NULL) DUPLICATE KEY(k)')];
  const staged = [await world.stage(one, csv, ['1,1,a\n']), await world.stage(other, csv, ['1\n'])].map((outcome) => {
    if (!outcome.ok) throw new Error(outcome.message);
    return outcome.staged;
  });
  const [first, second] = staged as [(typeof staged)[0], (typeof staged)[0]];
  await world.storage.discard(second);
  await expect(world.storage.publish(first, second)).rejects.toThrow(/not staged/);
  expect(await world.rows(one)).toEqual([]);
  const again = await world.stage(other, csv, ['1\n']);
  if (again.ok) await world.storage.publish(first, again.staged);
  expect([await world.rows(one), await world.rows(other)]).toEqual([[[1, 1, 'a']], [[1]]]);
});
