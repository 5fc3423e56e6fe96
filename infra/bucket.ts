import { Annotations, Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { bucketPrefixes, type ExpiringPrefix, loadedTag } from '../src/kit/bucket-prefixes.ts';
import { acknowledge } from './findings.ts';
import { defaults } from './plan.ts';

/** Makes the bucket; most prefixes expire by themselves, and nothing else deletes there. */
export function createBucket(
  scope: Construct,
  retentionDays: Readonly<Record<ExpiringPrefix, number>>,
  encryptionKey: IKey | undefined,
): IBucket {
  const bucket = new Bucket(scope, 'Bucket', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    ...(encryptionKey
      ? { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }
      : { encryption: BucketEncryption.S3_MANAGED }),
    lifecycleRules: [
      ...expiries(retentionDays),
      { id: 'incomplete-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
    ],
  });
  acknowledge(
    bucket,
    'Only the functions and granted producers reach the objects; a log of every ledger read costs more than the ledger. CloudTrail data events record accesses where that is asked for.',
    'AwsSolutions-S1',
  );
  return bucket as IBucket;
}

type Retention = Readonly<Record<ExpiringPrefix, number>>;

/** Of two rules for one object S3 follows the shorter. @source Amazon S3 User Guide, "Conflicts in lifecycle configurations" */
const expiries = (retentionDays: Retention) => [
  ...(Object.keys(retentionDays) as ExpiringPrefix[]).map((name) => ({
    id: name as string,
    prefix: bucketPrefixes[name],
    expiration: Duration.days(retentionDays[name]),
  })),
  {
    id: 'loaded-segments',
    prefix: bucketPrefixes.segments,
    tagFilters: { [loadedTag.key]: loadedTag.value },
    expiration: Duration.days(defaults.loadedSegmentDays),
  },
];

/**
 * Lets the sink's objects expire in a bucket that somebody else made. */
export function adoptBucket(scope: Construct, bucket: IBucket, retentionDays: Retention): IBucket {
  if (bucket instanceof Bucket) {
    for (const rule of expiries(retentionDays))
      bucket.addLifecycleRule({ ...rule, id: `${scope.node.addr}-${rule.id}` });
    return bucket as IBucket;
  }
  const days = expiries(retentionDays).map(({ prefix, expiration, ...rule }) => {
    const tagged = 'tagFilters' in rule ? ` with the tag ${loadedTag.key}=${loadedTag.value}` : '';
    return `${prefix}${tagged} ${expiration.toDays()} days`;
  });
  Annotations.of(scope).addWarningV2(
    'starrocks-sink:bucket-expiry',
    `The bucket ${bucket.bucketName} is not made by this app, so nothing in it expires by itself. Add lifecycle rules: ${days.join(', ')}.`,
  );
  return bucket;
}
