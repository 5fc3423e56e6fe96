import { Annotations, Names, Stack } from 'aws-cdk-lib';
import type { IRuleRef, IRuleTarget } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { AccountPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Bucket,
  BucketNotificationDestinationType,
  EventType,
  type IBucket,
  type IBucketNotificationDestination,
  type NotificationKeyFilter,
} from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription, type SqsSubscriptionProps } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { bucketPrefixes } from '../src/kit/bucket-prefixes.ts';
import type { EnvelopeName } from '../src/kit/envelope-names.ts';
import { allowFeeder } from './encryption.ts';
import { acknowledge } from './findings.ts';
import { refuse } from './refuse.ts';
import { isOtherAccount, refuseElsewhere, refuseOtherAccount } from './region.ts';

/** The rows queue, as a feeder sees it, and the bucket behind it. */
export interface Mouth {
  readonly bucket: IBucket;
  readonly queue: IQueue;
  readonly deadLetters: IQueue;
  readonly fifo: boolean;
}

export type TopicProps = Pick<
  SqsSubscriptionProps,
  'rawMessageDelivery' | 'filterPolicy' | 'filterPolicyWithMessageBody'
>;

/** What each kind of feeder writes around rows; a stream of Kinesis may carry what other services put into it. */
export const envelopesOf = {
  topic: ['sns'],
  rule: ['eventbridge'],
  bucket: ['s3'],
  table: ['dynamodb'],
  stream: ['kinesis', 'cloudwatch-logs', 'dynamodb'],
} as const satisfies Readonly<Record<string, readonly EnvelopeName[]>>;

/** Everything that is published becomes rows. Raw delivery keeps message attributes, and saves the envelope. */
export function subscribe({ queue, deadLetters, fifo }: Mouth, topic: ITopic, props: TopicProps): void {
  if (fifo && !topic.fifo)
    refuse('A FIFO rows queue takes only a FIFO topic: an ordinary topic gives no message group.');
  const why = 'What SNS cannot deliver goes to a queue in the topic’s region.';
  refuseElsewhere(queue, { what: 'the topic', region: topic.env.region, why });
  if (queue.node.tryFindChild(Names.nodeUniqueId(topic.node)))
    refuse(`The topic ${topic.node.path} feeds the sink already: SNS subscribes a queue to a topic once.`);
  topic.addSubscription(
    new SqsSubscription(queue, { rawMessageDelivery: true, deadLetterQueue: deadLetters, ...props }),
  );
  allowSubscription(topic, queue);
  allowFeeder(topic, [queue, deadLetters], 'sns');
}

/** Whoever owns the queue subscribes it, which the topic of another account must let in. @source SNS developer guide, "Sending messages to a queue in a different account" */
function allowSubscription(topic: ITopic, queue: IQueue): void {
  const { account } = Stack.of(queue);
  if (!isOtherAccount(queue, topic.env.account)) return;
  const statement = new PolicyStatement({
    principals: [new AccountPrincipal(account)],
    actions: ['sns:Subscribe'],
    resources: [topic.topicArn],
  });
  if (topic.addToResourcePolicy(statement).statementAdded) return;
  const toAdd = { Effect: 'Allow', Principal: { AWS: account }, Action: 'sns:Subscribe', Resource: topic.topicArn };
  Annotations.of(topic).addWarningV2(
    'starrocks-sink:topic-elsewhere',
    `The topic is of the account ${topic.env.account}. Add this statement to its policy, or the deployment cannot subscribe the queue: ${JSON.stringify(toAdd)}`,
  );
}

/** A target for a rule of EventBridge; the `detail` of each event becomes a row. */
export function ruleTarget({ queue, deadLetters, fifo }: Mouth): IRuleTarget {
  if (fifo)
    refuse('EventBridge can feed a FIFO queue only if the queue drops equal messages, and equal rows may be right.');
  const target = new SqsQueue(queue, { deadLetterQueue: deadLetters });
  return {
    bind(rule, id) {
      const why = 'EventBridge delivers only to queues of its own region.';
      refuseElsewhere(queue, { what: 'the rule', region: rule.env.region, why });
      refuseOtherAccount(queue, { what: 'the rule', account: rule.env.account, remedy: throughBus });
      allowFeeder(rule, [queue, deadLetters], 'events');
      return Stack.of(rule) === Stack.of(queue) ? target.bind(rule, id) : bindElsewhere({ queue, deadLetters }, rule);
    },
  };
}

const throughBus = 'Send its events to an event bus of the sink’s account, and put the rule there.';

/**
 * The stack of the rule names the queue, so the stack of the queue may not name the rule, as CDK's own target does: neither
 * could be deployed first. Any rule of the account may send instead.
 */
function bindElsewhere({ queue, deadLetters }: Pick<Mouth, 'queue' | 'deadLetters'>, rule: IRuleRef) {
  const conditions = { StringEquals: { 'aws:SourceAccount': rule.env.account } };
  const sender = new ServicePrincipal('events.amazonaws.com', { conditions });
  queue.grantSendMessages(sender);
  deadLetters.addToResourcePolicy(
    new PolicyStatement({ principals: [sender], actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] }),
  );
  return { arn: queue.queueArn, targetResource: queue, deadLetterConfig: { arn: deadLetters.queueArn } };
}

/** Loads each object that is put into a bucket: every one, or those whose keys fit the filter. */
export function loadObjects({ queue, fifo, bucket: own }: Mouth, bucket: IBucket, filter: NotificationKeyFilter): void {
  if (fifo) refuse('S3 notifies only standard queues.');
  if (bucket === own && meetsOwn(filter))
    refuse(
      `The bucket is the sink's own: each object that the sink writes would come in as rows. Give another bucket, or a prefix that is none of ${Object.values(bucketPrefixes).join(', ')}.`,
    );
  const why = 'S3 notifies only queues of the bucket’s region.';
  refuseElsewhere(queue, { what: 'the bucket', region: bucket.env.region, why });
  const isFiltered = filter.prefix !== undefined || filter.suffix !== undefined;
  refuseOtherAccount(queue, { what: 'the bucket', account: bucket.env.account, remedy: replicate });
  const near = nearBy(bucket, queue);
  near.addEventNotification(EventType.OBJECT_CREATED, destinationOf(queue), ...(isFiltered ? [filter] : []));
  allowFeeder(bucket, [queue], 's3');
  acknowledgeNotifications(near);
}

const replicate = 'Only its owner sets its notifications: replicate its objects into a bucket of the sink’s account.';

const meetsOwn = ({ prefix = '' }: NotificationKeyFilter) =>
  Object.values(bucketPrefixes).some((own) => own.startsWith(prefix) || prefix.startsWith(own));

/** CDK's own one names the bucket in the policy of the queue's key, too, which may belong to a stack that comes first. */
const destinationOf = (queue: IQueue): IBucketNotificationDestination => ({
  bind(_, { bucketRef }) {
    const conditions = { ArnLike: { 'aws:SourceArn': bucketRef.bucketArn } };
    const sender = new ServicePrincipal('s3.amazonaws.com', { conditions });
    queue.addToResourcePolicy(
      new PolicyStatement({ principals: [sender], actions: ['sqs:SendMessage'], resources: [queue.queueArn] }),
    );
    return { arn: queue.queueArn, type: BucketNotificationDestinationType.QUEUE, dependencies: [queue] };
  },
});

/**
 * The queue allows the bucket by name, so the notification of a bucket of another stack is made beside the queue: otherwise
 * neither stack could be deployed first.
 */
function nearBy(bucket: IBucket, queue: IQueue): IBucket {
  const stack = Stack.of(queue);
  if (!(bucket instanceof Bucket) || Stack.of(bucket) === stack) return bucket;
  // Notifications that a bucket's own stack sets take the place of all others, whenever they change.
  bucket.node.addValidation({
    validate: () =>
      bucket.node.tryFindChild('Notifications') === undefined
        ? []
        : [
            `${bucket.node.path} is told of by its own stack and by the sink of ${stack.node.path}; S3 keeps one list, and each would drop the other's. Call loadObjectsOf in a sink of the bucket's stack, or set all notifications beside the sink, on Bucket.fromBucketArn(…).`,
          ],
  });
  const id = `Notified-${bucket.node.addr}`;
  const known = stack.node.tryFindChild(id);
  return known ? (known as Construct as unknown as IBucket) : Bucket.fromBucketArn(stack, id, bucket.bucketArn);
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
