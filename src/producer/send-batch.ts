import type {
  SendMessageBatchCommand,
  SendMessageBatchCommandOutput,
  SendMessageBatchRequestEntry,
} from '@aws-sdk/client-sqs';
import { isFinal, reasonOf } from '../aws/failures.ts';
import type { Clock } from '../kit/clock.ts';
import { type RetryPolicy, waitMs } from '../kit/retry.ts';
import type { Message } from './message.ts';
import { sqsToken } from './table-name.ts';

/** What is needed of an SQS client: the SDK's own, or a fake. */
export interface SqsClient {
  send(command: SendMessageBatchCommand): Promise<SendMessageBatchCommandOutput>;
}

export interface BatchSender {
  readonly queueUrl: string;
  readonly isFifo: boolean;
  readonly groupOf: (message: Message) => string | undefined;
  readonly connect: () => Promise<SqsClient>;
  readonly clock: Clock;
  readonly policy: SendPolicy;
}

/** How often a message is sent before it is given up. */
export type SendPolicy = Required<RetryPolicy>;

/** Messages that SQS did not take, with the reason. */
export type Unsent = ReadonlyMap<Message, string>;

/**
 * Sends messages in one SendMessageBatch, and those that SQS did not take again, each under the same chunk id.
 *
 * An entry that SQS blames on the sender is not tried again. An entry that the answer does not name counts as not sent.
 *
 * @in      at most ten messages, 1 MiB in sum
 * @out     what could not be sent, with SQS' last reason
 * @throws  never
 */
export async function sendBatch(messages: readonly Message[], sender: BatchSender): Promise<Unsent> {
  const unsent = new Map<Message, string>();
  let left = messages;
  for (let attempt = 1; left.length > 0; attempt++) {
    const failures = await sendOnce(left, sender);
    const again: Message[] = [];
    for (const [message, { reason, isFinal }] of failures) {
      if (isFinal || attempt >= sender.policy.attempts) unsent.set(message, reason);
      else again.push(message);
    }
    left = again;
    if (left.length > 0) await sender.clock.sleep(waitMs(sender.policy, attempt, sender.clock.random()));
  }
  return unsent;
}

interface EntryFailure {
  readonly reason: string;
  readonly isFinal: boolean;
}

async function sendOnce(messages: readonly Message[], sender: BatchSender): Promise<Map<Message, EntryFailure>> {
  const Entries = messages.map((message, index) => toEntry(message, String(index), sender));
  let answer: SendMessageBatchCommandOutput;
  try {
    const [client, sqs] = await Promise.all([sender.connect(), import('@aws-sdk/client-sqs')]);
    answer = await client.send(new sqs.SendMessageBatchCommand({ QueueUrl: sender.queueUrl, Entries }));
  } catch (error) {
    const failure = { reason: reasonOf(error), isFinal: isFinal(error) };
    return new Map(messages.map((message) => [message, failure]));
  }
  const sent = new Set(answer.Successful?.map(({ Id }) => Id));
  const failed = new Map(answer.Failed?.map((failure) => [failure.Id, failure]));
  return new Map(
    messages.flatMap((message, index) => {
      const id = String(index);
      if (sent.has(id)) return [];
      const {
        Code = 'NoAnswer',
        Message: words = 'SQS did not name this entry',
        SenderFault = false,
      } = failed.get(id) ?? {};
      return [[message, { reason: `${Code}: ${words}`, isFinal: SenderFault }]];
    }),
  );
}

function toEntry(message: Message, id: string, { isFifo, groupOf }: BatchSender): SendMessageBatchRequestEntry {
  const group = groupOf(message);
  return {
    Id: id,
    MessageBody: message.body,
    MessageAttributes: message.attributes,
    ...(group === undefined ? {} : { MessageGroupId: group }),
    ...(isFifo ? { MessageDeduplicationId: sqsToken(message.pack.chunkId) } : {}),
  };
}
