/** The whole sink in one process, for the tests of those who use it: `starrocks-sink/testing`. */

import type { SQSClient } from '@aws-sdk/client-sqs';
import mysql, { type RowDataPacket } from 'mysql2/promise';
import { createProducer, type Producer } from '../src/producer/producer.ts';
import { drainDeadLetters } from './aws/queues.ts';
import { startStack } from './stack.ts';
import type { StartTestSink } from './test-sink.ts';

export type { StartTestSink, TestSink, TestSinkSetup } from './test-sink.ts';

export const startTestSink: StartTestSink = async (setup = {}) => {
  const { options = {}, tables = [], database = 'test', fifo = false, windowMs = 10, onLog } = setup;
  const stack = await startStack({
    options: { 'database-name': database, 'sink.tables.allow': '*.*', ...options },
    fifo,
    windowMs,
    telemetry: {
      event: (level, message, fields) => onLog?.(level, message, fields),
      count: () => undefined,
    },
  });
  const { SQSClient: Client } = await import('@aws-sdk/client-sqs');
  const client: SQSClient = new Client({ ...stack.aws.clientConfig, maxAttempts: 1 });
  const { queryPort: port } = stack.starrocks;
  const connection = await mysql.createConnection({ host: '127.0.0.1', port, user: 'root', supportBigNumbers: true });
  const producer: Producer = createProducer({ queueUrl: stack.resources.rowsQueueUrl, client, database, lingerMs: 0 });
  const close = async (): Promise<void> => {
    await producer.close();
    await connection.end();
    client.destroy();
    await stack.close();
  };
  try {
    await connection.query(`CREATE DATABASE IF NOT EXISTS \`${database.replaceAll('`', '``')}\``);
    await connection.query(`USE \`${database.replaceAll('`', '``')}\``);
    for (const table of tables) await connection.query(table);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    rowsQueueUrl: stack.resources.rowsQueueUrl,
    awsEndpoint: stack.aws.endpoint,
    bucket: stack.resources.bucket,
    queryPort: port,
    async send(table, rows, { op } = {}) {
      await producer.send(table, rows, op === undefined ? {} : { op });
      await producer.flush();
    },
    settled: stack.idle,
    async query(sql) {
      const [rows] = await connection.query<RowDataPacket[]>(sql);
      return rows;
    },
    async deadLetters() {
      const messages = await drainDeadLetters(client, stack.resources.rowsDeadLettersUrl);
      return messages.map(({ Body = '' }) => ({ body: Body }));
    },
    close,
  };
};
