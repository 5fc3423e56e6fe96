import assert from 'node:assert/strict';
import test from 'node:test';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestSink } from 'starrocks-sink/testing';
import { options, table } from './sink.ts';

/** What SNS puts into the queue. */
const messages = [
  {
    Type: 'Notification',
    MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
    TopicArn: 'arn:aws:sns:us-east-1:111111111111:orders',
    Message: '{"id": 1, "total": "19.90"}',
    Timestamp: '2026-01-01T10:00:00.000Z',
    SignatureVersion: '1',
    Signature: 'EXAMPLE',
    SigningCertURL: 'https://sns.us-east-1.amazonaws.com/SimpleNotificationService.pem',
    UnsubscribeURL: 'https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe',
  },
];

test('what is published becomes a row', async () => {
  const sink = await startTestSink({ options, database: 'shop', tables: [table] });
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const sqs = new SQSClient({ endpoint: sink.awsEndpoint, region: 'us-east-1', credentials });
  try {
    for (const message of messages) {
      await sqs.send(new SendMessageCommand({ QueueUrl: sink.rowsQueueUrl, MessageBody: JSON.stringify(message) }));
      await sink.settled();
    }
    assert.deepEqual(await sink.query('SELECT id, CAST(total AS VARCHAR) AS total FROM orders'), [
      { id: 1, total: '19.90' },
    ]);
  } finally {
    sqs.destroy();
    await sink.close();
  }
});
