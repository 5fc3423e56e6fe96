import { ArnFormat, Duration, Names, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  DeduplicationScope,
  FifoThroughputLimit,
  type IQueue,
  Queue,
  QueueEncryption,
  type QueueProps,
  RedrivePermission,
} from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from './findings.ts';
import { deadLetterDays } from './limits.ts';
import type { StagePlan } from './plan.ts';

export interface QueuePair {
  readonly queue: Queue;
  readonly deadLetters: Queue;
}

export interface QueueRequest {
  readonly fifo: boolean;
  readonly retentionDays: number;
  readonly stage: StagePlan;
  readonly encryptionKey: IKey | undefined;
}

/**
 * Makes a queue and its dead letters, which no other queue may use.
 *
 * The queue gets a name, since it and its dead letters name each other, which CloudFormation resolves only by name.
 */
export function createQueues(scope: Construct, id: string, request: QueueRequest): QueuePair {
  const { fifo, encryptionKey } = request;
  const suffix = fifo ? '.fifo' : '';
  const queueName = `${Names.uniqueResourceName(scope, { maxLength: 60, separator: '-' })}-${id}${suffix}`;
  const shared: QueueProps = {
    enforceSSL: true,
    ...(encryptionKey
      ? { encryption: QueueEncryption.KMS, encryptionMasterKey: encryptionKey }
      : { encryption: QueueEncryption.SQS_MANAGED }),
    // Deduplication by content would drop rows that are rightly equal, so producers give ids.
    ...(fifo
      ? {
          fifo: true,
          contentBasedDeduplication: false,
          deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
          fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
        }
      : {}),
  };
  const deadLetters = new Queue(scope, `${id}DeadLetters`, {
    ...shared,
    retentionPeriod: Duration.days(deadLetterDays),
    redriveAllowPolicy: {
      redrivePermission: RedrivePermission.BY_QUEUE,
      sourceQueues: [queueByName(scope, `${id}Source`, queueName)],
    },
  });
  const reason = 'This queue is where dead letters end; it has none of its own.';
  acknowledge(deadLetters, reason, 'AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy');
  const queue = new Queue(scope, id, {
    ...shared,
    queueName,
    retentionPeriod: Duration.days(request.retentionDays),
    visibilityTimeout: Duration.seconds(request.stage.visibilityS),
    // Idle pollers ask less often, and see messages sooner, when a poll waits.
    receiveMessageWaitTime: Duration.seconds(20),
    deadLetterQueue: { queue: deadLetters, maxReceiveCount: request.stage.maxReceives },
  });
  return { queue, deadLetters };
}

function queueByName(scope: Construct, id: string, resourceName: string): IQueue {
  const queueArn = Stack.of(scope).formatArn({
    service: 'sqs',
    resource: resourceName,
    arnFormat: ArnFormat.NO_RESOURCE_NAME,
  });
  return Queue.fromQueueArn(scope, id, queueArn);
}
