import assert from 'node:assert/strict';
import test from 'node:test';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestSink } from 'starrocks-sink/testing';
import { options, table } from './sink.ts';

const csv = 'id,name,city\n1,Ann,Berlin\n2,Bob,Paris\n';

test('a file with a header line fills the columns that it names', async () => {
  const sink = await startTestSink({
    options: { ...options, 'sink.payload.buckets': ['landing'] },
    database: 'lake',
    tables: [table],
  });
  const client = {
    endpoint: sink.awsEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  };
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  const sqs = new SQSClient(client);
  try {
    await s3.send(new CreateBucketCommand({ Bucket: 'landing' }));
    const { ETag } = await s3.send(new PutObjectCommand({ Bucket: 'landing', Key: 'people/1.csv', Body: csv }));
    const object = { key: 'people/1.csv', size: csv.length, eTag: ETag?.replaceAll('"', ''), sequencer: '01' };
    // What S3 tells the queue.
    const notice = {
      Records: [
        {
          eventVersion: '2.1',
          eventSource: 'aws:s3',
          awsRegion: 'us-east-1',
          eventTime: '2026-01-01T10:00:00.000Z',
          eventName: 'ObjectCreated:Put',
          s3: { s3SchemaVersion: '1.0', bucket: { name: 'landing', arn: 'arn:aws:s3:::landing' }, object },
        },
      ],
    };
    await sqs.send(new SendMessageCommand({ QueueUrl: sink.rowsQueueUrl, MessageBody: JSON.stringify(notice) }));
    await sink.settled();
    assert.deepEqual(await sink.query('SELECT id, name, city FROM people ORDER BY id'), [
      { id: 1, name: 'Ann', city: 'Berlin' },
      { id: 2, name: 'Bob', city: 'Paris' },
    ]);
  } finally {
    s3.destroy();
    sqs.destroy();
    await sink.close();
  }
});
