import {
  ChangeMessageVisibilityBatchCommand,
  GetQueueUrlCommand,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import type { Postpone } from '../queues.ts';

const batchSize = 10;

/** Sets how long messages stay hidden before they are delivered again. Their queue is found by its ARN, once. */
export function visibility(config: SQSClientConfig = {}): Postpone {
  const client = new SQSClient({ ...config, maxAttempts: 2 });
  const urls = new Map<string, Promise<string | undefined>>();
  const urlOf = (arn: string) => {
    const [, , , , account, name] = arn.split(':');
    const url =
      urls.get(arn) ??
      client
        .send(new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: account }))
        .then(({ QueueUrl }) => QueueUrl);
    urls.set(arn, url);
    return url;
  };
  return async (records: readonly SQSRecord[], seconds: number) => {
    const [first] = records;
    if (first === undefined) return;
    const QueueUrl = await urlOf(first.eventSourceARN);
    for (let at = 0; at < records.length; at += batchSize) {
      const Entries = records.slice(at, at + batchSize).map(({ receiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      }));
      await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
    }
  };
}
