import { Grant, type IGrantable, Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { type BucketPrefix, bucketPrefixes } from '../src/kit/bucket-prefixes.ts';
import type { FunctionName } from './bundles.ts';
import { keysOf, useOfKey } from './encryption.ts';
import { acknowledge, objectsFinding } from './findings.ts';
import type { QueuePair } from './queues.ts';

type Verb = 'read' | 'write' | 'upload' | 'tag' | 'delete';

/** Segments and rejected rows may be uploaded in parts; the rest is one request each. */
const s3Actions: Readonly<Record<Verb, readonly string[]>> = {
  read: ['s3:GetObject'],
  write: ['s3:PutObject'],
  upload: ['s3:PutObject', 's3:AbortMultipartUpload'],
  tag: ['s3:PutObjectTagging'],
  delete: ['s3:DeleteObject'],
};

type Rights = Partial<Readonly<Record<BucketPrefix, readonly Verb[]>>>;

/** Who does what to which prefix. A conditional write that names a version needs the right to read. */
const rightsInBucket = {
  ingest: {
    claims: ['read', 'write'],
    decisions: ['read', 'write'],
    inDoubt: ['write', 'delete'],
    searches: ['read', 'write'],
    segments: ['upload'],
    origins: ['upload'],
    rejected: ['upload'],
    payloads: ['read'],
  },
  load: {
    claims: ['read', 'write'],
    decisions: ['read', 'write'],
    inDoubt: ['write', 'delete'],
    searches: ['read', 'write'],
    segments: ['read', 'tag'],
    origins: ['read'],
    rejected: ['upload'],
  },
  sweep: {
    decisions: ['read', 'write'],
    inDoubt: ['read', 'delete'],
  },
  follow: { sources: ['read', 'write', 'delete'], payloads: ['write'] },
  producer: { payloads: ['write'] },
  operator: {
    claims: ['read'],
    decisions: ['read', 'write'],
    inDoubt: ['read'],
    rejected: ['read', 'write', 'delete'],
    payloads: ['write'],
    sources: ['read'],
  },
} as const satisfies Record<string, Rights>;

type Role = keyof typeof rightsInBucket;

const arnOf = (bucket: IBucket, prefix: BucketPrefix) => bucket.arnForObjects(`${bucketPrefixes[prefix]}*`);

/** What only exactly-once reads and writes. */
const ofLedger: readonly BucketPrefix[] = ['claims', 'decisions', 'inDoubt'];

function bucketStatements(
  bucket: IBucket,
  role: Role,
  without: readonly BucketPrefix[] = [],
): readonly PolicyStatement[] {
  const rights = Object.entries(rightsInBucket[role]) as [BucketPrefix, readonly Verb[]][];
  const byActions = Map.groupBy(
    rights.filter(([prefix]) => !without.includes(prefix)),
    ([, verbs]) => verbs.flatMap((verb) => s3Actions[verb]).join(),
  );
  return [...byActions].map(
    ([actions, entries]) =>
      new PolicyStatement({
        actions: actions.split(','),
        resources: entries.map(([prefix]) => arnOf(bucket, prefix)),
      }),
  );
}

export interface Possessions {
  readonly bucket: IBucket;
  readonly rows: QueuePair;
  readonly pointers: QueuePair;
  readonly secret: ISecret;
}

/**
 * Gives a function what it needs, and nothing else.
 *
 * @in  isExactlyOnce: some table is filled so
 */
export function allowFunction(
  role: FunctionName,
  fn: LambdaFunction,
  { bucket, pointers, secret, isExactlyOnce }: Possessions & { readonly isExactlyOnce: boolean },
) {
  const without = isExactlyOnce ? [] : ofLedger;
  for (const statement of bucketStatements(bucket, role, without)) fn.addToRolePolicy(statement);
  fn.addToRolePolicy(listStatement(bucket));
  fn.addToRolePolicy(
    new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [secretArn(secret)] }),
  );
  secret.encryptionKey?.grantDecrypt(fn);
  // Ingest stages rows.
  if (role === 'ingest') {
    fn.addToRolePolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [pointers.queue.queueArn] }));
  }
  if (bucket.encryptionKey) fn.addToRolePolicy(keyStatement(bucket.encryptionKey));
  explain(role, fn, bucket);
}

/** Gives a function that follows a database what it needs: its state and rows in the bucket, the rows queue, itself. */
export function allowFollower(fn: LambdaFunction, { bucket, rows, secret }: Possessions, database: ISecret): void {
  for (const statement of bucketStatements(bucket, 'follow')) fn.addToRolePolicy(statement);
  fn.addToRolePolicy(listStatement(bucket));
  for (const each of [secret, database]) {
    fn.addToRolePolicy(
      new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [secretArn(each)] }),
    );
    each.encryptionKey?.grantDecrypt(fn);
  }
  const sends = { actions: ['sqs:SendMessage', 'sqs:GetQueueAttributes'], resources: [rows.queue.queueArn] };
  fn.addToRolePolicy(new PolicyStatement(sends));
  for (const key of keysOf(bucket.encryptionKey, rows.queue.encryptionMasterKey)) fn.addToRolePolicy(keyStatement(key));
  allowItself(fn);
  explainObjects('follow', fn, bucket);
}

/** By its name as CloudFormation will make it, since a policy that names the function it belongs to would wait for itself. */
function allowItself(fn: LambdaFunction): void {
  const policy = new Policy(fn, 'InvokesItself', {
    statements: [new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [fn.functionArn] })],
  });
  if (fn.role) policy.attachToRole(fn.role);
}

/**
 * Without it S3 answers 403, not 404, to the question whether a claim exists. A condition on the prefix would not help:
 * GetObject carries none. Markers of what is in doubt are listed by it, too.
 */
const listStatement = (bucket: IBucket) =>
  new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] });

const keyStatement = (key: IKey) => new PolicyStatement({ actions: useOfKey, resources: [key.keyArn] });

/** Lets somebody send to a queue that is encrypted with a customer key. */
export function allowQueueKey(grantee: IGrantable, key: IKey | undefined): void {
  if (key) grantee.grantPrincipal.addToPrincipalPolicy(keyStatement(key));
}

/** An ARN without the six characters that Secrets Manager adds matches any six. */
const secretArn = (secret: ISecret) => secret.secretFullArn ?? `${secret.secretArn}-??????`;

function explainObjects(role: Role, fn: LambdaFunction, bucket: IBucket): void {
  const scope = fn.role ?? fn;
  acknowledge(
    scope,
    'X-Ray, and the network interfaces of a VPC, can be granted only for all resources.',
    'AwsSolutions-IAM5[Resource::*]',
  );
  const reads = (Object.keys(rightsInBucket[role]) as BucketPrefix[]).map((name) =>
    objectsFinding(bucket, `${bucketPrefixes[name]}*`),
  );
  acknowledge(scope, 'Objects are granted per prefix; their keys are made up while the sink runs.', ...reads);
}

function explain(role: Role, fn: LambdaFunction, bucket: IBucket): void {
  explainObjects(role, fn, bucket);
  if (role === 'sweep') {
    acknowledge(fn, 'A run that fails is followed by the next one, which does the same.', 'Serverless-LambdaDLQ');
    return;
  }
  acknowledge(
    fn,
    'The function is invoked by its queue, which has dead letters; Lambda takes no other destination for SQS.',
    'Serverless-LambdaDLQ',
    'Serverless-LambdaEventSourceMappingDestination',
  );
}

/** Lets a function read objects of a bucket that is not the sink's own; of several versions, the one that was announced. */
export function allowRead(fn: LambdaFunction, bucket: IBucket, keys = '*'): void {
  fn.addToRolePolicy(
    new PolicyStatement({
      actions: [...s3Actions.read, 's3:GetObjectVersion'],
      resources: [bucket.arnForObjects(keys)],
    }),
  );
  bucket.encryptionKey?.grantDecrypt(fn);
  const reason = 'Which objects will be put there is not known beforehand.';
  acknowledge(fn.role ?? fn, reason, objectsFinding(bucket, keys));
}

/** Lets somebody send rows, large ones through the bucket. */
export function allowSend(grantee: IGrantable, { bucket, rows }: Possessions): Grant {
  for (const key of keysOf(bucket.encryptionKey, rows.queue.encryptionMasterKey)) {
    grantee.grantPrincipal.addToPrincipalPolicy(keyStatement(key));
  }
  for (const statement of bucketStatements(bucket, 'producer')) grantee.grantPrincipal.addToPrincipalPolicy(statement);
  return Grant.addToPrincipal({
    grantee,
    actions: ['sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
    resourceArns: [rows.queue.queueArn],
  });
}

/** CloudWatch has no rights for single metrics. */
const measureStatement = () => new PolicyStatement({ actions: ['cloudwatch:GetMetricData'], resources: ['*'] });

/** Lets somebody see how the sink is, decide what nobody else can tell, look at what was rejected and at dead letters, and send both again. @source SQS developer guide, "Dead-letter queue redrive permissions" */
export function allowRedrive(grantee: IGrantable, { bucket, rows, pointers }: Possessions): Grant {
  const pairs = [rows, pointers];
  for (const statement of bucketStatements(bucket, 'operator')) grantee.grantPrincipal.addToPrincipalPolicy(statement);
  grantee.grantPrincipal.addToPrincipalPolicy(listStatement(bucket));
  grantee.grantPrincipal.addToPrincipalPolicy(measureStatement());
  const queues = pairs.flatMap(({ queue, deadLetters }) => [
    queue.encryptionMasterKey,
    deadLetters.encryptionMasterKey,
  ]);
  for (const key of keysOf(bucket.encryptionKey, ...queues)) {
    grantee.grantPrincipal.addToPrincipalPolicy(keyStatement(key));
  }
  const send = Grant.addToPrincipal({
    grantee,
    actions: ['sqs:SendMessage', 'sqs:GetQueueAttributes'],
    resourceArns: pairs.map(({ queue }) => queue.queueArn),
  });
  return send.combine(
    Grant.addToPrincipal({
      grantee,
      actions: [
        'sqs:StartMessageMoveTask',
        'sqs:ListMessageMoveTasks',
        'sqs:CancelMessageMoveTask',
        'sqs:ReceiveMessage',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:GetQueueUrl',
      ],
      resourceArns: pairs.map(({ deadLetters }) => deadLetters.queueArn),
    }),
  );
}
