import {
  ChangeMessageVisibilityBatchCommand,
  type ChangeMessageVisibilityBatchRequestEntry,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { mapLimited } from '../kit/map-limited.ts';
import type { Postpone } from '../queues.ts';
import { namedOfQueue } from './failures.ts';
import { awsLimits, bounded, clientConfig, type Until, within } from './limits.ts';

const batchSize = 10;
const parallelCalls = 16;

/** Sets how long messages stay hidden before they are delivered again; each queue is known by the ARN of its event source. */
export function visibility(config: SQSClientConfig = {}, limits = awsLimits): Until<Postpone> {
  const client = new SQSClient(clientConfig(config, limits));
  return bounded((timeLeft) => async (records, seconds) => {
    const [first] = records;
    if (first === undefined) return;
    const queueUrl = queueUrlOf(first.eventSourceARN, await client.config.endpoint?.());
    await hide(client, queueUrl, records, seconds, within(limits.callMs, timeLeft));
  });
}

/**
 * Hides messages for so many seconds. Entries that SQS does not take are sent once more.
 *
 * @in      limit: for all of them together
 * @throws  SinkError QUEUE_MISSING, QUEUE_UNREACHABLE, AWS_ACCESS_DENIED, AWS_REFUSED: some come back by the queue's own timeout
 */
export async function hide(
  client: SQSClient,
  queueUrl: string,
  records: readonly SQSRecord[],
  seconds: number,
  limit: ReturnType<typeof within>,
): Promise<void> {
  const change = async (Entries: ChangeMessageVisibilityBatchRequestEntry[]) => {
    const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries });
    const { Failed = [] } = await client.send(command, limit);
    const failed = new Map(Failed.map((entry) => [entry.Id, entry]));
    return Entries.filter(({ Id }) => failed.has(Id)).map((entry) => ({ entry, why: failed.get(entry.Id) }));
  };
  const batches = Array.from({ length: Math.ceil(records.length / batchSize) }, (_, index) =>
    records.slice(index * batchSize, (index + 1) * batchSize).map(({ receiptHandle }, place) => ({
      ...{ Id: String(place), ReceiptHandle: receiptHandle, VisibilityTimeout: seconds },
    })),
  );
  try {
    await mapLimited(batches, parallelCalls, async (Entries) => {
      const failed = await change(Entries);
      const again = failed.length === 0 ? [] : await change(failed.map(({ entry }) => entry));
      const [left] = again;
      if (left) throw new Error(`${again.length} of ${Entries.length} entries failed: ${left.why?.Code}`);
    });
  } catch (error) {
    throw namedOfQueue(error, 'sqs:ChangeMessageVisibility', queueUrl);
  }
}

/** What client.config.endpoint gives, when an endpoint was configured. */
interface Endpoint {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
}

/**
 * The URL of a queue, from its ARN alone: neither a call nor a right is needed.
 *
 * @in      endpoint: where SQS is, when it is not at AWS
 * @source  Amazon SQS developer guide, queue and message identifiers: https://sqs.<region>.amazonaws.com/<account>/<name>
 */
export function queueUrlOf(arn: string, endpoint?: Endpoint): string {
  const [, partition = '', , region = '', account = '', name = ''] = arn.split(':');
  const suffix = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  const { protocol, hostname, port } = endpoint ?? { protocol: 'https:', hostname: `sqs.${region}.${suffix}` };
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}/${account}/${name}`;
}
