import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import mysql, { type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drainDeadLetters } from '../../local/aws/queues.ts';
import { type Stack, startStack } from '../../local/stack.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-data-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Running {
  readonly stack: Stack;
  readonly sqs: SQSClient;
  readonly sql: (statement: string) => Promise<RowDataPacket[]>;
  readonly send: (body: string, chunk: string, table?: string) => Promise<unknown>;
}

/** A stack that keeps what it holds in the folder, started anew for each piece of work. */
async function running<T>(name: string, work: (with_: Running) => Promise<T>, setup = {}): Promise<T> {
  const data = join(folder, name);
  const stack = await startStack({
    options: { 'sink.semantic': 'exactly-once', 'database-name': 'd', 'sink.tables.allow': 'd.*' },
    aws: { dataDir: data },
    starrocks: { dataFile: `${data}.duckdb` },
    telemetry: { event: () => undefined, count: () => undefined },
    windowMs: 20,
    ...setup,
  });
  const sqs = new SQSClient(stack.aws.clientConfig);
  const connection = await mysql.createConnection({ host: '127.0.0.1', port: stack.starrocks.queryPort, user: 'root' });
  const attribute = (StringValue: string) => ({ DataType: 'String', StringValue });
  try {
    return await work({
      ...{ stack, sqs },
      sql: async (statement) => (await connection.query<RowDataPacket[]>(statement))[0],
      send: (body, chunk, table = 't') =>
        sqs.send(
          new SendMessageCommand({
            QueueUrl: stack.resources.rowsQueueUrl,
            MessageBody: body,
            MessageAttributes: { table: attribute(table), chunk: attribute(chunk) },
          }),
        ),
    });
  } finally {
    await connection.end();
    sqs.destroy();
    await stack.close();
  }
}

const idsOf = (rows: readonly RowDataPacket[]) => rows.map(({ id }) => Number(id)).sort((a, b) => a - b);

describe('a stack with a folder of its own', () => {
  it('has its tables and rows again, and knows what it has loaded', async () => {
    await running('tables', async ({ stack, sql, send }) => {
      await sql('CREATE DATABASE d');
      await sql(
        "CREATE TABLE d.t (id BIGINT NOT NULL, name VARCHAR(20) DEFAULT 'x', at DATETIME) PRIMARY KEY (id) COMMENT 'of orders'",
      );
      await sql('CREATE TABLE d.gone (id BIGINT) DUPLICATE KEY(id)');
      await sql('CREATE VIEW d.v AS SELECT id FROM d.t');
      await sql('DROP TABLE d.gone');
      await send('{"id":1,"name":"é","at":"2026-01-02 03:04:05"}\n{"id":2}', 'c1');
      await stack.idle();
    });
    await running('tables', async ({ stack, sql, send }) => {
      expect(await sql('SELECT id, name, CAST(at AS VARCHAR) AS at FROM d.t ORDER BY id')).toMatchObject([
        { id: 1, name: 'é', at: '2026-01-02 03:04:05' },
        { id: 2, name: 'x', at: null },
      ]);
      const [shown] = await sql('SHOW CREATE TABLE d.t');
      expect(shown?.['Create Table']).toMatch(/PRIMARY KEY\(`id`\)/);
      expect(await sql('SHOW TABLES FROM d')).toHaveLength(2);
      await sql('CREATE TABLE d.gone (other INT) DUPLICATE KEY(other)');
      // What was loaded comes once more, and with it something new.
      await send('{"id":1}', 'c1');
      await send('{"id":3}', 'c2');
      await stack.idle();
      expect(idsOf(await sql('SELECT id FROM d.v'))).toEqual([1, 2, 3]);
      expect((await sql('SELECT name FROM d.t WHERE id = 1'))[0]).toMatchObject({ name: 'é' });
      await sql('ALTER TABLE d.t ADD COLUMN more INT');
    });
    await running('tables', async ({ sql }) => {
      expect(idsOf(await sql('SELECT id FROM d.t'))).toEqual([1, 2, 3]);
      expect(await sql('SELECT other FROM d.gone')).toEqual([]);
    });
  });

  it('has what lay in its queues, and takes other settings', async () => {
    await running(
      'queues',
      async ({ stack, sqs }) => {
        const { rowsDeadLettersUrl: QueueUrl } = stack.resources;
        const MessageAttributes = { chunk: { DataType: 'String', StringValue: 'c7' } };
        await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{"id":"😀"}', MessageAttributes }));
      },
      { visibilityTimeoutSeconds: 600, maxReceiveCount: 9 },
    );
    await running(
      'queues',
      async ({ stack, sqs }) => {
        const { rowsQueueUrl, rowsDeadLettersUrl } = stack.resources;
        // The port is another one now.
        expect([rowsQueueUrl, rowsDeadLettersUrl].map((url) => new URL(url).origin)).toEqual(
          [0, 1].map(() => stack.aws.endpoint),
        );
        expect(await drainDeadLetters(sqs, rowsDeadLettersUrl)).toMatchObject([
          { Body: '{"id":"😀"}', MessageAttributes: { chunk: { StringValue: 'c7' } } },
        ]);
        const names = ['VisibilityTimeout' as const, 'RedrivePolicy' as const];
        const asked = new GetQueueAttributesCommand({ QueueUrl: rowsQueueUrl, AttributeNames: names });
        const { Attributes = {} } = await sqs.send(asked);
        expect(Attributes['VisibilityTimeout']).toBe('1');
        expect(JSON.parse(Attributes['RedrivePolicy'] ?? '')).toMatchObject({ maxReceiveCount: 1000 });
      },
      { visibilityTimeoutSeconds: 1, maxReceiveCount: 1000 },
    );
  });
});
