import type { S3Client } from '@aws-sdk/client-s3';
import type { ProducerSettings } from './producer-options.ts';
import type { SqsClient } from './send-batch.ts';

// Retries are the producer's own.
const transport = { maxAttempts: 1, requestHandler: { connectionTimeout: 5000, requestTimeout: 60_000 } };

/** Clients that are made when they are first needed, and closed when they are ours. */
export interface AwsClients {
  readonly sqs: () => Promise<SqsClient>;
  readonly s3: () => Promise<Pick<S3Client, 'send'>>;
  readonly destroy: () => Promise<void>;
}

export function awsClients(settings: ProducerSettings): AwsClients {
  const { client, s3Client, endpoint } = settings;
  const region = settings.region ?? regionOf(settings.queueUrl);
  const config = { ...transport, ...(region && { region }), ...(endpoint && { endpoint }) };
  const made: Promise<{ destroy(): void }>[] = [];
  const once = <T extends { destroy(): void }>(make: () => Promise<T>) => {
    let connected: Promise<T> | undefined;
    return () => {
      if (connected === undefined) {
        connected = make();
        made.push(connected);
      }
      return connected;
    };
  };
  return {
    sqs: client ? async () => client : once(async () => new (await import('@aws-sdk/client-sqs')).SQSClient(config)),
    s3: s3Client
      ? async () => s3Client
      : once(async () => {
          const { S3Client } = await import('@aws-sdk/client-s3');
          return new S3Client({ ...config, forcePathStyle: endpoint !== undefined });
        }),
    destroy: async () => {
      for (const each of await Promise.all(made)) each.destroy();
    },
  };
}

/** The region in a queue URL. A queue that is not at AWS needs one too, for signing, and any will do. */
function regionOf(queueUrl: string): string | undefined {
  const { hostname } = new URL(queueUrl);
  if (!/\.amazonaws\.com(\.cn)?$/.test(hostname)) return 'us-east-1';
  return /(?:^|\.)sqs(?:-fips)?\.([a-z0-9-]+)\./.exec(hostname)?.[1] ?? /^([a-z0-9-]+)\.queue\./.exec(hostname)?.[1];
}
