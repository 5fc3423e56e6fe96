import { createHash } from 'node:crypto';
import { SendMessageCommand, SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';
import type { TableId } from '../ports.ts';
import { tableKey } from '../rows/destination.ts';
import { type Segment, writePointer } from '../rows/segment.ts';

/**
 * Sends pointers to the load queue. On a FIFO queue the segments of a table keep their order, and one pointer sent twice
 * within five minutes is one message.
 */
export function loadQueue(queueUrl: string, config: SQSClientConfig = {}): (segment: Segment) => Promise<void> {
  const client = new SQSClient({ ...config, maxAttempts: 1 });
  const isFifo = queueUrl.endsWith('.fifo');
  return async (segment) => {
    const order = isFifo ? { MessageGroupId: groupOf(segment.destination), MessageDeduplicationId: segment.id } : {};
    await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: writePointer(segment), ...order }));
  };
}

/** A digest: SQS takes at most 128 characters, and not those of every name. */
const groupOf = (table: TableId) => createHash('sha256').update(tableKey(table)).digest('hex');
