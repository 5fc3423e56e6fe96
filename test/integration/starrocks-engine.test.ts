import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '../../local/starrocks/storage/engine.ts';

let engine: Engine;

beforeEach(async () => {
  engine = await createEngine();
  await engine.run('CREATE TABLE t (a INTEGER)');
});

afterEach(() => engine.close());

describe('exclusively', () => {
  it('keeps all of a transaction, and nothing of one that throws', async () => {
    await engine.exclusively(async (connection) => {
      await connection.run('INSERT INTO t VALUES (1)');
      await connection.run('INSERT INTO t VALUES (2)');
    });
    const failing = engine.exclusively(async (connection) => {
      await connection.run('INSERT INTO t VALUES (3)');
      throw new Error('stop');
    });
    await expect(failing).rejects.toThrow('stop');
    expect(await engine.rows('SELECT a FROM t ORDER BY a')).toEqual([{ a: 1 }, { a: 2 }]);
  });

  it('shows nothing before the end of the transaction', async () => {
    await engine.exclusively(async (connection) => {
      await connection.run('INSERT INTO t VALUES (1)');
      expect(await engine.rows('SELECT a FROM t')).toEqual([]);
    });
    expect(await engine.rows('SELECT a FROM t')).toEqual([{ a: 1 }]);
  });

  it('runs one at a time, in call order, also after one that fails', async () => {
    const order: string[] = [];
    const work = (name: string) =>
      engine.exclusively(async (connection) => {
        order.push(`${name} begins`);
        await connection.run('INSERT INTO t SELECT count(*) FROM t');
        if (name === 'b') throw new Error('b fails');
        order.push(`${name} ends`);
      });
    await Promise.allSettled([work('a'), work('b'), work('c')]);
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'c begins', 'c ends']);
    expect(await engine.rows('SELECT a FROM t ORDER BY a')).toEqual([{ a: 0 }, { a: 1 }]);
  });
});

describe('rows', () => {
  it('lose no digit of any type', async () => {
    const [row] = await engine.rows(
      `SELECT 9223372036854775807::BIGINT AS big, 170141183460469231731687303715884105727::HUGEINT AS huge,
       1.10::DECIMAL(38, 2) AS decimal, TIMESTAMP '2026-01-02 03:04:05.6' AS fraction, DATE '2026-01-02' AS day,
       TIMESTAMP '2026-01-02 03:04:05' AS moment, '\\xFF'::BLOB AS bytes, [1, NULL] AS list, {'a': DATE '2026-01-02'} AS record,
       MAP {'k': 1} AS map, NULL AS nothing, $1 AS given, $2 AS givenBytes`,
      ['é', Buffer.from([0, 200])],
    );
    expect(row).toEqual({
      big: 9223372036854775807n,
      huge: 170141183460469231731687303715884105727n,
      decimal: '1.10',
      fraction: '2026-01-02 03:04:05.600000',
      day: '2026-01-02',
      moment: '2026-01-02 03:04:05',
      bytes: Buffer.from([255]),
      list: [1, null],
      record: { a: '2026-01-02' },
      map: [['k', 1]],
      nothing: null,
      given: 'é',
      givenBytes: Buffer.from([0, 200]),
    });
  });
});
