import assert from 'node:assert/strict';
import test from 'node:test';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestSink } from 'starrocks-sink/testing';
import { options, table } from './sink.ts';

/** What the pipe puts into the queue. */
const messages = [
  {
    kinesisSchemaVersion: '1.0',
    partitionKey: 's1',
    sequenceNumber: '49590338271490256608559692538361571095921575989136588898',
    data: Buffer.from('{"sensor": "s1", "value": 20.5}').toString('base64'),
    approximateArrivalTimestamp: 1767261600,
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: 'shardId-000000000000:49590338271490256608559692538361571095921575989136588898',
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: 'arn:aws:iam::111111111111:role/pipe',
    awsRegion: 'us-east-1',
    eventSourceARN: 'arn:aws:kinesis:us-east-1:111111111111:stream/readings',
  },
];

test('a record becomes a row, with the time of its arrival', async () => {
  const sink = await startTestSink({ options, database: 'shop', tables: [table] });
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const sqs = new SQSClient({ endpoint: sink.awsEndpoint, region: 'us-east-1', credentials });
  try {
    for (const message of messages) {
      await sqs.send(new SendMessageCommand({ QueueUrl: sink.rowsQueueUrl, MessageBody: JSON.stringify(message) }));
      await sink.settled();
    }
    assert.deepEqual(await sink.query('SELECT sensor, value, CAST(arrived AS VARCHAR) AS arrived FROM readings'), [
      { sensor: 's1', value: 20.5, arrived: '2026-01-01 10:00:00' },
    ]);
  } finally {
    sqs.destroy();
    await sink.close();
  }
});
