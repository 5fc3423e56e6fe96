import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { localClientConfig } from './client-config.ts';

export interface LocalResourceOptions {
  /** FIFO queues, with content-based deduplication. */
  readonly fifo?: boolean;
  /** Of both queues; 30 unless told. */
  readonly visibilityTimeoutSeconds?: number;
  /** Receives after which a message goes to the dead letters; 5 unless told. */
  readonly maxReceiveCount?: number;
}

/** Queue URLs and the bucket name, as the functions' environment wants them. */
export interface LocalResources {
  readonly rowsQueueUrl: string;
  readonly rowsDeadLettersUrl: string;
  readonly loadQueueUrl: string;
  readonly loadDeadLettersUrl: string;
  readonly bucket: string;
}

/** Creates the queues and the bucket of one sink. Those that exist stay, with the settings that are asked for. */
export async function createLocalResources(
  endpoint: string,
  options: LocalResourceOptions = {},
): Promise<LocalResources> {
  const config = localClientConfig(endpoint);
  const sqs = new SQSClient(config);
  const s3 = new S3Client(config);
  const bucket = 'starrocks-sink';
  try {
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    const rows = await createQueuePair(sqs, 'rows', options);
    const load = await createQueuePair(sqs, 'load', options);
    return {
      rowsQueueUrl: rows.queueUrl,
      rowsDeadLettersUrl: rows.deadLettersUrl,
      loadQueueUrl: load.queueUrl,
      loadDeadLettersUrl: load.deadLettersUrl,
      bucket,
    };
  } finally {
    sqs.destroy();
    s3.destroy();
  }
}

async function createQueuePair(sqs: SQSClient, name: string, options: LocalResourceOptions) {
  const { fifo = false, visibilityTimeoutSeconds = 30, maxReceiveCount = 5 } = options;
  const suffix = fifo ? '.fifo' : '';
  const kind: Record<string, string> = fifo ? { FifoQueue: 'true', ContentBasedDeduplication: 'true' } : {};
  const deadLettersUrl = await createQueue(sqs, `${name}-dead-letters${suffix}`, kind);
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: deadLettersUrl, AttributeNames: ['QueueArn'] }),
  );
  const queueUrl = await createQueue(sqs, `${name}${suffix}`, {
    ...kind,
    VisibilityTimeout: String(visibilityTimeoutSeconds),
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: Attributes?.['QueueArn'], maxReceiveCount }),
  });
  return { queueUrl, deadLettersUrl };
}

async function createQueue(sqs: SQSClient, name: string, attributes: Record<string, string>): Promise<string> {
  const command = new CreateQueueCommand({ QueueName: name, Attributes: attributes });
  const { QueueUrl } = await sqs.send(command).catch(async (error: unknown) => {
    if (!(error instanceof Error && error.name.endsWith('QueueNameExists'))) throw error;
    return changeQueue(sqs, name, attributes);
  });
  if (QueueUrl === undefined) throw new Error(`CreateQueue gave no URL for ${name}.`);
  return QueueUrl;
}

/** A queue that was kept has what it is asked for now. */
async function changeQueue(sqs: SQSClient, name: string, { FifoQueue: _, ...attributes }: Record<string, string>) {
  const found = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl: found.QueueUrl, Attributes: attributes }));
  return found;
}

/** Takes every visible message out of a queue, with all attributes, in the order of arrival. */
export async function drainDeadLetters(sqs: SQSClient, queueUrl: string): Promise<Message[]> {
  const drained: Message[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
    );
    if (Messages.length === 0) return drained;
    for (const message of Messages) {
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle }));
    }
    drained.push(...Messages);
  }
}
