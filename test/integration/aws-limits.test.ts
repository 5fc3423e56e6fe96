import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LocalAws, startAws } from '../../local/aws/server.ts';
import { fetchSecretFrom } from '../../src/aws/credentials.ts';
import { awsLimits } from '../../src/aws/limits.ts';
import { loadQueue } from '../../src/aws/load-queue.ts';
import { polledQueue } from '../../src/aws/polled-queue.ts';
import { s3ObjectStore } from '../../src/aws/s3-object-store.ts';
import { queueUrlOf, visibility } from '../../src/aws/visibility.ts';
import { bodyOf } from '../../src/rows/body.ts';
import type { Segment } from '../../src/rows/segment.ts';
import { destination, sqsRecord } from '../builders.ts';

/** Nothing here waits for more than a stalled call's own limit. */
const limits = { connectMs: 500, answerMs: 40, callMs: 60, bodyCallMs: 60, silenceMs: 40 };
const forever = () => Number.POSITIVE_INFINITY;
const patient = { ...awsLimits, answerMs: 20_000, callMs: 20_000 };

const segment: Segment = {
  ...{ id: 's1', key: 'segments/s1', destination: destination(), rows: 1, bytes: 8, compression: 'none' as const },
};

let aws: LocalAws;
let sqs: SQSClient;
let queueUrl: string;
beforeAll(async () => {
  aws = await startAws();
  await new S3Client(aws.clientConfig).send(new CreateBucketCommand({ Bucket: 'sink' }));
  sqs = new SQSClient(aws.clientConfig);
  queueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: 'load' }))).QueueUrl ?? '';
});
afterEach(() => {
  expect(aws.faults.waiting).toBe(0);
  aws.faults.clear();
});
afterAll(() => aws.close());

const bytes = (text: string) => bodyOf(Buffer.from(text));
const read = async (source: AsyncIterable<Uint8Array>) => Buffer.concat(await Array.fromAsync(source)).toString();

describe('an object store', () => {
  it.each([
    [
      'PutObject',
      (key: string) => s3ObjectStore('sink', aws.clientConfig, limits).putText(key, 't', { ifAbsent: true }),
    ],
    ['GetObject', (key: string) => s3ObjectStore('sink', aws.clientConfig, limits).getText(key)],
  ] as const)('gives a %s up that is not answered', async (action, call) => {
    aws.faults.add({ action, where: /stalled/, stall: 'answer' });
    await expect(call('stalled')).rejects.toThrow();
  });

  it('gives an object up whose bytes stop coming', async () => {
    await s3ObjectStore('sink', aws.clientConfig, patient).putBody('object', bytes('{"id":1}'));
    const store = s3ObjectStore('sink', aws.clientConfig, { ...patient, silenceMs: 40 });
    aws.faults.add({ action: 'GetObject', where: /object/, stall: 'body' });
    await expect(read(store.open('object'))).rejects.toThrow('No byte came for 40 ms');
    aws.faults.add({ action: 'GetObject', where: /object/, stall: 'body' });
    await expect(store.getText('object')).rejects.toThrow('No byte came for 40 ms');
  });

  it.each([
    ['503', { status: 503, code: 'SlowDown' }],
    ['500', { status: 500, code: 'InternalError' }],
    ['a reset', {}],
  ])('repeats the writing and reading of a body after %s', async (_, misfortune) => {
    const store = s3ObjectStore('sink', aws.clientConfig, patient);
    aws.faults.add({ action: 'PutObject', where: /body/, ...misfortune });
    await store.putBody('body', bytes('rows'));
    aws.faults.add({ action: 'GetObject', where: /body/, ...misfortune });
    expect(await read(store.open('body'))).toBe('rows');
  });

  it('repeats a deletion that failed, and none that is refused', async () => {
    const store = s3ObjectStore('sink', aws.clientConfig, patient);
    await store.putText('marker', '', { ifAbsent: true });
    aws.faults.add({ action: 'DeleteObject', status: 503, code: 'SlowDown', times: 2 });
    await store.delete('marker');
    expect(await store.getText('marker')).toBeUndefined();
    aws.requests.clear();
    aws.faults.add({ action: 'DeleteObject', status: 403, code: 'AccessDenied' });
    await expect(store.delete('marker')).rejects.toMatchObject({ code: 'AWS_ACCESS_DENIED' });
    expect([...aws.requests]).toEqual([['DeleteObject', 1]]);
  });

  it('says that a bucket is in another region, and asks no second time', async () => {
    const store = s3ObjectStore('sink', aws.clientConfig, patient);
    aws.faults.add({ action: 'PutObject', status: 301, code: 'PermanentRedirect' });
    const write = store.putText('elsewhere', '', { ifAbsent: true });
    await expect(write).rejects.toMatchObject({
      code: 'AWS_REFUSED',
      detail: expect.stringContaining('PermanentRedirect'),
    });
  });

  it('repeats no conditional write itself: the ledger must know of every answer that was lost', async () => {
    const store = s3ObjectStore('sink', aws.clientConfig, patient);
    aws.faults.add({ action: 'PutObject', where: /claim/, status: 503, code: 'SlowDown' });
    await expect(store.putText('claim', 'b', { ifAbsent: true })).rejects.toThrow('scripted');
  });

  it.each([
    ['AWS_ACCESS_DENIED', { status: 403, code: 'AccessDenied' }],
    ['AWS_REFUSED', { status: 400, code: 'KeyTooLongError' }],
    ['BUCKET_MISSING', { status: 404, code: 'NoSuchBucket' }],
  ])('says %s once, and asks no second time', async (code, refusal) => {
    const store = s3ObjectStore('sink', aws.clientConfig, patient);
    aws.faults.add({ action: 'PutObject', ...refusal });
    aws.faults.add({ action: 'GetObject', ...refusal });
    aws.faults.add({ action: 'PutObject', ...refusal });
    await expect(store.putBody('refused', bytes('rows'))).rejects.toMatchObject({ code });
    await expect(read(store.open('refused'))).rejects.toMatchObject({ code });
    await expect(store.putText('refused', '', { ifAbsent: true })).rejects.toMatchObject({ code });
  });

  it('names a bucket that is not there', async () => {
    const store = s3ObjectStore('nowhere', aws.clientConfig, patient);
    await expect(store.getText('key')).rejects.toMatchObject({ code: 'BUCKET_MISSING' });
  });
});

describe('the queues', () => {
  it('take a pointer although one request fails', async () => {
    aws.faults.add({ action: 'SendMessage', status: 503, code: 'ServiceUnavailable' });
    await loadQueue(queueUrl, aws.clientConfig, patient)(segment);
    expect(await polledQueue(queueUrl, aws.clientConfig, patient).receive()).toHaveLength(1);
  });

  it('say which queue is missing, and which gives no answer', async () => {
    const nowhere = `${queueUrl}-nowhere`;
    await expect(loadQueue(nowhere, aws.clientConfig, patient)(segment)).rejects.toMatchObject({
      code: 'QUEUE_MISSING',
      detail: expect.stringContaining(nowhere),
    });
    aws.faults.add({ action: 'SendMessage', times: 1, stall: 'answer' });
    await expect(loadQueue(queueUrl, aws.clientConfig, { ...limits, answerMs: 100 })(segment)).rejects.toMatchObject({
      code: 'QUEUE_UNREACHABLE',
    });
  });

  it('hide messages by the ARN of their queue alone, and those that failed once more', async () => {
    const name = 'postponed';
    const made = await sqs.send(new CreateQueueCommand({ QueueName: name }));
    await sqs.send(new SendMessageCommand({ QueueUrl: made.QueueUrl, MessageBody: 'a' }));
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: made.QueueUrl }));
    const eventSourceARN = `arn:aws:sqs:us-east-1:000000000000:${name}`;
    const records = Messages.map(({ ReceiptHandle = '' }) => ({
      ...sqsRecord(),
      ...{ eventSourceARN, receiptHandle: ReceiptHandle },
    }));
    aws.requests.clear();
    aws.faults.add({ action: 'ChangeMessageVisibilityBatch', entries: [0] });
    await visibility(aws.clientConfig, patient)(records, 0);
    expect([...aws.requests]).toEqual([['ChangeMessageVisibilityBatch', 2]]);
    const again = await sqs.send(new ReceiveMessageCommand({ QueueUrl: made.QueueUrl }));
    expect(again.Messages).toHaveLength(1);
  });

  it.each([
    ['arn:aws:sqs:eu-west-1:111122223333:rows', 'https://sqs.eu-west-1.amazonaws.com/111122223333/rows'],
    ['arn:aws:sqs:eu-west-1:111122223333:rows.fifo', 'https://sqs.eu-west-1.amazonaws.com/111122223333/rows.fifo'],
    ['arn:aws-cn:sqs:cn-north-1:111122223333:rows', 'https://sqs.cn-north-1.amazonaws.com.cn/111122223333/rows'],
    ['arn:aws-us-gov:sqs:us-gov-west-1:1:rows', 'https://sqs.us-gov-west-1.amazonaws.com/1/rows'],
  ])('know the URL of %s', (arn, url) => expect(queueUrlOf(arn)).toBe(url));
});

describe('what an invocation asks of AWS', () => {
  /** An invocation with so little left that only its end explains that a call ends: each may take 20 s by itself. */
  const soon = () => 30;
  const large = { bytes: 33 * 1024 ** 2, open: () => [Buffer.alloc(33 * 1024 ** 2, ' ')] };
  const bucket = () => s3ObjectStore('sink', aws.clientConfig, { ...patient, silenceMs: 20_000 }).until(soon);
  const queue = () => polledQueue(queueUrl, aws.clientConfig, patient).until(soon);
  const eventSourceARN = 'arn:aws:sqs:us-east-1:000000000000:load';
  const records = [{ ...sqsRecord(), eventSourceARN }];

  it.each<[string, { readonly action: string; readonly stall?: 'answer' | 'body' }, () => Promise<unknown>]>([
    ['a claim', { action: 'PutObject' }, () => bucket().putText('k', 't', { ifAbsent: true })],
    ['a decision', { action: 'GetObject' }, () => bucket().getText('k')],
    ['the bytes of a decision', { action: 'GetObject', stall: 'body' }, () => bucket().getText('k')],
    ['a segment', { action: 'PutObject' }, () => bucket().putBody('k', bytes('rows'))],
    ['the parts of a large segment', { action: 'UploadPart' }, () => bucket().putBody('k', large)],
    ['the head of an object', { action: 'GetObject' }, () => read(bucket().open('k'))],
    ['the bytes of an object', { action: 'GetObject', stall: 'body' }, () => read(bucket().open('k'))],
    ['a list', { action: 'ListObjectsV2' }, () => bucket().list('', 10)],
    ['a deletion', { action: 'DeleteObject' }, () => bucket().delete('k')],
    ['a pointer', { action: 'SendMessage' }, () => loadQueue(queueUrl, aws.clientConfig, patient).until(soon)(segment)],
    ['pointers received', { action: 'ReceiveMessage' }, () => queue().receive()],
    ['pointers deleted', { action: 'DeleteMessageBatch' }, () => queue().delete(records)],
    ['pointers given back', { action: 'ChangeMessageVisibilityBatch' }, () => queue().postpone(records, 1)],
    [
      'messages given back',
      { action: 'ChangeMessageVisibilityBatch' },
      () => visibility(aws.clientConfig, patient).until(soon)(records, 1),
    ],
  ])('is aborted at its end: %s', async (_, { action, stall = 'answer' }, call) => {
    aws.faults.add({ action, times: 1000, stall });
    await expect(call()).rejects.toThrow();
    aws.faults.clear();
    while (aws.faults.hanging > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it('is aborted at its end: the secret', async () => {
    await using server = await secretsManager(() => undefined);
    const config = { ...aws.clientConfig, endpoint: server.endpoint };
    await expect(fetchSecretFrom(config, patient)('starrocks', soon)).rejects.toThrow('did not answer in 30 ms');
  });
});

/** A Secrets Manager that does with each request what it is told. */
async function secretsManager(answer: (response: ServerResponse) => void) {
  const server = createServer((request, response) => request.resume().on('end', () => answer(response)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('a secret', () => {
  it('that is not answered about says that, and what may be missing', async () => {
    await using server = await secretsManager(() => undefined);
    const config = { ...aws.clientConfig, endpoint: server.endpoint };
    await expect(fetchSecretFrom(config, limits)('starrocks', forever)).rejects.toMatchObject({
      code: 'SECRET_UNREADABLE',
      detail: 'Secrets Manager did not answer in 40 ms: has the VPC a way to it (endpoint secretsmanager, NAT)?',
    });
  });

  it.each([
    [
      'ResourceNotFoundException',
      "Secrets Manager can't find the specified secret.",
      'There is no secret prod/starrocks here',
    ],
    [
      'AccessDeniedException',
      'not authorized to perform: secretsmanager:GetSecretValue',
      'secretsmanager:GetSecretValue to the role',
    ],
    ['AccessDeniedException', 'Access to KMS is not allowed', 'kms:Decrypt'],
    ['DecryptionFailure', 'cannot decrypt', 'kms:Decrypt'],
  ])('that AWS refuses (%s: %s) is named with its remedy', async (type, message, remedy) => {
    await using server = await secretsManager((response) => {
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ __type: type, message }));
    });
    const config = { ...aws.clientConfig, endpoint: server.endpoint };
    const error = await fetchSecretFrom(config, patient)('prod/starrocks', forever).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'SECRET_UNREADABLE', detail: expect.stringContaining(remedy) });
  });
});
