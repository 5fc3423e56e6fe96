import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { mapLimited } from '../kit/map-limited.ts';
import type { PolledQueue } from '../queues.ts';
import { namedOfQueue } from './failures.ts';
import { awsLimits, bounded, clientConfig, type Until, within } from './limits.ts';
import { hide } from './visibility.ts';

const batchSize = 10;
const waitSeconds = 2;
const parallelDeletes = 8;

/**
 * A queue that the sink itself receives from.
 *
 * @throws SinkError from every call: QUEUE_MISSING, QUEUE_UNREACHABLE, AWS_ACCESS_DENIED, AWS_REFUSED
 */
export function polledQueue(queueUrl: string, config: SQSClientConfig = {}, limits = awsLimits): Until<PolledQueue> {
  const client = new SQSClient(clientConfig(config, limits));
  const asking = <T>(action: string, call: Promise<T>): Promise<T> =>
    call.catch((error: unknown) => {
      throw namedOfQueue(error, action, queueUrl);
    });
  return bounded((timeLeft) => ({
    async receive() {
      const command = new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: batchSize,
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ['All'],
      });
      const { Messages = [] } = await asking(
        'sqs:ReceiveMessage',
        client.send(command, within(limits.callMs, timeLeft)),
      );
      return Messages.map(recordOf);
    },
    async delete(records) {
      const limit = within(limits.bodyCallMs, timeLeft);
      const batches = Array.from({ length: Math.ceil(records.length / batchSize) }, (_, index) =>
        records.slice(index * batchSize, (index + 1) * batchSize),
      );
      await mapLimited(batches, parallelDeletes, async (batch) => {
        const Entries = batch.map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle }));
        const command = new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries });
        await asking('sqs:DeleteMessage', client.send(command, limit));
      });
    },
    postpone: (records, seconds) => hide(client, queueUrl, records, seconds, within(limits.callMs, timeLeft)),
  }));
}

/** The message as an event source would hand it over. */
function recordOf({
  MessageId = '',
  ReceiptHandle = '',
  Body = '',
  MD5OfBody = '',
  Attributes = {},
}: Message): SQSRecord {
  return {
    ...{ messageId: MessageId, receiptHandle: ReceiptHandle, body: Body, md5OfBody: MD5OfBody, messageAttributes: {} },
    attributes: Attributes as unknown as SQSRecord['attributes'],
    ...{ eventSource: 'aws:sqs', eventSourceARN: '', awsRegion: '' },
  };
}
