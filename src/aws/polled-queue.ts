import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import type { PolledQueue } from '../queues.ts';

const batchSize = 10;
const waitSeconds = 2;

/** A queue that the sink itself receives from. */
export function polledQueue(queueUrl: string, config: SQSClientConfig = {}): PolledQueue {
  const client = new SQSClient(config);
  return {
    async receive() {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: batchSize,
          WaitTimeSeconds: waitSeconds,
          MessageSystemAttributeNames: ['All'],
        }),
      );
      return Messages.map(recordOf);
    },
    async delete(records) {
      for (let at = 0; at < records.length; at += batchSize) {
        const Entries = records
          .slice(at, at + batchSize)
          .map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle }));
        await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
      }
    },
  };
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
