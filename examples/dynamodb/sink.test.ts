import assert from 'node:assert/strict';
import test from 'node:test';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestSink } from 'starrocks-sink/testing';
import { options, table } from './sink.ts';

const change = (eventName: string, sequence: number, keys: { id: { S: string } }, image?: object) => ({
  eventID: `e${sequence}`,
  eventName,
  eventVersion: '1.1',
  eventSource: 'aws:dynamodb',
  awsRegion: 'us-east-1',
  dynamodb: {
    ApproximateCreationDateTime: 1767225600,
    Keys: keys,
    ...(image === undefined ? {} : { NewImage: image }),
    SequenceNumber: String(sequence),
    SizeBytes: 26,
    StreamViewType: 'NEW_AND_OLD_IMAGES',
  },
  eventSourceARN: 'arn:aws:dynamodb:us-east-1:111111111111:table/carts/stream/2026-01-01T00:00:00.000',
});

/** What the pipe puts into the queue. */
const messages = [
  change('INSERT', 1, { id: { S: 'a' } }, { id: { S: 'a' }, items: { N: '1' } }),
  change('INSERT', 2, { id: { S: 'b' } }, { id: { S: 'b' }, items: { N: '5' } }),
  change('MODIFY', 3, { id: { S: 'a' } }, { id: { S: 'a' }, items: { N: '2' } }),
  change('REMOVE', 4, { id: { S: 'b' } }),
];

test('a cart follows its item, until that is removed', async () => {
  const sink = await startTestSink({ options, database: 'shop', tables: [table], fifo: true });
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const sqs = new SQSClient({ endpoint: sink.awsEndpoint, region: 'us-east-1', credentials });
  try {
    for (const message of messages) {
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: sink.rowsQueueUrl,
          MessageBody: JSON.stringify(message),
          MessageGroupId: message.dynamodb.Keys.id.S,
          MessageDeduplicationId: message.eventID,
        }),
      );
      await sink.settled();
    }
    assert.deepEqual(await sink.query('SELECT id, items FROM carts'), [{ id: 'a', items: 2 }]);
  } finally {
    sqs.destroy();
    await sink.close();
  }
});
