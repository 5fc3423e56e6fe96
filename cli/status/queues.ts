import { GetQueueAttributesCommand, GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { namedOfQueue } from '../../src/aws/failures.ts';

/** How much is in a queue, as far as SQS counts it. */
export interface QueueStatus {
  readonly queue: 'rows' | 'load' | 'rows dead letters' | 'load dead letters';
  readonly url: string;
  readonly waiting: number;
  /** Received, and not acked yet. */
  readonly underWay: number;
  /** Of the oldest message that is not acked, in seconds; absent where it is not known. */
  readonly oldestSeconds?: number;
}

/** The queues of a sink, each followed by its dead letters, which its redrive policy names. */
export async function queueStatuses(
  { rows, load }: { readonly rows: string | undefined; readonly load: string | undefined },
  sqs: SQSClient,
): Promise<readonly QueueStatus[]> {
  const pairs = await Promise.all([
    rows === undefined ? [] : pairOf('rows', rows, sqs),
    load === undefined ? [] : pairOf('load', load, sqs),
  ]);
  return pairs.flat();
}

async function pairOf(name: 'rows' | 'load', url: string, sqs: SQSClient): Promise<readonly QueueStatus[]> {
  const attributes = await attributesOf(url, sqs);
  const { deadLetterTargetArn } = JSON.parse(attributes['RedrivePolicy'] ?? '{}') as { deadLetterTargetArn?: string };
  const own = statusOf(name, url, attributes);
  if (deadLetterTargetArn === undefined) return [own];
  const [, , , , owner, queue] = deadLetterTargetArn.split(':');
  const command = new GetQueueUrlCommand({ QueueName: queue, QueueOwnerAWSAccountId: owner });
  const { QueueUrl = '' } = await asking('sqs:GetQueueUrl', deadLetterTargetArn, sqs.send(command));
  return [own, statusOf(`${name} dead letters`, QueueUrl, await attributesOf(QueueUrl, sqs))];
}

async function attributesOf(url: string, sqs: SQSClient): Promise<Readonly<Record<string, string>>> {
  const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] });
  const { Attributes = {} } = await asking('sqs:GetQueueAttributes', url, sqs.send(command));
  return Attributes;
}

const statusOf = (
  queue: QueueStatus['queue'],
  url: string,
  attributes: Readonly<Record<string, string>>,
): QueueStatus => ({
  ...{ queue, url },
  waiting:
    Number(attributes['ApproximateNumberOfMessages']) + Number(attributes['ApproximateNumberOfMessagesDelayed'] ?? 0),
  underWay: Number(attributes['ApproximateNumberOfMessagesNotVisible']),
});

const asking = <T>(action: string, queue: string, call: Promise<T>): Promise<T> =>
  call.catch((error: unknown) => {
    throw namedOfQueue(error, action, queue);
  });
