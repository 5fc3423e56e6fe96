import { User } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, it } from 'vitest';
import { rightsOf } from './rights.ts';
import { actionsOf, leastOptions, onceOptions, statementsOf, synthesize } from './synthesize.ts';

const template = synthesize({ options: onceOptions }, (sink, stack) => {
  sink.grantSend(new User(stack, 'Producer'));
  sink.grantRedrive(new User(stack, 'Operator'));
}).template();

const rights = (role: string) => rightsOf(template, role);

const consume = (queue: string) =>
  ['ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes', 'GetQueueUrl', 'ReceiveMessage'].map(
    (action) => `sqs:${action} ${queue}`,
  );
const ledger = [
  ...['claims/*', 'decisions/*', 'searches/*'].flatMap((place) => [`s3:GetObject ${place}`, `s3:PutObject ${place}`]),
  ...['s3:PutObject in-doubt/*', 's3:DeleteObject in-doubt/*'],
];

describe('the role of', () => {
  it('ingest reads rows and payloads, and writes segments and the ledger; nothing else', () => {
    expect(rights('IngestRole')).toEqual(
      [
        ...consume('SinkRows'),
        ...ledger,
        's3:AbortMultipartUpload origins/*',
        's3:AbortMultipartUpload rejected/*',
        's3:AbortMultipartUpload segments/*',
        's3:GetObject payloads/*',
        's3:ListBucket SinkBucket',
        's3:PutObject origins/*',
        's3:PutObject rejected/*',
        's3:PutObject segments/*',
        'secretsmanager:GetSecretValue secret:starrocks-??????',
        'sqs:SendMessage SinkLoad',
      ].sort(),
    );
  });

  it('load reads pointers, reads and marks segments, and writes the ledger; nothing else', () => {
    expect(rights('LoaderRole')).toEqual(
      [
        ...consume('SinkLoad'),
        ...ledger,
        's3:AbortMultipartUpload rejected/*',
        's3:GetObject origins/*',
        's3:GetObject segments/*',
        's3:ListBucket SinkBucket',
        's3:PutObject rejected/*',
        's3:PutObjectTagging segments/*',
        'secretsmanager:GetSecretValue secret:starrocks-??????',
      ].sort(),
    );
  });

  it('the sweep looks at what is in doubt, and decides; nothing else', () => {
    expect(rights('SweepRole')).toEqual(
      [
        's3:DeleteObject in-doubt/*',
        's3:GetObject decisions/*',
        's3:GetObject in-doubt/*',
        's3:ListBucket SinkBucket',
        's3:PutObject decisions/*',
        'secretsmanager:GetSecretValue secret:starrocks-??????',
      ].sort(),
    );
  });

  it('a sink that loads at least once gives no rights in the ledger', () => {
    const atLeastOnce = synthesize({ options: leastOptions }).template();
    for (const role of ['IngestRole', 'LoaderRole'])
      expect(rightsOf(atLeastOnce, role).filter((right) => /claims|decisions|in-doubt/.test(right))).toEqual([]);
  });

  it('a producer sends rows and stores large ones; it reads nothing', () => {
    expect(rights('Producer')).toEqual(
      [
        's3:PutObject payloads/*',
        'sqs:GetQueueAttributes SinkRows',
        'sqs:GetQueueUrl SinkRows',
        'sqs:SendMessage SinkRows',
      ].sort(),
    );
  });

  it('an operator decides undecided batches, and sends what was rejected, and dead letters of both queues, again', () => {
    const granted = rights('Operator');
    expect(granted.filter((right) => right.startsWith('s3:'))).toEqual([
      's3:DeleteObject rejected/*',
      's3:GetObject claims/*',
      's3:GetObject decisions/*',
      's3:GetObject in-doubt/*',
      's3:GetObject rejected/*',
      's3:GetObject sources/*',
      's3:ListBucket SinkBucket',
      's3:PutObject decisions/*',
      's3:PutObject payloads/*',
      's3:PutObject rejected/*',
    ]);
    expect(granted).toContain('cloudwatch:GetMetricData "*"');
    for (const queue of ['SinkRows', 'SinkLoad']) {
      expect(granted).toContain(`sqs:SendMessage ${queue}`);
      expect(granted).toContain(`sqs:GetQueueAttributes ${queue}`);
      expect(granted).toContain(`sqs:StartMessageMoveTask ${queue}DeadLetters`);
      expect(granted).toContain(`sqs:ReceiveMessage ${queue}DeadLetters`);
      expect(granted).toContain(`sqs:DeleteMessage ${queue}DeadLetters`);
      expect(granted).not.toContain(`sqs:ReceiveMessage ${queue}`);
    }
  });

  it('ingest reads large payloads from other buckets only when they are named', () => {
    const options = { ...leastOptions, 'sink.payload.buckets': ['first', 'second'] };
    const reads = statementsOf(synthesize({ options }).template(), 'IngestRole').map(({ Resource }) =>
      JSON.stringify(Resource),
    );
    for (const name of ['first', 'second']) expect(reads.join()).toContain(`:s3:::${name}/*"`);
    expect(JSON.stringify(statementsOf(template, 'IngestRole'))).not.toContain(':s3:::');
  });

  it('nobody has a wildcard for an action', () => {
    const policies = Object.values(template.findResources('AWS::IAM::Policy'));
    const actions = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement.flatMap(actionsOf));
    expect(actions.length).toBeGreaterThan(30);
    expect(actions.filter((action: string) => action.includes('*'))).toEqual([]);
  });
});

describe('with a customer key', () => {
  const encrypted = synthesize(
    (stack) => ({ options: onceOptions, encryptionKey: new Key(stack, 'Key') }),
    (sink, stack) => {
      sink.grantSend(new User(stack, 'Producer'));
    },
  ).template();

  it('everything that keeps rows, records or logs is encrypted with it', () => {
    const key = { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] };
    const all = (type: string) => Object.values(encrypted.findResources(type)).map(({ Properties }) => Properties);
    expect(all('AWS::SQS::Queue').map(({ KmsMasterKeyId }) => KmsMasterKeyId)).toEqual([key, key, key, key]);
    expect(all('AWS::Logs::LogGroup').map(({ KmsKeyId }) => KmsKeyId)).toEqual([key, key, key]);
    expect(all('AWS::Lambda::Function').map(({ KmsKeyArn }) => KmsKeyArn)).toEqual([key, key, key]);
    expect(all('AWS::SNS::Topic').map(({ KmsMasterKeyId }) => KmsMasterKeyId)).toEqual([key]);
    expect(JSON.stringify(all('AWS::S3::Bucket'))).toContain('"aws:kms"');
  });

  it('functions and producers may use it, and so may the services that encrypt for themselves', () => {
    for (const role of ['IngestRole', 'LoaderRole', 'SweepRole', 'Producer']) {
      const actions = statementsOf(encrypted, role).flatMap(actionsOf);
      expect(actions).toEqual(expect.arrayContaining(['kms:Decrypt', 'kms:GenerateDataKey']));
    }
    const [key] = Object.values(encrypted.findResources('AWS::KMS::Key'));
    const principals = JSON.stringify(key?.['Properties'].KeyPolicy.Statement);
    expect(principals).toContain('"logs.eu-west-1.amazonaws.com"');
    expect(principals).toContain('"cloudwatch.amazonaws.com"');
  });
});
