import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toRecord } from '../../local/aws/event-source-batch.ts';
import { createLocalResources, type LocalResources } from '../../local/aws/queues.ts';
import { type LocalAws, startAws } from '../../local/aws/server.ts';
import { type StarRocksServer, startStarRocks } from '../../local/starrocks/server.ts';
import { bundleFunctions } from '../../scripts/build.ts';
import { sqsRecord } from '../builders.ts';
import { leastOptions, synthesize } from '../infra/synthesize.ts';
import { awsAt, deployedVariables, invokeBundle, type LocalService, startSecrets } from './deployed.ts';

const user = { username: 'sink', password: 's3cret' };
let folder: string;
let aws: LocalAws;
let starrocks: StarRocksServer;
let resources: LocalResources;
let secrets: LocalService;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'starrocks-sink-bundle-'));
  [aws, starrocks, secrets] = await Promise.all([
    startAws(),
    startStarRocks({ users: { root: '', [user.username]: user.password } }),
    startSecrets(() => user),
    bundleFunctions(folder),
  ]);
  resources = await createLocalResources(aws.endpoint);
});

afterAll(async () => {
  await Promise.all([aws?.close(), starrocks?.close(), secrets?.[Symbol.asyncDispose]()]);
  await rm(folder, { recursive: true, force: true });
});

const bundleOf = { Ingest: 'ingest', Loader: 'load', Sweep: 'sweep' } as const;
type Deployed = keyof typeof bundleOf;

/** Calls a function with the variables that a deployment gives it, and the addresses of this machine in place of those in AWS. */
function invoke(name: Deployed, event: SQSEvent | object) {
  const options = {
    ...leastOptions,
    'load-url': starrocks.loadUrl,
    'jdbc-url': starrocks.jdbcUrl,
    'sink.semantic': 'exactly-once',
    'sink.buffer-flush.interval-ms': 600_000,
  };
  const variables = deployedVariables(synthesize({ options }).template(), new RegExp(`^Sink${name}`), {
    STARROCKS_SINK_BUCKET: resources.bucket,
    STARROCKS_SINK_LOAD_QUEUE_URL: resources.loadQueueUrl,
    ...awsAt(aws.endpoint, { SECRETS_MANAGER: secrets.url }),
  });
  return invokeBundle({ folder, name: bundleOf[name], event, variables });
}

const countOf = (output: string, metric: string) =>
  output
    .split('\n')
    .filter((line) => line.includes('"_aws"'))
    .map((line) => JSON.parse(line))
    .filter((line) => metric in line);

describe('the bundled functions, with what a deployment tells them', () => {
  it('bring rows through segment, pointer and ledger into the table, once', { timeout: 120_000 }, async () => {
    const mysql = await createConnection({ host: '127.0.0.1', port: starrocks.queryPort, user: 'root' });
    await mysql.query('CREATE DATABASE demo');
    await mysql.query(
      'CREATE TABLE demo.events (id INT NOT NULL, name STRING) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)',
    );
    const event: SQSEvent = { Records: [sqsRecord({ body: '{"id":1,"name":"a"}\n{"id":2,"name":"b"}' })] };

    const ingested = await invoke('Ingest', event);
    expect(ingested.answer).toEqual({ batchItemFailures: [] });
    expect(countOf(ingested.output, 'RowsReceived')).toEqual([
      expect.objectContaining({ RowsReceived: 2, service: 'ingest' }),
    ]);
    const [before] = await mysql.query('SELECT count(*) AS n FROM demo.events');
    expect(before).toEqual([{ n: 0 }]);

    const sqs = new SQSClient(aws.clientConfig);
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: resources.loadQueueUrl, MessageSystemAttributeNames: ['All'] }),
    );
    expect(Messages).toHaveLength(1);
    const pointers = {
      Records: Messages.map((message) => toRecord(message, 'arn:aws:sqs:us-east-1:000000000000:load')),
    };
    const loaded = await invoke('Loader', pointers);
    expect(loaded.answer).toEqual({ batchItemFailures: [] });
    expect(countOf(loaded.output, 'RowsLoaded')).toEqual([expect.objectContaining({ RowsLoaded: 2, service: 'load' })]);

    // The same pointer again, and the same rows again: recognised.
    expect((await invoke('Loader', pointers)).answer).toEqual({ batchItemFailures: [] });
    expect((await invoke('Ingest', event)).answer).toEqual({ batchItemFailures: [] });
    expect((await invoke('Loader', { drain: true })).answer).toEqual({ batchItemFailures: [] });
    const [after] = await mysql.query('SELECT id, name FROM demo.events ORDER BY id');
    expect(after).toEqual([
      { id: 1, name: 'a' },
      { id: 2, name: 'b' },
    ]);

    const s3 = new S3Client(aws.clientConfig);
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: resources.bucket }));
    expect(new Set(Contents.map(({ Key = '' }) => Key.split('/')[0]))).toEqual(
      new Set(['claims', 'decisions', 'segments']),
    );

    // Left by a function that died before it began its transaction.
    const left = { batch: 'sink-events-1', label: 'sink-events-1-1', database: 'demo', table: 'events', untilMs: 0 };
    const marker = { Bucket: resources.bucket, Key: `in-doubt/2026-01-01T00:00/${left.label}` };
    await s3.send(new PutObjectCommand({ ...marker, Body: JSON.stringify(left) }));
    const swept = await invoke('Sweep', {});
    expect(countOf(swept.output, 'InDoubt')).toEqual([expect.objectContaining({ InDoubt: 0, service: 'sweep' })]);
    const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket: resources.bucket, Prefix: 'in-doubt/' }));
    expect(KeyCount).toBe(0);
    const everything = swept.output + ingested.output + loaded.output;
    expect(everything).not.toContain(user.password);
    sqs.destroy();
    s3.destroy();
    await mysql.end();
  });
});
