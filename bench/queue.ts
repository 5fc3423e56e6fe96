import type { SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import type { SqsClient } from '../src/producer/send-batch.ts';

/** An SQS client that takes every message at once. */
export const takingQueue = (take: (entry: SendMessageBatchRequestEntry) => void = () => undefined): SqsClient => ({
  send: async ({ input: { Entries = [] } }) => {
    Entries.forEach(take);
    return {
      Successful: Entries.map(({ Id = '' }) => ({ Id, MessageId: Id, MD5OfMessageBody: '' })),
      Failed: [],
      $metadata: {},
    };
  },
});
