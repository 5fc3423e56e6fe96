import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { bucketPrefixes } from '../../src/kit/bucket-prefixes.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { uuidV7 } from '../../src/kit/time-ordered-id.ts';
import type { AwsConfig } from '../../src/lambda/runtime.ts';
import type { ObjectStore } from '../../src/object-store.ts';
import { s3PayloadStore } from '../../src/producer/offload.ts';
import type { ResendDeps } from './resend.ts';

export interface ResendPlace {
  readonly aws: AwsConfig;
  readonly bucket: string;
  readonly objects: ObjectStore;
  /** The rows queue. */
  readonly queueUrl: string;
}

/** What rejected rows are sent with, by the clock of the machine. */
export function openResend({ aws, bucket, objects, queueUrl }: ResendPlace): {
  readonly deps: ResendDeps;
  close(): void;
} {
  const [sqs, s3] = [new SQSClient(aws), new S3Client(aws)];
  const now = systemClock.now;
  const payloads = s3PayloadStore(bucket, bucketPrefixes.payloads, async () => s3);
  return {
    deps: { ...{ objects, sqs, queueUrl, payloads, now }, newId: () => uuidV7(now()) },
    close() {
      sqs.destroy();
      s3.destroy();
    },
  };
}
