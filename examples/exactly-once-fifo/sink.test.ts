import assert from 'node:assert/strict';
import test from 'node:test';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestSink } from 'starrocks-sink/testing';
import { options, table } from './sink.ts';

test('a booking that was sent twice is booked once', async () => {
  const sink = await startTestSink({ options, database: 'bank', tables: [table], fifo: true });
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const sqs = new SQSClient({ endpoint: sink.awsEndpoint, region: 'us-east-1', credentials });
  const booking = {
    QueueUrl: sink.rowsQueueUrl,
    MessageGroupId: 'account-7',
    MessageBody: '{"account": 7, "amount": "12.50"}',
    // Whoever sends rows again sends them under the same chunk.
    MessageAttributes: { chunk: { DataType: 'String', StringValue: 'booking-1001' } },
  };
  try {
    await sqs.send(new SendMessageCommand({ ...booking, MessageDeduplicationId: 'first' }));
    await sink.settled();
    await sqs.send(new SendMessageCommand({ ...booking, MessageDeduplicationId: 'again' }));
    await sink.settled();
    const found = await sink.query('SELECT account, count(*) AS times FROM bookings GROUP BY account');
    assert.deepEqual(found, [{ account: 7, times: 1 }]);
  } finally {
    sqs.destroy();
    await sink.close();
  }
});
