import assert from 'node:assert/strict';
import test from 'node:test';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestSink } from 'starrocks-sink/testing';
import { options, table } from './sink.ts';

/** What API Gateway puts into the queue: bodies of requests. */
const messages = [
  { id: 1, page: '/' },
  [
    { id: 2, page: '/cart' },
    { id: 3, page: '/pay' },
  ],
];

test('the rows of a body become rows of the table', async () => {
  const sink = await startTestSink({ options, database: 'web', tables: [table] });
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const sqs = new SQSClient({ endpoint: sink.awsEndpoint, region: 'us-east-1', credentials });
  try {
    for (const message of messages) {
      await sqs.send(new SendMessageCommand({ QueueUrl: sink.rowsQueueUrl, MessageBody: JSON.stringify(message) }));
      await sink.settled();
    }
    assert.deepEqual(await sink.query('SELECT id, page FROM visits ORDER BY id'), [
      { id: 1, page: '/' },
      { id: 2, page: '/cart' },
      { id: 3, page: '/pay' },
    ]);
  } finally {
    sqs.destroy();
    await sink.close();
  }
});
