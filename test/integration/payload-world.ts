import { randomUUID } from 'node:crypto';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import mysql, { type Connection, type RowDataPacket } from 'mysql2/promise';
import { type Stack, startStack } from '../../local/stack.ts';
import type { RawOptions } from '../../src/options/parse.ts';
import { createProducer } from '../../src/producer/producer.ts';
import type { ProducerOptions } from '../../src/producer/producer-options.ts';

export const MiB = 1024 ** 2;

interface Pointing {
  readonly table: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** What the message says of its payload, when it lies. */
  readonly bytes?: number;
  readonly key?: string;
}

/** The whole sink, and senders that leave payloads in S3 as other programs do. */
export async function openSink(options: RawOptions) {
  const events: string[] = [];
  const stack: Stack = await startStack({
    telemetry: { event: (...args) => void events.push(JSON.stringify(args)), count: () => undefined },
    ...{ visibilityTimeoutSeconds: 600, redeliversAtOnce: true, windowMs: 50, maxReceiveCount: 1000 },
    options: { 'sink.tables.allow': 'd.*', 'database-name': 'd', ...options },
  });
  const { aws, resources } = stack;
  const [s3, sqs] = [new S3Client(aws.clientConfig), new SQSClient(aws.clientConfig)];
  const sql: Connection = await mysql.createConnection({
    host: '127.0.0.1',
    port: stack.starrocks.queryPort,
    user: 'root',
  });
  await sql.query('CREATE DATABASE d');
  let tables = 0;
  return {
    ...{ stack, events, aws },
    async createTable(columns = 'id BIGINT NOT NULL, v STRING'): Promise<string> {
      const name = `p${++tables}x`;
      await sql.query(`CREATE TABLE d.${name} (${columns}) DUPLICATE KEY(id)`);
      return name;
    },
    async rows(table: string): Promise<{ id: number; v: string }[]> {
      const [rows] = await sql.query<RowDataPacket[]>(`SELECT id, v FROM d.${table} ORDER BY id`);
      return rows.map(({ id, v }) => ({ id: Number(id), v }));
    },
    async sums(table: string) {
      const [[row]] = await sql.query<RowDataPacket[]>(
        `SELECT count(*) AS n, count(DISTINCT id) AS d, sum(length(v)) AS bytes FROM d.${table}`,
      );
      return [Number(row?.['n']), Number(row?.['d']), Number(row?.['bytes'])];
    },
    /** Places of the rows that StarRocks refused. */
    async rejectedRows(table: string): Promise<number[]> {
      const { Contents = [] } = await s3.send(
        new ListObjectsV2Command({ Bucket: resources.bucket, Prefix: `rejected/d.${table}/` }),
      );
      const texts = Contents.map(async ({ Key }) => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: resources.bucket, Key }));
        return (await Body?.transformToString())?.trimEnd().split('\n') ?? [];
      });
      const found = (await Promise.all(texts)).flat().map((line) => JSON.parse(line));
      return found.filter(({ code }) => code === 'ROWS_REFUSED').map(({ row }) => row);
    },
    put: (key: string, body: string | Buffer) =>
      s3.send(new PutObjectCommand({ Bucket: resources.bucket, Key: key, Body: body })),
    async point({ table, attributes = {}, key = `payloads/${randomUUID()}`, ...said }: Pointing, body = '') {
      const { bytes = Buffer.byteLength(body) } = said;
      if (body !== '') await s3.send(new PutObjectCommand({ Bucket: resources.bucket, Key: key, Body: body }));
      const texts = { table, ...attributes };
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: resources.rowsQueueUrl,
          MessageBody: `["software.amazon.payloadoffloading.PayloadS3Pointer", {"s3BucketName": "${resources.bucket}", "s3Key": "${key}"}]`,
          MessageAttributes: {
            ...Object.fromEntries(
              Object.entries(texts).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
            ),
            ExtendedPayloadSize: {
              DataType: 'Number',
              StringValue: String(bytes),
            },
          },
        }),
      );
    },
    producer: (more: Partial<ProducerOptions> = {}) =>
      createProducer({
        ...{ queueUrl: resources.rowsQueueUrl, bucket: resources.bucket, lingerMs: 0 },
        client: new SQSClient({ ...aws.clientConfig, maxAttempts: 1 }),
        s3Client: s3,
        ...more,
      }),
    async close() {
      await sql.end();
      s3.destroy();
      sqs.destroy();
      await stack.close();
    },
  };
}
