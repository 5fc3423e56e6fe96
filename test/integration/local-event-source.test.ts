import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { maxEventBytes } from '../../local/aws/event-source-batch.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { numbers, recorder, start } from './local-event-source-fixture.ts';

describe('an invocation', () => {
  it('gets records and a context as Lambda makes them', async () => {
    const local = await start();
    const seen: unknown[] = [];
    let nowMs = 0;
    const source = await local.run(
      async (event, context) => {
        nowMs += 800;
        seen.push(event.Records[0], context.getRemainingTimeInMillis(), context.awsRequestId);
      },
      { functionTimeoutMs: 5000, clock: { ...systemClock, now: () => nowMs } },
    );
    const MessageAttributes = { table: { DataType: 'String', StringValue: 'orders' } };
    await local.client.send(
      new SendMessageCommand({
        QueueUrl: `${local.aws.endpoint}/000000000000/rows`,
        MessageBody: '{"a":"é"}',
        MessageAttributes,
      }),
    );
    await expect.poll(() => seen).not.toEqual([]);
    await source.idle();
    const [record, remainingMs, requestId] = seen;
    expect(record).toMatchObject({
      body: '{"a":"é"}',
      attributes: {
        ApproximateReceiveCount: '1',
        SenderId: expect.any(String),
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
      },
      messageAttributes: { table: { stringValue: 'orders', dataType: 'String' } },
      md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:rows',
      awsRegion: 'us-east-1',
    });
    expect(remainingMs).toBe(4200);
    expect(requestId).toBe(local.results[0]!.requestId);
  });

  it('never carries more than 6 MB, and is fired by them before its window is over', async () => {
    const local = await start({ visibilityTimeoutSeconds: 30 });
    const row = '"'.repeat(100_000); // 200,000 bytes once escaped
    await local.send(Array.from({ length: 70 }, () => row));
    const { handler } = recorder();
    const source = await local.run(handler, { batchSize: 1000, windowMs: 300_000, maxConcurrency: 1 });
    await expect.poll(() => local.results.length, { timeout: 10_000 }).toBe(2);
    const perEvent = Math.floor(maxEventBytes / 200_000) - 1;
    for (const { bytes, records } of local.results) {
      expect(bytes).toBeLessThanOrEqual(maxEventBytes);
      expect(records).toBeGreaterThanOrEqual(perEvent);
    }
    expect(source.stats.largestEventBytes).toBe(Math.max(...local.results.map(({ bytes }) => bytes)));
  });

  it('gathers more than a receive brings, up to the batch size', async () => {
    const local = await start();
    await local.send(numbers(60));
    const { batches, handler } = recorder();
    const source = await local.run(handler, { batchSize: 25, windowMs: 50, maxConcurrency: 1 });
    await source.idle();
    expect(batches.map(({ length }) => length)).toEqual([25, 25, 10]);
  });

  it('waits for late messages while its window is open', async () => {
    const local = await start();
    await local.send(['early']);
    const { batches, handler } = recorder();
    const source = await local.run(handler, { batchSize: 2, windowMs: 300_000, maxConcurrency: 1 });
    await expect.poll(() => local.aws.requests.get('ReceiveMessage')).toBe(2);
    await local.send(['late']);
    await source.idle();
    expect(batches.map((batch) => batch.map(({ body }) => body))).toEqual([['early', 'late']]);
  });
});

describe('concurrency', () => {
  it('reaches its limit and never exceeds it', async () => {
    const local = await start({ visibilityTimeoutSeconds: 30 });
    await local.send(numbers(40));
    let running = 0;
    let most = 0;
    const three = Promise.withResolvers<void>();
    const source = await local.run(
      async () => {
        running += 1;
        most = Math.max(most, running);
        if (running === 3) three.resolve();
        await three.promise;
        await new Promise(setImmediate);
        running -= 1;
      },
      { maxConcurrency: 3, batchSize: 2 },
    );
    await source.idle();
    expect(most).toBe(3);
    expect(source.stats).toMatchObject({ mostAtATime: 3, records: 40 });
  });
});

describe('a FIFO queue', () => {
  it('keeps the order of each group under failures', async () => {
    const local = await start({ fifo: true, visibilityTimeoutSeconds: 600, maxReceiveCount: 100 });
    const groupOf = (body: string) => `group ${Number(body) % 3}`;
    await local.send(numbers(45), groupOf);
    const done = new Map<string, number[]>();
    let seen = 0;
    const sizes: number[] = [];
    const source = await local.run(
      (event) => {
        const broken = new Set<string>();
        sizes.push(event.Records.length);
        return local.giveBack(event, (body) => {
          seen += 1;
          if (broken.has(groupOf(body)) || seen % 4 === 0) {
            broken.add(groupOf(body));
            return true;
          }
          done.set(groupOf(body), [...(done.get(groupOf(body)) ?? []), Number(body)]);
          return false;
        });
      },
      { maxConcurrency: 4 },
    );
    await source.idle();
    expect(source.stats.failed).toBeGreaterThan(5);
    expect(Math.max(...sizes)).toBeGreaterThan(3);
    expect([...done.keys()].sort()).toEqual(['group 0', 'group 1', 'group 2']);
    for (const bodies of done.values()) {
      expect(bodies).toHaveLength(15);
      expect(bodies).toEqual([...bodies].sort((one, other) => one - other));
    }
  });

  it('has one batch of a group in flight at a time', async () => {
    const local = await start({ fifo: true, visibilityTimeoutSeconds: 30 });
    await local.send(numbers(40), () => 'group');
    let running = 0;
    let most = 0;
    const source = await local.run(
      async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise(setImmediate);
        running -= 1;
      },
      { maxConcurrency: 4 },
    );
    await source.idle();
    expect(most).toBe(1);
    expect(source.stats.records).toBe(40);
  });
});

describe('settings that Lambda refuses', () => {
  it.each([
    [false, { batchSize: 11 }],
    [false, { batchSize: 10_001, windowMs: 1000 }],
    [false, { windowMs: 300_001 }],
    [false, { maxConcurrency: 0 }],
    [true, { batchSize: 11, windowMs: 0 }],
    [true, { windowMs: 1000 }],
  ])('are refused here (FIFO: %s, %j)', async (fifo, options) => {
    const local = await start({ fifo });
    await expect(local.run(async () => undefined, options)).rejects.toThrow(RangeError);
  });
});
