import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type IVpc, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it } from 'vitest';
import { planDeployment, StarRocksSinkStack } from '../../infra/stack.ts';
import { StarRocksSink } from '../../infra/starrocks-sink.ts';
import { actionsOf, leastOptions, statementsOf, stubCode, synthesize } from './synthesize.ts';

const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:111111111111:${rest}`;

describe('what is given to a sink of another region', () => {
  it('is refused all at once, each with its reason and the remedy', () => {
    const given = (stack: Stack) => ({
      rowsQueue: Queue.fromQueueArn(stack, 'Q', arn('sqs', 'rows')),
      rowsDeadLetters: Queue.fromQueueArn(stack, 'D', arn('sqs', 'dead')),
      bucket: Bucket.fromBucketAttributes(stack, 'B', { bucketName: 'rows', region: 'us-east-1' }),
      vpc: Vpc.fromVpcAttributes(stack, 'V', { vpcId: 'vpc-1', availabilityZones: ['a'], region: 'us-east-1' }),
      encryptionKey: Key.fromKeyArn(stack, 'K', arn('kms', 'key/abc')),
      alarmTopic: Topic.fromTopicArn(stack, 'T', arn('sns', 'alarms')),
      secret: Secret.fromSecretCompleteArn(stack, 'S', arn('secretsmanager', 'secret:starrocks-a1b2c3')),
    });
    const refused = () => synthesize(given);
    for (const name of Object.keys(given(new Stack())))
      expect(refused).toThrow(
        new RegExp(`${name} is in us-east-1, the sink in eu-west-1\\..*Put the sink into us-east-1`),
      );
    const options = { ...leastOptions, 'sink.secret-id': arn('secretsmanager', 'secret:starrocks') };
    expect(() => synthesize({ options })).toThrow(/sink\.secret-id is in us-east-1/);
  });
});

describe('what belongs to one sink', () => {
  it.each([
    ['bucket', (stack: Stack) => ({ bucket: new Bucket(stack, 'Own') as IBucket })],
    ['rowsDeadLetters', (stack: Stack) => ({ rowsDeadLetters: new Queue(stack, 'Own') })],
  ])('is refused to a second one: %s', (name, given) => {
    const { stack } = synthesize(given);
    const own = stack.node.findChild('Own');
    const props = { options: leastOptions, ingest: stubCode, load: stubCode, [name]: own };
    expect(() => new StarRocksSink(stack, 'Second', props)).toThrow(
      new RegExp(`${name} is that of the sink Test/Sink already.*give Test/Second its own`),
    );
  });
});

describe('what would mean nothing', () => {
  it.each([
    ['vpcSubnets', () => ({ vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED } })],
    ['vpcEndpoints', () => ({ vpcEndpoints: ['s3' as const] })],
    ['securityGroups', (stack: Stack) => ({ securityGroups: [SecurityGroup.fromSecurityGroupId(stack, 'G', 'sg-1')] })],
  ])('without a VPC is refused: %s', (name, given) => {
    expect(() => synthesize(given)).toThrow(new RegExp(`${name} is given without vpc`));
  });

  it('without a VPC is refused in a file, too', () => {
    const settings = { 'deploy.subnet-ids': 'subnet-0123456789abcdef0', 'deploy.vpc-endpoints': 's3' };
    expect(() => planDeployment({ ...leastOptions, ...settings })).toThrow(
      /deploy\.subnet-ids is given without deploy\.vpc-id.*deploy\.vpc-endpoints is given without deploy\.vpc-id/s,
    );
  });

  it('no security group at all is refused', () => {
    const given = (stack: Stack) => ({ vpc: new Vpc(stack, 'Vpc') as IVpc, securityGroups: [] });
    expect(() => synthesize(given)).toThrow(/securityGroups is empty/);
  });

  it('the key of a secret that names its own is refused', () => {
    const given = (stack: Stack) => ({
      options: { 'load-url': 'fe:8030', 'database-name': 'demo', 'table-name': 'events' },
      secret: new Secret(stack, 'S') as ISecret,
      secretKey: new Key(stack, 'K'),
    });
    expect(() => synthesize(given)).toThrow(/give the property secret its encryptionKey/);
  });
});

describe('keys of what the sink only reads', () => {
  const keyArn = (id: string, account = '111111111111') => `arn:aws:kms:eu-west-1:${account}:key/${id}`;
  const file = {
    ...leastOptions,
    ...{ 'sink.semantic': 'exactly-once', 'sink.payload.buckets': 'landing,landing' },
    'deploy.secret-key-arn': keyArn('of-secret'),
    'deploy.payload-key-arns': `${keyArn('of-landing')},${keyArn('of-others', '222222222222')}`,
  };
  const deployed = () => {
    const plan = planDeployment(file);
    const code = { ingest: stubCode, load: stubCode, sweep: stubCode };
    const env = { account: '111111111111', region: 'eu-west-1' };
    const props = { ...plan.props, ...code };
    return new StarRocksSinkStack(new App(), 'Test', { ...plan, props }, { env });
  };
  const keysOf = (template: Template, role: string) =>
    statementsOf(template, role)
      .filter((statement) => actionsOf(statement).includes('kms:Decrypt'))
      .map(({ Resource }) => String(Resource).split('/').at(-1));

  it('are given to the functions that read it, and to no other', () => {
    const template = Template.fromStack(deployed());
    expect(keysOf(template, 'IngestRole').sort()).toEqual(['of-landing', 'of-others', 'of-secret']);
    expect(keysOf(template, 'LoaderRole')).toEqual(['of-secret']);
    expect(keysOf(template, 'SweepRole')).toEqual(['of-secret']);
  });

  it('of another account are told to their owner, with the statement', () => {
    const stack = deployed();
    const { messages } = (stack.node.root as App).synth().getStackByName('Test');
    const told = messages.map(({ entry }) => String(entry.data)).filter((text) => text.includes('another account'));
    expect(told).toHaveLength(1);
    const [, statement = '{}'] = /: (\{"Effect".*\})/.exec(told[0] ?? '') ?? [];
    expect(told[0]).toContain('of-others');
    expect(JSON.parse(statement)).toMatchObject({ Principal: { AWS: 'arn:aws:iam::111111111111:root' } });
  });

  it('that are no keys are refused', () => {
    const wrong = { 'deploy.secret-key-arn': 'alias/ours', 'deploy.payload-key-arns': 'abc' };
    expect(() => planDeployment({ ...file, ...wrong })).toThrow(
      /deploy\.secret-key-arn: expected arn:aws:kms.*found alias\/ours.*deploy\.payload-key-arns: .*found abc/s,
    );
  });
});
