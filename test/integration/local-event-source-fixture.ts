import { ChangeMessageVisibilityCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { onTestFinished } from 'vitest';
import { type EventSourceOptions, type InvocationResult, startEventSource } from '../../local/aws/event-source.ts';
import { createLocalResources, drainDeadLetters, type LocalResourceOptions } from '../../local/aws/queues.ts';
import { startAws } from '../../local/aws/server.ts';

/** A local endpoint with one queue pair, whose messages come back after a second; gone when the test is over. */
export async function start(resources: LocalResourceOptions = {}) {
  const aws = await startAws();
  const client = new SQSClient({ ...aws.clientConfig, maxAttempts: 1 });
  onTestFinished(async () => {
    client.destroy();
    await aws.close();
  });
  const urls = await createLocalResources(aws.endpoint, { visibilityTimeoutSeconds: 1, ...resources });
  const queueUrl = urls.rowsQueueUrl;
  const results: InvocationResult[] = [];
  return {
    aws,
    client,
    results,
    deadLetters: () => drainDeadLetters(client, urls.rowsDeadLettersUrl),
    async send(bodies: readonly string[], group?: (body: string) => string) {
      for (let from = 0; from < bodies.length; from += 10) {
        const Entries = bodies.slice(from, from + 10).map((MessageBody, index) => ({
          Id: String(index),
          MessageBody,
          ...(group === undefined ? {} : { MessageGroupId: group(MessageBody) }),
        }));
        await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
      }
    },
    async run(handler: EventSourceOptions['handler'], options: Partial<EventSourceOptions> = {}) {
      const source = await startEventSource({
        queueUrl,
        client,
        handler,
        errorPauseMs: 1,
        onResult: (result) => results.push(result),
        ...options,
      });
      onTestFinished(() => source.stop());
      return source;
    },
    /** What a handler does to get a message back at once. */
    async giveBack({ Records }: SQSEvent, fails: (body: string) => boolean) {
      const failed = Records.filter(({ body }) => fails(body));
      for (const { receiptHandle } of failed.reverse()) {
        const change = { QueueUrl: queueUrl, ReceiptHandle: receiptHandle, VisibilityTimeout: 0 };
        await client.send(new ChangeMessageVisibilityCommand(change));
      }
      return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    },
  };
}

/** '0', '1', … */
export const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index));

/** A handler that keeps the bodies of each invocation, in a list per invocation. */
export function recorder(response: (event: SQSEvent) => unknown = () => undefined) {
  const batches: { body: string; receives: number }[][] = [];
  const handler = async (event: SQSEvent) => {
    batches.push(
      event.Records.map(({ body, attributes }) => ({ body, receives: Number(attributes.ApproximateReceiveCount) })),
    );
    return response(event);
  };
  return { batches, handler, received: () => batches.flat() };
}
