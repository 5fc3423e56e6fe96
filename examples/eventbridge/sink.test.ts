import assert from 'node:assert/strict';
import test from 'node:test';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestSink } from 'starrocks-sink/testing';
import { options, table } from './sink.ts';

/** What EventBridge puts into the queue. */
const messages = [
  {
    version: '0',
    id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
    'detail-type': 'deployed',
    source: 'ci',
    account: '111111111111',
    time: '2026-01-01T10:00:00Z',
    region: 'us-east-1',
    resources: [],
    detail: { app: 'shop' },
  },
];

test('the detail of an event becomes a row', async () => {
  const sink = await startTestSink({ options, database: 'ops', tables: [table] });
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const sqs = new SQSClient({ endpoint: sink.awsEndpoint, region: 'us-east-1', credentials });
  try {
    for (const message of messages) {
      await sqs.send(new SendMessageCommand({ QueueUrl: sink.rowsQueueUrl, MessageBody: JSON.stringify(message) }));
      await sink.settled();
    }
    assert.deepEqual(await sink.query('SELECT CAST(at AS VARCHAR) AS at, kind, app FROM deployments'), [
      { at: '2026-01-01 10:00:00', kind: 'deployed', app: 'shop' },
    ]);
  } finally {
    sqs.destroy();
    await sink.close();
  }
});
