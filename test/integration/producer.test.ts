import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type Message, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLocalResources, drainDeadLetters } from '../../local/aws/queues.ts';
import { startAws } from '../../local/aws/server.ts';
import { decodeMessage } from '../../src/messages/decode.ts';
import { createProducer } from '../../src/producer/producer.ts';
import type { ProducerOptions } from '../../src/producer/producer-options.ts';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start({ fifo = false } = {}) {
  const aws = await startAws();
  cleanups.push(() => aws.close());
  const { rowsQueueUrl, bucket } = await createLocalResources(aws.endpoint, { fifo });
  const config = { ...aws.clientConfig, maxAttempts: 1 };
  const [sqs, s3] = [new SQSClient(config), new S3Client(config)];
  cleanups.push(async () => {
    sqs.destroy();
    s3.destroy();
  });
  const producer = (options: Partial<ProducerOptions> = {}) =>
    createProducer({ queueUrl: rowsQueueUrl, client: sqs, s3Client: s3, database: 'shop', ...options });
  return { aws, bucket, s3, producer, rowsQueueUrl, received: () => drainDeadLetters(sqs, rowsQueueUrl) };
}

const rules = {
  maxInflatedBytes: 64 * 1024 * 1024,
  defaultFormat: undefined,
  csv: { columnSeparator: '\x01', rowDelimiter: '\x02' },
};

/** Reads a message as the sink does. */
function decoded({ MessageId = '', Body = '', MessageAttributes = {} }: Message) {
  const messageAttributes = Object.fromEntries(
    Object.entries(MessageAttributes).map(([name, { StringValue = '', DataType = '' }]) => [
      name,
      { stringValue: StringValue, dataType: DataType as 'String' },
    ]),
  );
  const result = decodeMessage({ messageId: MessageId, body: Body, messageAttributes } as never, rules);
  if (!result.ok) throw new Error(result.rejection.detail);
  return result.chunks[0];
}

describe('the producer against SQS and S3', () => {
  it.each([undefined, 'gzip', 'zstd'] as const)(
    'sends what the sink reads back, with compression %s',
    async (compression) => {
      const { producer, received } = await start();
      const rows = Array.from({ length: 20_000 }, (_, id) => ({ id, text: `tab\t, é and \u0001 of ${id}` }));
      const sender = producer({ compression });
      await sender.send('orders', rows);
      const summary = await sender.close();

      const chunks = (await received()).map(decoded);
      expect(chunks.map(({ text }) => text.trimEnd()).join('\n')).toBe(
        rows.map((row) => JSON.stringify(row)).join('\n'),
      );
      expect(chunks[0]).toMatchObject({ database: 'shop', table: 'orders', layout: 'lines' });
      expect(summary).toMatchObject({ rows: 20_000, messages: chunks.length });
    },
  );

  it('sends CSV with separators that SQS itself refuses', async () => {
    const { producer, received } = await start();
    const csv = { format: 'csv', columns: ['id', 'name'], columnSeparator: '\\x01', rowDelimiter: '\\x02' } as const;
    const sender = producer(csv);
    await sender.send('orders', [{ id: 1, name: 'a,b\tc' }, { id: 2n }]);
    await sender.close();

    const [chunk] = (await received()).map(decoded);
    expect(chunk).toMatchObject({
      layout: 'csv',
      columns: ['id', 'name'],
      rows: 2,
      text: '1\x01a,b\tc\x022\x01\\N\x02',
    });
  });

  it('leaves a row that is too large in S3 and sends the pointer of the Extended Client', async () => {
    const { producer, received, bucket, s3 } = await start();
    const sender = producer({ bucket, prefix: 'large/' });
    const text = 'é'.repeat(700_000);
    await sender.send('orders', [{ id: 1 }, { id: 2, text }, { id: 3 }]);
    await expect(sender.close()).resolves.toMatchObject({ rows: 3, offloaded: 1 });

    const pointer = (await received()).find(({ MessageAttributes }) => MessageAttributes?.['ExtendedPayloadSize']);
    const [name, { s3BucketName, s3Key, ...rest }] = JSON.parse(pointer?.Body ?? '');
    expect(name).toBe('software.amazon.payloadoffloading.PayloadS3Pointer');
    expect([s3BucketName, rest]).toEqual([bucket, {}]);
    expect(s3Key).toMatch(/^large\/[0-9a-f-]{36}$/);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: s3BucketName, Key: s3Key }));
    const payload = (await Body?.transformToString()) ?? '';
    expect(payload.trimEnd()).toBe(JSON.stringify({ id: 2, text }));
    expect(pointer?.MessageAttributes).toMatchObject({
      ExtendedPayloadSize: { DataType: 'Number', StringValue: String(Buffer.byteLength(payload)) },
      table: { StringValue: 'orders' },
      rows: { DataType: 'Number', StringValue: '1' },
    });
  });

  it('hands the row back when S3 does not take it, and sends the others', async () => {
    const { aws, producer, received, bucket } = await start();
    aws.faults.add({ action: 'PutObject', status: 503, code: 'SlowDown', times: 2 });
    const sender = producer({ bucket, maxAttempts: 2 });
    await sender.send('orders', [{ id: 1 }, { text: 'x'.repeat(1_100_000) }]);
    await expect(sender.close()).rejects.toMatchObject({ code: 'SEND_FAILED', unsent: [{ table: 'orders' }] });
    expect((await received()).map(decoded).map(({ rows }) => rows)).toEqual([1]);
    expect(aws.faults.waiting).toBe(0);
  });

  it('sends refused entries and lost batches again', async () => {
    const { aws, producer, received } = await start();
    aws.faults.add({ action: 'SendMessageBatch', entries: [0, 2] });
    aws.faults.add({ action: 'SendMessageBatch', status: 503, code: 'ServiceUnavailable' });
    aws.faults.add({ action: 'SendMessageBatch' });
    const sender = producer({ targetBytes: 4096 });
    await sender.send(
      'orders',
      Array.from({ length: 300 }, (_, id) => ({ id, text: 'x'.repeat(60) })),
    );
    await expect(sender.close()).resolves.toMatchObject({ rows: 300 });

    const chunks = (await received()).map(decoded);
    expect(chunks.reduce((sum, { rows }) => sum + rows, 0)).toBe(300);
    expect(aws.faults.waiting).toBe(0);
  });

  it('keeps chunk ids when the answer was lost, so that the sink knows both copies', async () => {
    const { aws, producer, received } = await start();
    aws.faults.add({ action: 'SendMessageBatch', after: true });
    const sender = producer();
    await sender.send('orders', { id: 1 });
    await sender.close();
    const ids = (await received()).map(decoded).map(({ id }) => id);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it('keeps order per table on a FIFO queue', async () => {
    const { producer, received } = await start({ fifo: true });
    const sender = producer({ targetBytes: 2048 });
    const rows = Array.from({ length: 200 }, (_, id) => ({ id, text: 'x'.repeat(60) }));
    await Promise.all([sender.send('a', rows), sender.send('b', rows)]);
    await sender.close();

    const messages = await received();
    for (const table of ['a', 'b']) {
      const own = messages.map(decoded).filter((chunk) => chunk.table === table);
      const lines = own.flatMap(({ text }) => text.trimEnd().split('\n'));
      expect(lines).toEqual(rows.map((row) => JSON.stringify(row)));
    }
  });

  it('makes its own client from the queue URL alone', async () => {
    const { aws, rowsQueueUrl, received } = await start();
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'local').stubEnv('AWS_SECRET_ACCESS_KEY', 'local').stubEnv('AWS_REGION', '');
    const { pathname } = new URL(rowsQueueUrl);
    const sender = createProducer({ queueUrl: aws.endpoint + pathname });
    await sender.send('orders', { id: 1 });
    await sender.close();
    expect((await received()).map(decoded)).toHaveLength(1);
  });
});
