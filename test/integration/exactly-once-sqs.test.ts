import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../local/aws/faults.ts';
import { openStack, rowsOf, sorted } from './delivery-world.ts';

let sink: Awaited<ReturnType<typeof openStack>>;
beforeAll(async () => {
  sink = await openStack({ options: { 'sink.stage-above-bytes': 0 }, aws: { disorder: 5, duplicates: 0.5 } });
});
afterAll(() => sink.close());

const expected = rowsOf(1, 50).map(({ id }) => String(id));

describe('a queue that delivers out of order, and half of its messages twice, when SQS', () => {
  it.each<readonly [string, Fault]>([
    ['loses nothing', { action: 'none', times: 0 }],
    ['takes a pointer and loses the answer', { action: 'SendMessage', after: true }],
    ['takes a pointer and answers 500', { action: 'SendMessage', after: true, status: 500 }],
    ['refuses pointers for a while', { action: 'SendMessage', status: 503, times: 4 }],
    ['refuses to delete a batch', { action: 'DeleteMessageBatch', status: 500 }],
    ['deletes a batch and loses the answer', { action: 'DeleteMessageBatch', after: true, times: 3 }],
    ['deletes a batch but for one message', { action: 'DeleteMessageBatch', entries: [0] }],
    ['takes a message of the producer and loses the answer', { action: 'SendMessageBatch', after: true, times: 2 }],
    ['refuses a message of the producer', { action: 'SendMessageBatch', entries: [0], times: 2 }],
  ])('%s, has every row in the table once', async (_, fault) => {
    const table = await sink.createTable();
    sink.aws.faults.add(fault);
    await Promise.all([1, 11, 21, 31, 41].map((from) => sink.send(table, rowsOf(from, from + 9))));
    await sink.idle();
    expect(sink.aws.faults.waiting).toBe(0);
    expect(sorted(await sink.rows(table))).toEqual(expected);
  });

  it('gets a chunk twice from its producer, has its rows in the table once', async () => {
    const table = await sink.createTable();
    for (const chunk of ['a', 'a', 'b', 'a']) await sink.send(table, rowsOf(chunk === 'a' ? 1 : 2, 2), { chunk });
    await sink.idle();
    // The rows of b are another chunk's, whatever they say.
    expect(sorted(await sink.rows(table))).toEqual(['1', '2', '2']);
  });
});
