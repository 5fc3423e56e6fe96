import { describe, expect, it, vi } from 'vitest';
import { timeOfId } from '../../src/kit/time-ordered-id.ts';
import type { SendFailed } from '../../src/producer/outcome.ts';
import { createProducer } from '../../src/producer/producer.ts';
import type { ProducerOptions } from '../../src/producer/producer-options.ts';
import {
  attribute,
  failureOf,
  fakeQueue,
  fifoUrl,
  instantClock,
  linesOf,
  queueUrl,
  successOf,
} from './producer-fakes.ts';

const producerOn = (queue: ReturnType<typeof fakeQueue>, options: Partial<ProducerOptions> = {}) =>
  createProducer({ queueUrl: queueUrl, client: queue.client, clock: instantClock(), targetBytes: 1024, ...options });
const rowsOf = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => ({ id: from + i, pad: 'x'.repeat(100) }));
const sdkError = (name: string, fault: 'client' | 'server') =>
  Object.assign(new Error('scripted'), { name, $fault: fault });
const rejection = (promise: Promise<unknown>): Promise<SendFailed> =>
  promise.then(
    () => {
      throw new Error('it resolved');
    },
    (error) => error,
  );

describe('delivery to SQS', () => {
  it('sends entries again that were refused singly, under the same chunk id, and only those', async () => {
    const queue = fakeQueue((entries, call) =>
      call === 1
        ? { Successful: entries.slice(2).map(successOf), Failed: entries.slice(0, 2).map((entry) => failureOf(entry)) }
        : { Successful: entries.map(successOf), Failed: [] },
    );
    const producer = producerOn(queue);
    await producer.send('t', rowsOf(40));
    const { rows } = await producer.close();

    const chunks = queue.batches.map((batch) => batch.map((entry) => attribute(entry, 'chunk')));
    expect(chunks[1]).toEqual(chunks[0]?.slice(0, 2));
    expect(rows).toBe(40);
    expect(queue.taken.flatMap(linesOf)).toHaveLength(40);
  });

  it('waits between attempts, longer each time and up to a bound', async () => {
    const queue = fakeQueue(() => Promise.reject(sdkError('ServiceUnavailable', 'server')));
    const clock = instantClock();
    const producer = producerOn(queue, { clock, maxAttempts: 10 });
    await producer.send('t', { id: 1 });
    await expect(producer.close()).rejects.toMatchObject({ code: 'SEND_FAILED' });
    expect(clock.waits).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  });

  it.each([
    ['a network failure', new Error('ECONNRESET')],
    ['a throttled call', sdkError('RequestThrottled', 'client')],
    ['an error of the service', sdkError('InternalFailure', 'server')],
  ])('sends the whole batch again after %s', async (_, error) => {
    const queue = fakeQueue((entries, call) => {
      if (call === 1) throw error;
      return { Successful: entries.map(successOf), Failed: [] };
    });
    const producer = producerOn(queue);
    await producer.send('t', { id: 1 });
    await expect(producer.close()).resolves.toMatchObject({ rows: 1, messages: 1 });
    expect(attribute(queue.batches[1]![0]!, 'chunk')).toBe(attribute(queue.batches[0]![0]!, 'chunk'));
  });

  it('gives up at once what SQS blames on the sender, and hands the rows back', async () => {
    const queue = fakeQueue((entries) => ({
      Successful: [],
      Failed: entries.map((entry) => failureOf(entry, true, 'Bad')),
    }));
    const producer = producerOn(queue, { newId: () => 'c1' });
    await producer.send('shop.t', [{ id: 1 }, { id: 2 }]);
    const error = await rejection(producer.flush());

    expect(queue.batches).toHaveLength(1);
    expect(error.message).toMatch(/SEND_FAILED.*2 rows in 1 chunks.*chunk c1 \(2 rows for t\): Bad: scripted/);
    expect(error.unsent).toEqual([
      { chunk: 'c1', database: 'shop', table: 't', rows: ['{"id":1}', '{"id":2}'], reason: 'Bad: scripted' },
    ]);
    await expect(producer.close()).resolves.toMatchObject({ rows: 0 });
  });

  it('does not repeat a call that is denied', async () => {
    const queue = fakeQueue(() => Promise.reject(sdkError('AccessDenied', 'client')));
    const producer = producerOn(queue);
    await producer.send('t', { id: 1 });
    expect((await rejection(producer.close())).unsent[0]?.reason).toBe('AccessDenied: scripted');
    expect(queue.batches).toHaveLength(1);
  });

  it('counts an entry that the answer does not name as not sent', async () => {
    const queue = fakeQueue((entries, call) =>
      call < 3 ? ({} as never) : { Successful: entries.map(successOf), Failed: [] },
    );
    const producer = producerOn(queue);
    await producer.send('t', { id: 1 });
    await expect(producer.close()).resolves.toMatchObject({ rows: 1 });
    expect(queue.batches).toHaveLength(3);
  });

  it('sends unsent rows again under their chunk id when the caller asks for it', async () => {
    const queue = fakeQueue((entries, call) => ({
      Successful: call === 1 ? [] : entries.map(successOf),
      Failed: call === 1 ? entries.map((entry) => failureOf(entry, true)) : [],
    }));
    const producer = producerOn(queue);
    await producer.send('t', [{ id: 1n }]);
    const { unsent } = await rejection(producer.flush());
    for (const { table, rows, chunk } of unsent) await producer.send(table, rows, { chunk });
    await producer.close();

    expect(queue.taken.map((entry) => attribute(entry, 'chunk'))).toEqual([unsent[0]?.chunk]);
    expect(queue.taken.flatMap(linesOf)).toEqual(['{"id":1}']);
  });

  it('makes send wait while enough is in the air', async () => {
    const release = Promise.withResolvers<void>();
    let pulled = 0;
    const queue = fakeQueue(async (entries) => {
      await release.promise;
      return { Successful: entries.map(successOf), Failed: [] };
    });
    const producer = producerOn(queue, { maxInFlight: 2 });
    const endless = function* () {
      for (const row of rowsOf(5000)) {
        pulled++;
        yield row;
      }
    };
    const sending = producer.send('t', endless());
    await vi.waitFor(() => expect(queue.batches).toHaveLength(2));
    const pulledWhileBlocked = pulled;
    await new Promise(setImmediate);

    expect(pulled).toBe(pulledWhileBlocked);
    // Seven rows a message, ten messages a batch, two batches in the air and one that waits.
    expect(pulled).toBeLessThan(400);
    release.resolve();
    await sending;
    await expect(producer.close()).resolves.toMatchObject({ rows: 5000 });
  });

  it('sends rows that have lingered without a flush', async () => {
    const lingered = Promise.withResolvers<void>();
    const queue = fakeQueue();
    const clock = { ...instantClock(), sleep: () => lingered.promise };
    const producer = producerOn(queue, { clock, lingerMs: 50 });
    await producer.send('t', { id: 1 });
    expect(queue.batches).toHaveLength(0);
    lingered.resolve();
    await vi.waitFor(() => expect(queue.taken.flatMap(linesOf)).toEqual(['{"id":1}']));
    await producer.close();
  });

  it('tells progress after every message, in totals', async () => {
    const seen: number[] = [];
    const queue = fakeQueue();
    const producer = producerOn(queue, { onProgress: ({ rows }) => seen.push(rows) });
    await producer.send('t', rowsOf(30));
    await producer.close();
    expect(seen.at(-1)).toBe(30);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  it('tells of an onProgress that throws when everything is sent, and hangs nothing', async () => {
    const queue = fakeQueue();
    const onProgress = () => {
      throw new Error('no disk for the progress bar');
    };
    const producer = producerOn(queue, { onProgress });
    await producer.send('t', rowsOf(40));
    await expect(producer.flush()).rejects.toThrow('no disk');
    expect(queue.taken.flatMap(linesOf)).toHaveLength(40);
    await producer.send('t', rowsOf(1));
    await expect(producer.close()).rejects.toThrow('no disk');
    expect(queue.taken.flatMap(linesOf)).toHaveLength(41);
  });

  it('closed while rows come in sends those it has, and refuses the others aloud', async () => {
    const queue = fakeQueue();
    const producer = producerOn(queue);
    const { promise: isClosed, resolve: close } = Promise.withResolvers<void>();
    async function* rows() {
      yield* rowsOf(3);
      await isClosed;
      yield* rowsOf(3, 3);
    }
    const sending = rejection(producer.send('t', rows()));
    const closing = new Promise((resolve) => setImmediate(resolve)).then(() => producer.close());
    expect(await closing).toMatchObject({ rows: 3 });
    close();
    expect(await sending).toMatchObject({ code: 'PRODUCER_CLOSED' });
    expect(queue.taken.flatMap(linesOf)).toHaveLength(3);
  });

  it('closed while a chunk is on its way sends it whole', async () => {
    const queue = fakeQueue();
    const producer = producerOn(queue);
    const sending = producer.send('t', rowsOf(5), { chunk: 'day-1' });
    const closing = producer.close();
    const ends = await Promise.allSettled([sending, closing]);
    const isSent = ends[0].status === 'fulfilled';
    expect(queue.taken.flatMap(linesOf)).toHaveLength(isSent ? 5 : 0);
    if (!isSent) expect(ends[0]).toMatchObject({ reason: { code: 'PRODUCER_CLOSED' } });
  });

  it.each(['', 'x'.repeat(257)])('refuses a chunk id that the sink would refuse', async (chunk) => {
    const producer = producerOn(fakeQueue());
    expect(await rejection(producer.send('t', rowsOf(1), { chunk }))).toMatchObject({
      code: 'MESSAGE_ATTRIBUTE_INVALID',
      detail: expect.stringContaining('expected are 1 to 256'),
    });
  });

  it('names chunks by UUIDs that carry their time', async () => {
    const queue = fakeQueue();
    const clock = { ...instantClock(), now: () => 1_700_000_000_000 };
    const producer = producerOn(queue, { clock });
    await producer.send('t', rowsOf(1));
    await producer.close();
    expect(timeOfId(queue.taken.map((entry) => attribute(entry, 'chunk')).join())).toBe(1_700_000_000_000);
  });

  it('takes no rows after close', async () => {
    const producer = producerOn(fakeQueue());
    await producer.close();
    await expect(producer.send('t', { id: 1 })).rejects.toMatchObject({ code: 'PRODUCER_CLOSED' });
  });
});

describe('FIFO queues', () => {
  it('keeps one message of a table in the air, in order, and tables apart', async () => {
    let inAir: string[] = [];
    const queue = fakeQueue(async (entries) => {
      const groups = entries.map(({ MessageGroupId = '' }) => MessageGroupId);
      expect(new Set([...inAir, ...groups]).size).toBe(inAir.length + groups.length);
      inAir = [...inAir, ...groups];
      await new Promise(setImmediate);
      inAir = inAir.filter((group) => !groups.includes(group));
      return { Successful: entries.map(successOf), Failed: [] };
    });
    const producer = producerOn(queue, { queueUrl: fifoUrl, database: 'shop', compression: 'gzip' });
    await Promise.all([producer.send('a', rowsOf(300)), producer.send('b', rowsOf(300, 1000))]);
    await producer.close();

    const idsOf = (group: string) =>
      queue.taken
        .filter((entry) => entry.MessageGroupId === group)
        .flatMap(linesOf)
        .map((line) => JSON.parse(line).id);
    expect(idsOf('shop.a')).toEqual(rowsOf(300).map(({ id }) => id));
    expect(idsOf('shop.b')).toEqual(rowsOf(300, 1000).map(({ id }) => id));
    for (const entry of queue.taken) expect(entry.MessageDeduplicationId).toBe(attribute(entry, 'chunk'));
  });

  it('lets no later message of a table pass one that could not be sent', async () => {
    const queue = fakeQueue((entries, call) => ({
      Successful: call === 2 ? [] : entries.map(successOf),
      Failed: call === 2 ? entries.map((entry) => failureOf(entry, true)) : [],
    }));
    const producer = producerOn(queue, { queueUrl: fifoUrl, maxInFlight: 1 });
    await producer.send('t', rowsOf(60));
    const { unsent } = await rejection(producer.flush());

    const sent = queue.taken.flatMap(linesOf);
    expect([...sent, ...unsent.flatMap(({ rows }) => rows)]).toEqual(rowsOf(60).map((row) => JSON.stringify(row)));
    expect(queue.batches).toHaveLength(2);
    await producer.send('t', rowsOf(1));
    await expect(producer.close()).resolves.toMatchObject({ rows: sent.length + 1 });
  });

  it('asks for fair queues on a standard queue only when told to', async () => {
    const plain = fakeQueue();
    const fair = fakeQueue();
    for (const [queue, groupId] of [
      [plain, undefined],
      [fair, (t: { table: string }) => `tenant of ${t.table}`],
    ] as const) {
      const producer = producerOn(queue, { groupId });
      await producer.send('t', { id: 1 });
      await producer.close();
    }
    expect(plain.taken[0]).not.toHaveProperty('MessageGroupId');
    expect(fair.taken[0]?.MessageGroupId).toMatch(/^[0-9a-f]{64}$/);
    expect(fair.taken[0]).not.toHaveProperty('MessageDeduplicationId');
  });
});
