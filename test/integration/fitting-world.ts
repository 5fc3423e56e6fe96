import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import mysql, { type RowDataPacket } from 'mysql2/promise';
import { startStack } from '../../local/stack.ts';
import type { RouteGiven } from '../../src/options/route.ts';

/** The whole way of a message into tables of its own, and what a test asks of it. Every table is in the database d. */
export async function openFitting(options: object, routes?: readonly RouteGiven[]) {
  const events: string[] = [];
  const telemetry = {
    event: (...args: readonly unknown[]) => void events.push(JSON.stringify(args)),
    count: () => undefined,
  };
  const stack = await startStack({
    options: { 'database-name': 'd', 'sink.tables.allow': 'd.*', 'sink.payload.buckets': 'drops', ...options },
    telemetry,
    ...(routes ? { routes } : {}),
    windowMs: 50,
    ...{ visibilityTimeoutSeconds: 600, redeliversAtOnce: true },
  });
  const { aws, starrocks, resources } = stack;
  const [s3, sqs] = [new S3Client(aws.clientConfig), new SQSClient(aws.clientConfig)];
  const pool = mysql.createPool({
    ...{ host: '127.0.0.1', port: starrocks.queryPort, user: 'root', connectionLimit: 1 },
    ...{ dateStrings: true, supportBigNumbers: true, bigNumberStrings: true },
  });
  await pool.query('CREATE DATABASE d');
  await s3.send(new CreateBucketCommand({ Bucket: 'drops' }));
  return {
    ...{ stack, s3, sqs, events },
    async sql(text: string): Promise<readonly unknown[][]> {
      const [rows] = await pool.query<RowDataPacket[][]>({ sql: text, rowsAsArray: true });
      return Array.isArray(rows) ? rows : [];
    },
    /** One message, as any client of SQS sends it; resolves when nothing is under way any more. */
    async deliver(body: string, attributes: Readonly<Record<string, string>>): Promise<void> {
      const given = Object.entries(attributes).map(
        ([name, StringValue]) => [name, { DataType: 'String', StringValue }] as const,
      );
      await sqs.send(
        new SendMessageCommand({
          ...{ QueueUrl: resources.rowsQueueUrl, MessageBody: body },
          MessageAttributes: Object.fromEntries(given),
        }),
      );
      await stack.idle();
    },
    /** One message whose body stands in the bucket, as Amazon's libraries put it there. */
    async deliverLarge(body: string, attributes: Readonly<Record<string, string>>): Promise<void> {
      const [Bucket, Key] = [resources.bucket, `payloads/${attributes['table']}`];
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: body }));
      const pointer = ['software.amazon.payloadoffloading.PayloadS3Pointer', { s3BucketName: Bucket, s3Key: Key }];
      await this.deliver(JSON.stringify(pointer), {
        ...attributes,
        ExtendedPayloadSize: String(Buffer.byteLength(body)),
      });
    },
    /** Objects of a bucket, by their keys, and the notice of S3 that tells of all of them. */
    async announce(objects: Readonly<Record<string, string | Uint8Array>>, attributes = {}): Promise<void> {
      const Records = await Promise.all(
        Object.entries(objects).map(async ([key, Body]) => {
          await s3.send(new PutObjectCommand({ Bucket: 'drops', Key: key, Body }));
          const object = { key: encodeURIComponent(key).replaceAll('%20', '+'), size: Buffer.byteLength(Body) };
          return {
            ...{ eventVersion: '2.1', eventSource: 'aws:s3', eventName: 'ObjectCreated:Put' },
            ...{ eventTime: '2024-03-05T12:00:00.000Z', s3: { bucket: { name: 'drops' }, object } },
          };
        }),
      );
      await this.deliver(JSON.stringify({ Records }), attributes);
    },
    /** Rows that are kept aside, each with its reason. */
    async rejected(): Promise<readonly { readonly row: number; readonly code: string; readonly reason: string }[]> {
      const { Contents = [] } = await s3.send(
        new ListObjectsV2Command({ Bucket: resources.bucket, Prefix: 'rejected/' }),
      );
      const texts = await Promise.all(
        Contents.map(async ({ Key }) => {
          const { Body } = await s3.send(new GetObjectCommand({ Bucket: resources.bucket, Key }));
          return (await Body?.transformToString()) ?? '';
        }),
      );
      return texts.flatMap((text) =>
        text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
      );
    },
    async close(): Promise<void> {
      await pool.end();
      s3.destroy();
      sqs.destroy();
      await stack.close();
    },
  };
}

export type FittingWorld = Awaited<ReturnType<typeof openFitting>>;
