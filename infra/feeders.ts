import { Stack } from 'aws-cdk-lib';
import type { IRuleTarget } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { EventType, type IBucket, type NotificationKeyFilter } from 'aws-cdk-lib/aws-s3';
import { SqsDestination } from 'aws-cdk-lib/aws-s3-notifications';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription, type SqsSubscriptionProps } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { acknowledge } from './findings.ts';
import { refuse } from './refuse.ts';

/** The rows queue, as a feeder sees it. */
export interface Mouth {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  readonly fifo: boolean;
}

export type TopicProps = Pick<
  SqsSubscriptionProps,
  'rawMessageDelivery' | 'filterPolicy' | 'filterPolicyWithMessageBody'
>;

/** Everything that is published becomes rows. Raw delivery keeps message attributes, and saves the envelope. */
export function subscribe({ queue, deadLetters, fifo }: Mouth, topic: ITopic, props: TopicProps): void {
  if (fifo && !topic.fifo)
    refuse('A FIFO rows queue takes only a FIFO topic: an ordinary topic gives no message group.');
  topic.addSubscription(
    new SqsSubscription(queue, { rawMessageDelivery: true, deadLetterQueue: deadLetters, ...props }),
  );
}

/** A target for a rule of EventBridge; the `detail` of each event becomes a row. */
export function ruleTarget({ queue, deadLetters, fifo }: Mouth): IRuleTarget {
  if (fifo)
    refuse('EventBridge can feed a FIFO queue only if the queue drops equal messages, and equal rows may be right.');
  return new SqsQueue(queue, { deadLetterQueue: deadLetters });
}

/** Loads each object that is put into a bucket. */
export function loadObjects({ queue, fifo }: Mouth, bucket: IBucket, filter: NotificationKeyFilter): void {
  if (fifo) refuse('S3 notifies only standard queues.');
  bucket.addEventNotification(EventType.OBJECT_CREATED, new SqsDestination(queue), filter);
  acknowledgeNotifications(bucket);
}

/** CDK's function that puts notifications on a bucket is not ours to shape. */
function acknowledgeNotifications(bucket: IBucket): void {
  const handler = Stack.of(bucket).node.children.find(({ node }) => node.id.startsWith('BucketNotificationsHandler'));
  if (handler === undefined) return;
  const reason =
    'The function by which CDK sets bucket notifications; it runs during deployments only, and CDK writes its role.';
  const rules = [
    'AwsSolutions-IAM4',
    'AwsSolutions-IAM5',
    'AwsSolutions-L1',
    'Serverless-LambdaTracing',
    'Serverless-LambdaDLQ',
    'Serverless-LambdaDefaultMemorySize',
    'Serverless-LambdaLatestVersion',
    'Serverless-LambdaAsyncFailureDestination',
    'Serverless-CloudWatchLogGroupRetentionPeriod',
    'Serverless-LambdaStarPermissions',
  ];
  acknowledge(handler, reason, ...rules);
}
