import { describe, expect, it } from 'vitest';
import type { Fault } from '../../local/aws/faults.ts';
import { numbers, recorder, start } from './local-event-source-fixture.ts';

interface Failure {
  readonly fails?: boolean;
  readonly fault?: Fault;
}

describe('a failure', () => {
  it('brings back the listed messages only, with receive count 2', async () => {
    const local = await start();
    await local.send(numbers(10));
    const { received, handler } = recorder(({ Records }) => ({
      batchItemFailures: Records.filter(
        ({ body, attributes }) => Number(body) % 3 === 0 && attributes.ApproximateReceiveCount === '1',
      ).map(({ messageId }) => ({ itemIdentifier: messageId })),
    }));
    const source = await local.run(handler);
    await source.idle();
    const again = received().filter(({ receives }) => receives === 2);
    expect(received()).toHaveLength(14);
    expect(again.map(({ body }) => body).sort()).toEqual(['0', '3', '6', '9']);
    expect(source.stats).toMatchObject({ failed: 4, errors: 0 });
  });

  it('comes back at once when the handler says so', async () => {
    const local = await start({ visibilityTimeoutSeconds: 600 });
    await local.send(['a', 'b']);
    const attempts = new Map<string, number>();
    const source = await local.run((event) =>
      local.giveBack(event, (body) => {
        attempts.set(body, (attempts.get(body) ?? 0) + 1);
        return body === 'b' && attempts.get(body) === 1;
      }),
    );
    await source.idle();
    expect([...attempts]).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  it.each<[string, Failure]>([
    ['gave back', { fails: true }],
    ['acked, and SQS did not delete', { fault: { action: 'DeleteMessageBatch', status: 500 } }],
  ])('brings back at once what an invocation %s, when that is wanted', async (_, { fails = false, fault }) => {
    const local = await start({ visibilityTimeoutSeconds: 600 });
    if (fault) local.aws.faults.add(fault);
    await local.send(['a']);
    const { received, handler } = recorder(({ Records }) =>
      fails && received().length === 1 ? { batchItemFailures: [{ itemIdentifier: Records[0]?.messageId }] } : undefined,
    );
    const source = await local.run(handler, { redeliversAtOnce: true });
    await source.idle();
    expect(received()).toEqual([
      { body: 'a', receives: 1 },
      { body: 'a', receives: 2 },
    ]);
  });

  it('of the handler brings the whole batch back', async () => {
    const local = await start();
    await local.send(numbers(5));
    let calls = 0;
    const { received, handler } = recorder(() => {
      calls += 1;
      if (calls === 1) throw new Error('down');
    });
    const source = await local.run(handler, { maxConcurrency: 1 });
    await source.idle();
    expect(
      received()
        .filter(({ receives }) => receives === 2)
        .map(({ body }) => body)
        .sort(),
    ).toEqual(numbers(5));
    expect(local.results[0]).toMatchObject({ kind: 'error', error: new Error('down') });
    expect(source.stats.errors).toBe(1);
  });

  it('to answer about the batch keeps the whole batch', async () => {
    const responses = new Map<string, unknown>([
      ['an empty identifier', { batchItemFailures: [{ itemIdentifier: '' }] }],
      ['an unknown identifier', { batchItemFailures: [{ itemIdentifier: 'nobody' }] }],
      ['a wrong key', { batchItemFailures: [{ messageId: 'nobody' }] }],
    ]);
    const local = await start();
    await local.send([...responses.keys()]);
    const { received, handler } = recorder(({ Records: [record] }) =>
      record!.attributes.ApproximateReceiveCount === '1' ? responses.get(record!.body) : undefined,
    );
    const source = await local.run(handler, { batchSize: 1, maxConcurrency: 3 });
    await source.idle();
    expect(local.results.filter(({ kind }) => kind === 'malformed')).toHaveLength(3);
    const again = received().filter(({ receives }) => receives === 2);
    expect(again.map(({ body }) => body).sort()).toEqual([...responses.keys()].sort());
  });

  it('deletes the batch when the response is not to be read', async () => {
    const local = await start();
    await local.send(['a']);
    const { received, handler } = recorder(() => ({ batchItemFailures: [{ itemIdentifier: 'nobody' }] }));
    const source = await local.run(handler, { reportBatchItemFailures: false });
    await source.idle();
    expect(received()).toHaveLength(1);
  });

  it('is what a late handler is', async () => {
    const local = await start();
    await local.send(['a']);
    const never = Promise.withResolvers<void>();
    let calls = 0;
    const source = await local.run(
      async () => {
        calls += 1;
        if (calls === 1) await never.promise;
      },
      { functionTimeoutMs: 50 },
    );
    await source.idle();
    expect(local.results.map(({ kind }) => kind)).toEqual(['timeout', 'success']);
  });

  it('slows the event source down, more each time', async () => {
    const local = await start({ visibilityTimeoutSeconds: 600 });
    await local.send(['a']);
    const pauses: number[] = [];
    let calls = 0;
    const source = await local.run(
      async (event) => {
        calls += 1;
        if (calls === 4) return;
        await local.giveBack(event, () => true);
        throw new Error('down');
      },
      {
        errorPauseMs: 10,
        maxConcurrency: 1,
        clock: {
          now: Date.now,
          random: () => 0,
          sleep: (ms, signal) => {
            if (ms < 1000) {
              pauses.push(ms);
              return Promise.resolve();
            }
            return new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
          },
        },
      },
    );
    await source.idle();
    expect(pauses).toEqual([10, 20, 40]);
  });

  it('ends in the dead letters after the last receive', async () => {
    const local = await start({ visibilityTimeoutSeconds: 600, maxReceiveCount: 3 });
    await local.send(['good', 'bad']);
    const { received, handler } = recorder((event) => local.giveBack(event, (body) => body === 'bad'));
    const source = await local.run(handler);
    await source.idle();
    expect(
      received()
        .filter(({ body }) => body === 'bad')
        .map(({ receives }) => receives),
    ).toEqual([1, 2, 3]);
    expect((await local.deadLetters()).map(({ Body }) => Body)).toEqual(['bad']);
  });

  it('of SQS is outlived', async () => {
    const local = await start();
    await local.send(numbers(3));
    local.aws.faults.add({ action: 'ReceiveMessage', status: 500, times: 2 });
    local.aws.faults.add({ action: 'DeleteMessageBatch', status: 500 });
    const { received, handler } = recorder();
    const source = await local.run(handler, { maxConcurrency: 1 });
    await source.idle();
    expect(source.stats.sqsErrors).toBe(3);
    expect(received().map(({ receives }) => receives)).toEqual([1, 1, 1, 2, 2, 2]);
  });
});
