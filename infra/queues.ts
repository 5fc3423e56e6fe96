import { Annotations, ArnFormat, Duration, Names, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  CfnQueue,
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
import { refuse } from './refuse.ts';

export interface QueuePair {
  readonly queue: IQueue;
  readonly deadLetters: IQueue;
}

export interface QueueRequest {
  /** Dead letters that are there already. */
  readonly deadLetters?: IQueue | undefined;
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
  if (request.deadLetters) refuseOtherKind(request.deadLetters, fifo);
  const deadLetters = request.deadLetters ?? createDeadLetters(scope, id, { shared, queueName });
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

function createDeadLetters(
  scope: Construct,
  id: string,
  { shared, queueName }: { shared: QueueProps; queueName: string },
) {
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
  return deadLetters;
}

/**
 * Takes a queue that somebody else made, after a look at what is seen of it.
 *
 * @throws SinkError OPTIONS_INVALID: Lambda would refuse the queue, or messages that are given up would be lost
 */
export function adoptQueue(
  scope: Construct,
  queue: IQueue,
  { fifo, stage, deadLetters = deadLettersOf(queue) }: Pick<QueueRequest, 'fifo' | 'stage' | 'deadLetters'>,
): QueuePair {
  if (deadLetters === undefined) {
    refuse('rowsQueue: no dead-letter queue is seen of it. Give it one, and name that in rowsDeadLetters.');
  }
  if (queue === deadLetters) refuse('rowsQueue and rowsDeadLetters are the same queue: give each message its way out.');
  if (queue.fifo !== fifo) {
    refuse(
      `rowsQueue is ${queue.fifo ? 'a FIFO' : 'a standard'} queue, and fifo (deploy.fifo) is ${fifo}. Set fifo to ${queue.fifo}.`,
    );
  }
  refuseOtherKind(deadLetters, fifo);
  const made = queue.node.defaultChild;
  if (!(made instanceof CfnQueue)) {
    Annotations.of(scope).addWarningV2(
      'starrocks-sink:queue-unseen',
      `The queue ${queue.queueName} is not made by this app, so it cannot be seen. Its visibility timeout must be at least ${stage.visibilityS} s, its maxReceiveCount about ${stage.maxReceives}; feeders of the sink cannot add to its policy.`,
    );
    return { queue, deadLetters };
  }
  const visibilityS = made.visibilityTimeout ?? defaultVisibilityS;
  if (visibilityS < stage.timeoutS) {
    refuse(
      `rowsQueue: its visibility timeout is ${visibilityS} s, and Lambda asks for at least the ${stage.timeoutS} s of the function; ${stage.visibilityS} s leave room for retries.`,
    );
  }
  refuseOtherLetters(queue, deadLetters);
  const receives = queue instanceof Queue ? queue.deadLetterQueue?.maxReceiveCount : undefined;
  if (receives !== undefined && receives < stage.maxReceives)
    Annotations.of(scope).addWarningV2(
      'starrocks-sink:queue-receives',
      `rowsQueue: its maxReceiveCount is ${receives}, so that rows become dead letters where StarRocks is away for long; ${stage.maxReceives} are advised, as the sink takes what is bad out itself.`,
    );
  return { queue, deadLetters };
}

function refuseOtherKind(deadLetters: IQueue, fifo: boolean): void {
  if (deadLetters.fifo !== fifo)
    refuse(
      `rowsDeadLetters is ${deadLetters.fifo ? 'a FIFO' : 'a standard'} queue, and that of rows is ${fifo ? 'a FIFO' : 'a standard'} one: SQS takes dead letters of its own kind only.`,
    );
}

/** What is watched and sent again must be where messages end. */
function refuseOtherLetters(queue: IQueue, named: IQueue): void {
  const theirs = deadLettersOf(queue);
  if (theirs === named || !(queue instanceof Queue)) return;
  refuse(
    theirs === undefined
      ? 'rowsQueue gives nothing up to rowsDeadLetters: name that as its deadLetterQueue, too.'
      : `rowsQueue gives up to ${theirs.node.path}, and rowsDeadLetters is ${named.node.path}: name one of the two.`,
  );
}

/** @source SQS API reference: VisibilityTimeout, 30 s unless told */
const defaultVisibilityS = 30;

const deadLettersOf = (queue: IQueue): IQueue | undefined =>
  queue instanceof Queue ? queue.deadLetterQueue?.queue : undefined;

function queueByName(scope: Construct, id: string, resourceName: string): IQueue {
  const queueArn = Stack.of(scope).formatArn({
    service: 'sqs',
    resource: resourceName,
    arnFormat: ArnFormat.NO_RESOURCE_NAME,
  });
  return Queue.fromQueueArn(scope, id, queueArn);
}
