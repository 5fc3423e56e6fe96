import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type SizedRecord, sizeRecord, toRecord } from './event-source-batch.ts';

/** The queue as the event source uses it. */
export interface SourceQueue {
  readonly fifo: boolean;
  /**
   * Receives what is there, or waits for it.
   *
   * @in      most: at most 10 are asked for; waitMs: at most 20,000
   * @throws  errors of SQS; an AbortError when the signal is aborted
   */
  receive(most: number, waitMs: number, signal: AbortSignal): Promise<readonly SizedRecord[]>;
  /** Deletes records; gives the number of requests that failed, whose messages will be delivered again. */
  remove(records: readonly SizedRecord[]): Promise<number>;
  /** Makes records visible that were received; those that are gone are left alone. */
  show(records: readonly SizedRecord[]): Promise<void>;
  /** True when nothing is in the queue, in flight or delayed. */
  isEmpty(): Promise<boolean>;
}

/** SQS waits at most this long for a message. */
export const longPollMs = 20_000;
const mostPerRequest = 10;
const deletesAtATime = 8;

/** @throws  errors of SQS, e.g. when there is no such queue */
export async function openQueue(client: SQSClient, queueUrl: string): Promise<SourceQueue> {
  const attributes = async (): Promise<Record<string, string>> => {
    const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] });
    return (await client.send(command)).Attributes ?? {};
  };
  const { QueueArn: queueArn = '', FifoQueue: fifo } = await attributes();

  return {
    fifo: fifo === 'true',

    async receive(most, waitMs, signal) {
      const command = new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: Math.min(most, mostPerRequest),
        WaitTimeSeconds: Math.min(waitMs, longPollMs) / 1000,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      });
      const { Messages = [] } = await client.send(command, { abortSignal: signal });
      return Messages.map((message) => sizeRecord(toRecord(message, queueArn)));
    },

    async remove(records) {
      let failed = 0;
      for (const wave of chunksOf(chunksOf(records, mostPerRequest), deletesAtATime)) {
        const deletes = wave.map((chunk) => {
          const entries = chunk.map(({ receiptHandle }, index) => ({
            Id: String(index),
            ReceiptHandle: receiptHandle,
          }));
          return client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
        });
        const results = await Promise.allSettled(deletes);
        failed += results.filter(
          (result) => result.status === 'rejected' || (result.value.Failed ?? []).length > 0,
        ).length;
      }
      return failed;
    },

    async show(records) {
      for (const chunk of chunksOf(records, mostPerRequest)) {
        const Entries = chunk.map(({ receiptHandle }, index) => ({
          ...{ Id: String(index), ReceiptHandle: receiptHandle, VisibilityTimeout: 0 },
        }));
        await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }));
      }
    },

    async isEmpty() {
      const counts = await attributes();
      return ['', 'NotVisible', 'Delayed'].every((state) => counts[`ApproximateNumberOfMessages${state}`] === '0');
    },
  };
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
