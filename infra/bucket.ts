import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { bucketPrefixes, type ExpiringPrefix } from '../src/kit/bucket-prefixes.ts';
import { acknowledge } from './findings.ts';

/** Makes the bucket; most prefixes expire by themselves, and nothing else deletes there. */
export function createBucket(
  scope: Construct,
  retentionDays: Readonly<Record<ExpiringPrefix, number>>,
  encryptionKey: IKey | undefined,
): Bucket {
  const bucket = new Bucket(scope, 'Bucket', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    ...(encryptionKey
      ? { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }
      : { encryption: BucketEncryption.S3_MANAGED }),
    lifecycleRules: [
      ...(Object.keys(retentionDays) as ExpiringPrefix[]).map((name) => ({
        id: name,
        prefix: bucketPrefixes[name],
        expiration: Duration.days(retentionDays[name]),
      })),
      { id: 'incomplete-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
    ],
  });
  acknowledge(
    bucket,
    'Only the functions and granted producers reach the objects; a log of every ledger read costs more than the ledger. CloudTrail data events record accesses where that is asked for.',
    'AwsSolutions-S1',
  );
  return bucket;
}
