import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  array,
  bigint,
  bitmap,
  boolean,
  type Column,
  char,
  date,
  datetime,
  decimal,
  defineTable,
  double,
  float,
  hll,
  int,
  json,
  largeint,
  map,
  nullable,
  percentile,
  smallint,
  string,
  struct,
  tinyint,
  varbinary,
  varchar,
  withDefault,
} from '../../src/producer/define-table.ts';
import type { Destination } from '../../src/producer/destination.ts';
import { createProducer } from '../../src/producer/producer.ts';
import type { ProducerOptions } from '../../src/producer/producer-options.ts';
import type { Row } from '../../src/producer/row-text.ts';
import { attribute, fakeQueue, instantClock, linesOf, queueUrl } from './producer-fakes.ts';

const orders = defineTable(
  { id: bigint(), amount: decimal(10, 2), note: nullable(varchar(5)), state: withDefault(int()) },
  { name: 'shop.orders', primaryKey: ['id'] },
);

/** Sends without the compiler's help. @out what went into the queue, or why it did not */
async function sent(
  table: Destination,
  rows: Row | readonly Row[],
  op?: 'delete' | 'upsert',
  options: Partial<ProducerOptions> = {},
): Promise<readonly string[] | string> {
  const queue = fakeQueue();
  const producer = createProducer({ queueUrl, client: queue.client, clock: instantClock(), ...options });
  const refused = await producer.send(table as string, rows, op && { op }).catch((error) => error.detail);
  await producer.close();
  return refused ?? queue.taken.flatMap(linesOf);
}

describe('rows of a table that is defined', () => {
  it('go to its name, as they are', async () => {
    const queue = fakeQueue();
    const producer = createProducer({ queueUrl, client: queue.client, clock: instantClock(), database: 'other' });
    await producer.send(orders, [
      { id: 1, amount: '1.10' },
      { id: 2n ** 62n, amount: 1, note: 'äö', state: 0 },
    ]);
    await producer.send(orders, { id: '3' }, { op: 'delete' });
    await producer.close();
    expect(queue.taken.flatMap(linesOf)).toEqual([
      '{"id":1,"amount":"1.10"}',
      '{"id":4611686018427387904,"amount":1,"note":"äö","state":0}',
      '{"id":"3","__op":1}',
    ]);
    expect(queue.taken.map((entry) => [attribute(entry, 'database'), attribute(entry, 'table')])).toEqual([
      ['shop', 'orders'],
    ]);
  });

  it.each<[string, Row, string, ('delete' | 'upsert')?]>([
    ['lacks a column', { id: 1 }, "column 'amount' is NOT NULL without a DEFAULT, and is absent"],
    ['has NULL', { id: null, amount: 1 }, "column 'id': NULL, and the column is NOT NULL"],
    ['has NULL for a DEFAULT', { id: 1, amount: 1, state: null }, "column 'state': NULL, and the column is NOT NULL"],
    ['has another column', { id: 1, amount: 1, x: 2 }, '1 keys are no columns, the first is "x"'],
    ['has a fraction', { id: 1.5, amount: 1 }, "column 'id': a fraction, expected a whole number"],
    ['has too many digits', { id: 1, amount: 1.123 }, "column 'amount': 3 digits behind the point, expected at most 2"],
    ['is out of range', { id: 2n ** 63n, amount: 1 }, "column 'id': out of range, expected -9223372036854775808 to"],
    ['has lost digits', { id: 2 ** 60, amount: 1 }, "column 'id': a number beyond 2^53, which has lost digits"],
    ['is too long', { id: 1, amount: 1, note: 'äöü' }, "column 'note': 6 bytes, expected at most 5"],
    ['is text of that kind', '{"id":"x","amount":1}', "column 'id': a text, expected a whole number"],
    ['deletes by no key', { amount: 1 }, "column 'id' of the key is absent", 'delete'],
  ])('are refused by row and column when one %s', async (_, row, reason, op) => {
    const good: Row = { id: 1, amount: 1 };
    expect(await sent(orders, [good, row], op)).toContain(`Row 2 of the call: ${reason}`);
    expect(await sent('shop.orders', [good, row], op)).toHaveLength(2);
  });

  it('are looked at before they become CSV', async () => {
    const csv = { format: 'csv', columns: ['id', 'amount'] } as const;
    expect(await sent(orders, [{ id: 1, amount: 2 }], undefined, csv)).toEqual(['1\t2']);
    expect(await sent(orders, [{ id: 'x', amount: 2 }], undefined, csv)).toContain("Row 1 of the call: column 'id'");
    expect(await sent(orders, ['1\t2'], undefined, csv)).toContain('Row 1 of the call: The row is CSV text');
  });

  it('are not deleted where there is no primary key', async () => {
    const log = defineTable({ id: int() }, { name: 'log' });
    expect(await sent(log, { id: 1 }, 'delete')).toContain('the table is none with a primary key');
  });

  it.each<[string, Column, readonly unknown[], readonly unknown[]]>([
    ['boolean', boolean(), [true, 'false', 1], ['x', {}]],
    ['tinyint', tinyint(), [-128, 127n, '5'], [128, 'x']],
    ['smallint', smallint(), [32767], [32768]],
    ['int', int(), [2147483647], [2147483648, [1]]],
    ['bigint', bigint(), [2n ** 63n - 1n, '-9223372036854775808'], [2n ** 63n, '1e30']],
    ['largeint', largeint(), [2n ** 127n - 1n], [2n ** 127n]],
    ['float', float(), [1.5], [1e39, 'x']],
    ['double', double(), [1e300], ['x']],
    ['decimal', decimal(5, 2), ['123.45', 1n, 0.5], ['1234', '1.234']],
    ['date', date(), [new Date(0), '2026-01-02'], [1, '2026-13-01']],
    ['datetime', datetime(), [new Date(0), '2026-01-02T03:04:05Z'], [1, 'now']],
    ['char', char(2), ['ab'], ['abc']],
    ['varchar', varchar(3), ['ä', ''], ['äö']],
    ['string', string(), ['x'.repeat(70_000)], []],
    ['json', json(), [{ a: [1] }, 'text', 1, true], []],
    ['varbinary', varbinary(2), [Uint8Array.of(1, 2), 'AQI='], [Uint8Array.of(1, 2, 3), '#']],
    ['varbinary of any length', varbinary(), [new Uint8Array(1000)], [1]],
    ['array', array(tinyint()), [[1, null], []], [[300], 'x', { a: 1 }]],
    ['map', map(int(), string()), [{ 1: 'a' }], [{ a: 'a' }, [1]]],
    ['struct', struct({ 'a b': int(), c: array(date()) }), [{ 'a b': 1, c: ['2026-01-01'] }], [{ c: ['x'] }, 1]],
    ['bitmap', bitmap(), [1, undefined], [-1]],
    ['hll', hll(), ['any', undefined], []],
    ['percentile', percentile(), [1.5, undefined], ['x']],
  ])('hold in a column of %s what the sink takes, and nothing else', async (_, column, good, bad) => {
    const table = defineTable({ id: int(), v: column }, { name: 't' });
    for (const v of good) expect(await sent(table, { id: 1, v })).toHaveLength(1);
    for (const v of bad) expect(await sent(table, { id: 1, v })).toMatch(/^Row 1 of the call: column 'v': /);
    const orNull = defineTable({ id: int(), v: nullable(column) }, { name: 't' });
    expect(await sent(orNull, { id: 1, v: null })).toHaveLength(1);
  });

  it('never make the producer fail otherwise than by their row, whatever they are', async () => {
    const value = fc.oneof(fc.jsonValue(), fc.bigInt(), fc.date({ noInvalidDate: false }), fc.uint8Array());
    const row = fc.dictionary(fc.constantFrom('id', 'amount', 'note', 'state', '__proto__', '__op'), value);
    await fc.assert(
      fc.asyncProperty(row, async (one) => {
        const result = await sent(orders, one);
        if (typeof result === 'string') expect(result).toMatch(/^Row 1 of the call: /);
        else expect(result).toHaveLength(1);
      }),
    );
  });
});
