import { GetQueueAttributesCommand, SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';
import { namedOfQueue } from '../aws/failures.ts';
import { awsLimits, clientConfig, within } from '../aws/limits.ts';
import type { Clock } from '../kit/clock.ts';
import { SinkError } from '../kit/errors.ts';
import { sendBatch } from '../producer/send-batch.ts';
import type { RowsQueue } from './send-chunks.ts';

/** Tries of one batch, before the plan is sent anew. */
const policy = { attempts: 6, firstWaitMs: 100, longestWaitMs: 5000 };

/**
 * The rows queue of a sink.
 *
 * @throws SinkError FOLLOW_QUEUE_UNORDERED: it is no FIFO queue; from `waiting` QUEUE_MISSING, QUEUE_UNREACHABLE, …
 */
export function rowsQueue(
  queueUrl: string,
  { config = {}, clock, needsOrder = true }: { config?: SQSClientConfig; clock: Clock; needsOrder?: boolean },
): RowsQueue {
  if (needsOrder && !queueUrl.endsWith('.fifo'))
    throw new SinkError('FOLLOW_QUEUE_UNORDERED', `${queueUrl} is a standard queue, and some routes have no versions.`);
  // What fails is sent again by `sendBatch`, which knows each message.
  const client = new SQSClient(clientConfig(config, awsLimits, 1));
  const isFifo = queueUrl.endsWith('.fifo');
  return {
    send: (messages, groupOf) =>
      sendBatch(messages, { queueUrl, isFifo, groupOf, connect: async () => client, clock, policy }),
    async waiting() {
      const AttributeNames = ['ApproximateNumberOfMessages' as const, 'ApproximateNumberOfMessagesNotVisible' as const];
      try {
        const asked = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames });
        const { Attributes = {} } = await client.send(
          asked,
          within(awsLimits.callMs, () => Number.POSITIVE_INFINITY),
        );
        return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
      } catch (error) {
        throw namedOfQueue(error, 'sqs:GetQueueAttributes', queueUrl);
      }
    },
  };
}
