import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createProducer } from '../../src/producer/producer.ts';
import type { ProducerOptions } from '../../src/producer/producer-options.ts';
import { runs } from '../property-runs.ts';
import { attribute, fakeQueue, instantClock, linesOf, messageBytes, queueUrl, textOf } from './producer-fakes.ts';

const mib = 1_048_576;
const producerOn = (queue: ReturnType<typeof fakeQueue>, options: Partial<ProducerOptions> = {}) =>
  createProducer({ queueUrl: queueUrl, client: queue.client, clock: instantClock(), ...options });

const cell = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom('\0', '\x01', '\n', '\r', '"', '\\', '\\u', '\ufffe', '\uffff', '\u2028', 'é', '🙂'),
  }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue(),
);
const row = fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1 }), cell, { maxKeys: 6 });
const calls = fc.array(
  fc.record({ table: fc.constantFrom('a', 'b', 'other.a'), rows: fc.array(row, { maxLength: 30 }) }),
  {
    maxLength: 8,
  },
);

describe('packing rows into messages', () => {
  it('gives every row back, in order per table, whatever it holds', async () => {
    await fc.assert(
      fc.asyncProperty(
        calls,
        fc.constantFrom(undefined, 'gzip' as const, 'zstd' as const),
        fc.integer({ min: 1024, max: 4096 }),
        async (sends, compression, targetBytes) => {
          const queue = fakeQueue();
          const producer = producerOn(queue, { compression, targetBytes, database: 'shop' });
          for (const { table, rows } of sends) await producer.send(table, rows);
          const summary = await producer.close();

          for (const table of ['shop.a', 'shop.b', 'other.a']) {
            const messages = queue.taken.filter(
              (entry) => `${attribute(entry, 'database')}.${attribute(entry, 'table')}` === table,
            );
            const sent = sends.filter(
              (call) => (call.table.includes('.') ? call.table : `shop.${call.table}`) === table,
            );
            const expected = sent.flatMap(({ rows }) => rows.map((each) => JSON.stringify(each)));
            expect(messages.flatMap(linesOf)).toEqual(expected);
            for (const message of messages) expect(Number(attribute(message, 'rows'))).toBe(linesOf(message).length);
          }
          expect(summary.rows).toBe(sends.reduce((sum, { rows }) => sum + rows.length, 0));
          expect(summary.bytes).toBe(queue.taken.reduce((sum, entry) => sum + messageBytes(entry), 0));
        },
      ),
      { numRuns: runs(60) },
    );
  });

  it('keeps messages within the target and batches within SQS limits', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 150 });
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.integer({ min: 65_536, max: mib }),
        fc.constantFrom(undefined, 'zstd' as const),
        fc.constantFrom('x', 'é', '\ufffe'),
        async (lengths, targetBytes, compression, letter) => {
          const queue = fakeQueue();
          const producer = producerOn(queue, { targetBytes, compression });
          await producer.send(
            't',
            lengths.map((length, id) => ({ id, text: letter.repeat(length / 2) })),
          );
          await producer.close();

          for (const entry of queue.taken) expect(messageBytes(entry)).toBeLessThanOrEqual(targetBytes);
          for (const batch of queue.batches) {
            expect(batch.length).toBeLessThanOrEqual(10);
            expect(batch.reduce((sum, entry) => sum + messageBytes(entry), 0)).toBeLessThanOrEqual(mib);
          }
          expect(queue.taken.flatMap(linesOf).map((line) => JSON.parse(line).id)).toEqual(lengths.map((_, id) => id));
        },
      ),
      { numRuns: runs(25) },
    );
  });

  it('fills messages: the next row would not have fitted', async () => {
    const queue = fakeQueue();
    const producer = producerOn(queue, { targetBytes: 10_000 });
    const rows = Array.from({ length: 500 }, (_, id) => ({ id: 1000 + id, text: 'é'.repeat(30) }));
    await producer.send('t', rows);
    await producer.close();

    const rowBytes = Buffer.byteLength(JSON.stringify(rows[0])) + 1;
    for (const entry of queue.taken.slice(0, -1)) expect(messageBytes(entry) + rowBytes).toBeGreaterThan(10_000 - 10);
  });

  it('sends a row that fills a message to the last byte, and refuses one byte more', async () => {
    const probe = fakeQueue();
    const first = producerOn(probe);
    await first.send('t', { x: '' });
    await first.close();
    const room = mib - messageBytes(probe.taken[0]!);

    const queue = fakeQueue();
    const producer = producerOn(queue);
    await producer.send('t', [{ x: 'y'.repeat(room) }]);
    await expect(producer.send('t', [{ a: 1 }, { x: 'y'.repeat(room + 1) }, { a: 2 }])).rejects.toMatchObject({
      code: 'ROW_TOO_LARGE',
      detail: expect.stringMatching(/Row 2 .* 1048577 bytes; SQS takes 1048576/),
      refused: [{ index: 1, code: 'ROW_TOO_LARGE' }],
    });
    await producer.close();

    expect(queue.taken.map(messageBytes)).toContain(mib);
    expect(queue.taken.flatMap(linesOf).slice(1)).toEqual(['{"a":1}', '{"a":2}']);
  });

  it('stays within the target when a message holds very many rows', async () => {
    const queue = fakeQueue();
    const producer = producerOn(queue, { targetBytes: mib });
    await producer.send(
      't',
      Array.from({ length: 400_000 }, () => '{}'),
    );
    await producer.close();
    expect(Math.max(...queue.taken.map(messageBytes))).toBeLessThanOrEqual(mib);
    expect(queue.taken).toHaveLength(2);
  });

  it('keeps a row that nearly fills a message in its place', async () => {
    const queue = fakeQueue();
    const producer = producerOn(queue);
    await producer.send('t', [{ id: 1 }, { id: 2, text: 'x'.repeat(900_000) }, { id: 3 }]);
    await producer.close();
    expect(queue.taken.flatMap(linesOf).map((line) => JSON.parse(line).id)).toEqual([1, 2, 3]);
  });

  it('cuts compressed messages again when rows shrink less than those before', async () => {
    let seed = 7;
    const next = () => {
      seed = (seed * 48271) % 2147483647;
      return (seed % 36).toString(36);
    };
    const noise = () => Array.from({ length: 300 }, next).join('');
    const rows = [
      ...Array.from({ length: 3000 }, (_, id) => ({ id, text: 'same '.repeat(20) })),
      ...Array.from({ length: 400 }, (_, id) => ({ id: 3000 + id, text: noise() })),
    ];
    const queue = fakeQueue();
    const producer = producerOn(queue, { targetBytes: 16_384, compression: 'gzip' });
    await producer.send('t', rows);
    await producer.close();

    expect(Math.max(...queue.taken.map(messageBytes))).toBeLessThanOrEqual(16_384);
    expect(queue.taken.flatMap(linesOf)).toEqual(rows.map((each) => JSON.stringify(each)));
    expect(new Set(queue.taken.map((entry) => attribute(entry, 'chunk'))).size).toBe(queue.taken.length);
    expect(textOf(queue.taken[1]!).length).toBeGreaterThan(5 * messageBytes(queue.taken[1]!));
  });

  it('encodes a body by itself only when SQS would refuse its characters', async () => {
    const queue = fakeQueue();
    const producer = producerOn(queue);
    await producer.send('fine', { x: 'tab\t and \u0001 and é🙂' });
    await producer.send('odd', { x: '\uffff' });
    await producer.close();

    expect(queue.taken.map((entry) => attribute(entry, 'encoding'))).toEqual([undefined, 'gzip']);
    expect(linesOf(queue.taken[1]!)).toEqual(['{"x":"\uffff"}']);
  });

  it('names chunk, table, format and columns in at most ten attributes', async () => {
    const queue = fakeQueue();
    const producer = producerOn(queue, { columns: ['id', 'name'], newId: () => 'chunk-1', compression: 'zstd' });
    await producer.send({ database: 'shop', table: 'or.ders' }, [{ id: 1 }, { id: 2 }]);
    await producer.close();

    const attributes = queue.taken[0]?.MessageAttributes ?? {};
    expect(
      Object.fromEntries(Object.entries(attributes).map(([name, { StringValue }]) => [name, StringValue])),
    ).toEqual({
      database: 'shop',
      table: 'or.ders',
      format: 'json',
      encoding: 'zstd',
      columns: 'id,name',
      chunk: 'chunk-1',
      rows: '2',
    });
    expect(attributes['rows']?.DataType).toBe('Number');
  });

  it('sends all rows of a call as one chunk under the id of the caller, or none', async () => {
    const queue = fakeQueue();
    const producer = producerOn(queue, { targetBytes: 1024 });
    await producer.send(
      't',
      Array.from({ length: 200 }, (_, id) => ({ id })),
      { chunk: 'order-17' },
    );
    await expect(producer.send('t', [{ id: 1 }, { id: Number.NaN }], { chunk: 'order-18' })).rejects.toMatchObject({
      code: 'VALUE_NOT_ENCODABLE',
    });
    await producer.close();

    expect(queue.taken.map((entry) => [attribute(entry, 'chunk'), attribute(entry, 'rows')])).toEqual([
      ['order-17', '200'],
    ]);
  });

  it('names every unusable option at once', () => {
    expect(() => createProducer({ queueUrl: 'rows', targetBytes: 12, maxInFlight: 0, columns: ['a,b'] })).toThrow(
      /OPTIONS_INVALID.*targetBytes.*maxInFlight.*queueUrl.*column name/,
    );
  });
});
