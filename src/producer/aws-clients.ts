import type { S3Client } from '@aws-sdk/client-s3';
import { once } from '../kit/once.ts';
import type { ProducerSettings } from './producer-options.ts';
import type { SqsClient } from './send-batch.ts';

// Retries are the producer's own.
const transport = { maxAttempts: 1, requestHandler: { connectionTimeout: 5000, requestTimeout: 60_000 } };

/** Clients that are made when they are first needed, and closed when they are ours. */
export interface AwsClients {
  readonly sqs: () => Promise<SqsClient>;
  readonly s3: () => Promise<Pick<S3Client, 'send'>>;
  readonly destroy: () => void;
}

export function awsClients(settings: ProducerSettings): AwsClients {
  const { client, s3Client, endpoint } = settings;
  const region = settings.region ?? regionOf(settings.queueUrl);
  const config = { ...transport, ...(region && { region }), ...(endpoint && { endpoint }) };
  const made: { destroy(): void }[] = [];
  const kept = <T extends { destroy(): void }>(ours: T): T => {
    made.push(ours);
    return ours;
  };
  const makeSqs = async () => {
    const { SQSClient } = await import('@aws-sdk/client-sqs');
    return kept(new SQSClient({ ...localEndpoint(settings.queueUrl), ...config }));
  };
  const makeS3 = async () => {
    const { S3Client } = await import('@aws-sdk/client-s3');
    return kept(new S3Client({ ...config, forcePathStyle: endpoint !== undefined }));
  };
  return {
    sqs: client ? async () => client : once(makeSqs),
    s3: s3Client ? async () => s3Client : once(makeS3),
    destroy: () => {
      for (const each of made) each.destroy();
    },
  };
}

/** The region in a queue URL. A queue that is not at AWS needs one too, for signing, and any will do. */
export function regionOf(queueUrl: string): string | undefined {
  const { hostname } = new URL(queueUrl);
  if (!isAtAws(hostname)) return 'us-east-1';
  return /(?:^|\.)sqs(?:-fips)?\.([a-z0-9-]+)\./.exec(hostname)?.[1] ?? /^([a-z0-9-]+)\.queue\./.exec(hostname)?.[1];
}

/** A queue that is not at AWS says itself where its SQS is. */
function localEndpoint(queueUrl: string): { endpoint?: string } {
  const { hostname, origin } = new URL(queueUrl);
  return isAtAws(hostname) ? {} : { endpoint: origin };
}

export const isAtAws = (hostname: string): boolean => /\.amazonaws\.com(\.cn)?$/.test(hostname);
