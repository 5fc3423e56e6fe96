import { createHash } from 'node:crypto';
import { SendMessageCommand, SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';
import { SinkError } from '../kit/errors.ts';
import type { TableId } from '../ports.ts';
import { tableKey } from '../rows/destination.ts';
import { type Segment, writePointer } from '../rows/segment.ts';
import { namedOfQueue } from './failures.ts';
import { awsLimits, bounded, clientConfig, type Until, within } from './limits.ts';

/**
 * Sends pointers to the load queue. On a FIFO queue the segments of a table keep their order, and one pointer sent twice
 * within five minutes is one message.
 *
 * @throws SinkError QUEUE_MISSING, QUEUE_UNREACHABLE, AWS_ACCESS_DENIED, AWS_REFUSED
 */
export function loadQueue(
  queueUrl: string,
  config: SQSClientConfig = {},
  limits = awsLimits,
): Until<(segment: Segment) => Promise<void>> {
  const client = new SQSClient(clientConfig(config, limits));
  const isFifo = queueUrl.endsWith('.fifo');
  return bounded((timeLeft) => async (segment) => {
    const order = isFifo ? { MessageGroupId: groupOf(segment.destination), MessageDeduplicationId: segment.id } : {};
    const command = new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: writePointer(segment), ...order });
    try {
      await client.send(command, within(limits.callMs, timeLeft));
    } catch (error) {
      throw namedOfQueue(error, 'sqs:SendMessage', queueUrl);
    }
  });
}

/** SQS takes no message with this character, whoever sends it. @source SQS API reference, SendMessage: InvalidMessageContents */
const neverTaken = '\u0000';

/**
 * Asks whether pointers may be sent, by a message that SQS refuses for what it holds: it looks at the sender's rights before.
 *
 * @throws SinkError QUEUE_MISSING, QUEUE_UNREACHABLE, AWS_ACCESS_DENIED, AWS_REFUSED
 */
export function loadQueueQuestion(
  queueUrl: string,
  config: SQSClientConfig = {},
  limits = awsLimits,
): Until<() => Promise<void>> {
  const client = new SQSClient(clientConfig(config, limits));
  const order = queueUrl.endsWith('.fifo') ? { MessageGroupId: 'check', MessageDeduplicationId: 'check' } : {};
  return bounded((timeLeft) => async () => {
    try {
      await client.send(
        new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: neverTaken, ...order }),
        within(limits.callMs, timeLeft),
      );
    } catch (error) {
      if (error instanceof Error && /InvalidMessageContents/.test(error.name)) return;
      throw namedOfQueue(error, 'sqs:SendMessage', queueUrl);
    }
    throw new SinkError('AWS_REFUSED', `sqs:SendMessage on ${queueUrl} (it took a message that no SQS takes).`);
  });
}

/** A digest: SQS takes at most 128 characters, and not those of every name. */
const groupOf = (table: TableId) => createHash('sha256').update(tableKey(table)).digest('hex');
