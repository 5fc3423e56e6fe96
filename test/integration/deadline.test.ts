import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sqsRecord } from '../builders.ts';
import { message, openWorkers, rowsOf } from './delivery-world.ts';

let world: Awaited<ReturnType<typeof openWorkers>>;
beforeAll(async () => {
  world = await openWorkers();
});
afterEach(() => world.aws.faults.clear());
afterAll(() => world.close());

/** From here on AWS takes what it is asked, and says nothing. */
const awsHangs = () => {
  const calls = ['GetObject', 'PutObject', 'ListObjectsV2', 'DeleteObject', 'SendMessage', 'ReceiveMessage'];
  for (const action of calls) world.aws.faults.add({ action, times: 1000, stall: 'answer' });
};

/** Less is left before the deadline than any call to AWS may take by itself, so that only the deadline explains its end. */
const hurried = { remainingMs: 1200, options: { 'sink.stage-above-bytes': 1024 ** 2 } };
const staged = { ...hurried, options: { 'sink.stage-above-bytes': 0 } };

/** What hangs is given up in the time that a function has; the test runs out of its own otherwise. */
async function expectNothingHangs() {
  while (world.aws.faults.hanging > 0) await new Promise((resolve) => setImmediate(resolve));
}

describe('a function whose bucket and queues hang', { timeout: 3000 }, () => {
  it.each([
    ['loads', hurried],
    ['stages', staged],
  ])('gives every message back in time, and leaves no call open, when it %s', async (_, kind) => {
    const table = await world.createTable();
    const worker = world.worker(kind);
    awsHangs();
    expect(await worker.ingest([message('m1', table, rowsOf(1, 2))])).toEqual(['m1']);
    await expectNothingHangs();
    world.aws.faults.clear();
    expect(await world.rows(table)).toEqual([]);
  });

  it('gives every pointer back in time, and leaves no call open', async () => {
    const table = await world.createTable();
    await world.worker({ options: { 'sink.stage-above-bytes': 0 } }).ingest([message('m1', table, rowsOf(1, 2))]);
    const pointers = await world.pointers();
    awsHangs();
    expect(await world.worker(hurried).load(pointers)).toEqual(pointers.map(({ messageId }) => messageId));
    await expectNothingHangs();
  });

  it('ends a sweep and a drain in time, and leaves no call open', async () => {
    awsHangs();
    const worker = world.worker(hurried);
    await expect(worker.sweep()).rejects.toThrow();
    await expect(worker.drain()).rejects.toThrow();
    await expectNothingHangs();
  });

  it('gives a message back whose payload hangs, and one that can not be parked', async () => {
    const pointer = {
      ...{ messageId: 'm1', attributes: { ExtendedPayloadSize: '10', table: 't' } },
      body: JSON.stringify([
        'software.amazon.payloadoffloading.PayloadS3Pointer',
        { s3BucketName: world.resources.bucket, s3Key: 'payloads/p' },
      ]),
    };
    awsHangs();
    const answer = await world
      .worker(hurried)
      .ingest([sqsRecord(pointer), sqsRecord({ messageId: 'm2', body: 'none' })]);
    expect(answer).toEqual(['m1', 'm2']);
    await expectNothingHangs();
  });
});
