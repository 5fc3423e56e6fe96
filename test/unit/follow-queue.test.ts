import { describe, expect, it } from 'vitest';
import { rowsQueue } from '../../src/follow/rows-queue.ts';
import { createRoom, sendChunks } from '../../src/follow/send-chunks.ts';
import { systemClock } from '../../src/kit/clock.ts';
import type { Message } from '../../src/producer/message.ts';
import { manualClock } from '../manual-clock.ts';

describe('a full queue', () => {
  /** @in  counts: what SQS says of waiting messages, one after the other; an error is thrown */
  function world(...counts: readonly (number | Error)[]) {
    const clock = manualClock();
    const left = [...counts];
    let asked = 0;
    const waiting = async () => {
      asked++;
      const next = left.shift() ?? 0;
      if (next instanceof Error) throw next;
      return next;
    };
    return { clock, room: createRoom({ queue: { waiting }, clock, mostWaiting: 100 }), asked: () => asked };
  }
  const settled = async (promise: Promise<void>) => {
    let isSettled = false;
    void promise.then(() => {
      isSettled = true;
    });
    await new Promise(setImmediate);
    return () => isSettled;
  };

  it('is waited for, until it is not full any more', async () => {
    const { clock, room, asked } = world(500, 100, 99);
    const isSettled = await settled(room(new AbortController().signal));
    expect(isSettled()).toBe(false);
    await clock.pass(5000);
    expect([isSettled(), asked()]).toEqual([false, 2]);
    await clock.pass(5000);
    expect([isSettled(), asked()]).toEqual([true, 3]);
  });

  it('is asked about now and then, and not before each portion', async () => {
    const { clock, room, asked } = world();
    for (let portion = 0; portion < 50; portion++) await room(new AbortController().signal);
    expect(asked()).toBe(1);
    await clock.pass(2000);
    await room(new AbortController().signal);
    expect(asked()).toBe(2);
  });

  it('is not waited for when nobody can tell, or when time is over', async () => {
    const { room } = world(new Error('503'));
    await room(new AbortController().signal);
    const full = world(500, 500);
    const until = new AbortController();
    const isSettled = await settled(full.room(until.signal));
    until.abort();
    await full.clock.pass(5000);
    expect(isSettled()).toBe(true);
  });
});

it('a queue that keeps no order is refused, unless the rows tell theirs', () => {
  const open = (needsOrder?: boolean) =>
    rowsQueue('http://127.0.0.1/1/rows', { clock: systemClock, ...(needsOrder === undefined ? {} : { needsOrder }) });
  expect(() => open()).toThrow(/FOLLOW_QUEUE_UNORDERED.*http:\/\/127\.0\.0\.1\/1\/rows is a standard queue/);
  expect(() => open(false)).not.toThrow();
});

describe('the chunks of a plan', () => {
  const chunk = (id: string, group: string, orderedBy?: string) => ({
    ...{ id, database: 'd', table: 't', group, rows: 1, bytes: 3, lines: ['{}'] },
    ...(orderedBy && { orderedBy }),
  });
  const deps = { payloads: { bucket: 'b', prefix: '', put: async () => undefined }, newId: () => '1' };

  it('are sent group by group in their order; behind one that is not taken no later one of its group is', async () => {
    const taken: string[] = [];
    const send = async (messages: readonly Message[]) => {
      const failed = messages.filter(({ pack }) => pack.chunkId === 'a2');
      taken.push(...messages.filter((message) => !failed.includes(message)).map(({ pack }) => pack.chunkId));
      return new Map(failed.map((message) => [message, 'SQS: no answer'] as const));
    };
    const chunks = ['a1', 'b1', 'a2', 'b2', 'a3'].map((id) => chunk(id, id.slice(0, 1)));
    const queue = { send, waiting: async () => 0 };
    await expect(sendChunks(chunks, { queue, ...deps })).rejects.toThrow(
      /SEND_FAILED.*of 5 messages \(SQS: no answer\)/,
    );
    expect(taken).not.toContain('a3');
    expect(taken.filter((id) => id.startsWith('b'))).toEqual(['b1', 'b2']);
  });

  it('name the column of their versions, if their rows have some', async () => {
    const sent: Message[] = [];
    const send = async (messages: readonly Message[]) => {
      sent.push(...messages);
      return new Map();
    };
    await sendChunks([chunk('a', 'g', '__ver'), chunk('b', 'h')], { queue: { send, waiting: async () => 0 }, ...deps });
    expect(sent.map(({ attributes }) => attributes['order-by']?.StringValue).toSorted()).toEqual(['__ver', undefined]);
  });
});
