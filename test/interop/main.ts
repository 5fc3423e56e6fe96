/**
 * Lets Amazon's Extended Clients send to the sink on the local stack, and read what its producer sent; see README.md here. Nothing
 * else needs Python, Java or their libraries.
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs, promisify } from 'node:util';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import mysql, { type RowDataPacket } from 'mysql2/promise';
import { startStack } from '../../local/stack.ts';
import { createProducer } from '../../src/producer/producer.ts';

const { values } = parseArgs({
  options: {
    /** `python`, or `java`. */
    client: { type: 'string', default: 'python' },
    /** Python with amazon-sqs-extended-client, or the class path of the library for Java. */
    with: { type: 'string', default: 'python3' },
    /** Writes the messages to test/fixtures/extended-client. */
    record: { type: 'boolean', default: false },
  },
});
const here = (name: string) => new URL(name, import.meta.url).pathname;
const run = (mode: 'send' | 'receive', ...rest: string[]) => {
  const isJava = values.client === 'java';
  const program = isJava ? ['-cp', values.with, here('ExtendedClient.java')] : [here('extended_client.py')];
  const options = { maxBuffer: 16 * 1024 ** 2 };
  return promisify(execFile)(isJava ? 'java' : values.with, [...program, mode, ...rest], options);
};

const stack = await startStack({
  options: { 'database-name': 'd', 'table-name': 'sent', 'sink.payload.buckets': 'theirs' },
  windowMs: 200,
  telemetry: {
    count: () => undefined,
    event: (level, message, fields) => {
      if (level === 'error') console.log(message, fields);
    },
  },
});
const { aws, resources, starrocks } = stack;
const [s3, sqs] = [new S3Client(aws.clientConfig), new SQSClient(aws.clientConfig)];
const sql = await mysql.createConnection({ host: '127.0.0.1', port: starrocks.queryPort, user: 'root' });
await sql.query('CREATE DATABASE d');
await sql.query('CREATE TABLE d.sent (id BIGINT NOT NULL, v VARCHAR(1048576)) DUPLICATE KEY(id)');
await s3.send(new CreateBucketCommand({ Bucket: 'theirs' }));
const { QueueUrl: kept = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'kept' }));
const { QueueUrl: ours = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'ours' }));
const endpoint = String(aws.endpoint);

const receive = async (): Promise<Message[]> => {
  const asked = { QueueUrl: kept, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'], WaitTimeSeconds: 1 };
  return (await sqs.send(new ReceiveMessageCommand(asked))).Messages ?? [];
};

/** Characters of a payload that a recording holds. */
const mostRecorded = 10_000;

/** A message as it stood in the queue, and what it points to. */
async function recorded({ Body: body = '', MessageAttributes: attributes = {} }: Message) {
  const [, pointer] = body.startsWith('["') ? JSON.parse(body) : [];
  if (pointer === undefined) return { body, attributes };
  const object = await s3.send(new GetObjectCommand({ Bucket: pointer.s3BucketName, Key: pointer.s3Key }));
  const payload = (await object.Body?.transformToString()) ?? '';
  return { body, attributes, ...(payload.length < mostRecorded ? { payload } : {}) };
}

await run('send', endpoint, kept, 'theirs');
const messages = await Promise.all((await receive()).map(recorded));
console.log(`${values.client} wrote ${messages.length} messages`);
if (values.record) {
  const file = new URL(`../fixtures/extended-client/${values.client}.json`, import.meta.url);
  writeFileSync(file, `${JSON.stringify(messages, undefined, 2)}\n`);
}

await run('send', endpoint, resources.rowsQueueUrl, 'theirs');
await stack.idle();
const [rows] = await sql.query<RowDataPacket[]>('SELECT id, length(v) AS bytes FROM d.sent ORDER BY id');
console.log(`landed: ${rows.map(({ id, bytes }) => `${id} (${bytes} bytes)`).join(', ')}`);

const producer = createProducer({ queueUrl: ours, client: sqs, bucket: 'theirs', s3Client: s3, database: 'd' });
await producer.send('sent', [{ id: 7, v: 'y'.repeat(1_200_000) }]);
await producer.close();
const { stdout } = await run('receive', endpoint, ours, 'theirs');
const read = JSON.parse(stdout) as { readonly id: number; readonly v: string };
console.log(`${values.client} read row ${read.id} of ours (${read.v.length} characters)`);
await sql.end();
await stack.close();
