import type { buildApp } from 'fauxqs';

/**
 * The code by which clients that once spoke the query protocol know an error of SQS: boto3, the AWS CLI. Some have a prefix; fauxqs
 * writes it before all.
 *
 * @source  AWS SQS API reference, "Errors" of each action; the service model of SQS before it spoke JSON
 */
const prefixed: ReadonlySet<string> = new Set([
  ...['BatchEntryIdsNotDistinct', 'BatchRequestTooLong', 'EmptyBatchRequest', 'InvalidBatchEntryId'],
  ...['MessageNotInflight', 'NonExistentQueue', 'PurgeQueueInProgress', 'QueueDeletedRecently'],
  ...['TooManyEntriesInBatchRequest', 'UnsupportedOperation'],
]);

export function nameErrors(app: ReturnType<typeof buildApp>): void {
  app.addHook('onSend', (_request, reply, payload, done) => {
    const [, code = '', fault] = /^AWS\.SimpleQueueService\.(\w+);(.*)$/.exec(headerOf(reply)) ?? [];
    if (code !== '' && !prefixed.has(code)) reply.header('x-amzn-query-error', `${renamed[code] ?? code};${fault}`);
    done(null, payload);
  });
}

const renamed: Readonly<Record<string, string>> = { QueueNameExists: 'QueueAlreadyExists' };

const headerOf = (reply: { getHeader(name: string): unknown }): string =>
  String(reply.getHeader('x-amzn-query-error') ?? '');
