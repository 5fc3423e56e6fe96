import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { configFromText, readConfigFile } from '../../infra/config-file.ts';
import { splitSettings } from '../../infra/deployment-table.ts';
import { planDeployment, StarRocksSinkStack } from '../../infra/stack.ts';
import { leastOptions, stubCode } from './synthesize.ts';

const example = new URL('../../sink.example.json', import.meta.url).pathname;

describe('configFromText', () => {
  it.each([
    ['JSON', '{ "load-url": "fe:8030", "deploy.fifo": true }'],
    ['JSON that an editor knows', '{ "$schema": "x", "load-url": "fe:8030", "deploy.fifo": true }'],
    ['a Flink clause', "CREATE TABLE t (id INT) WITH ('load-url' = 'fe:8030', 'deploy.fifo' = 'true')"],
    ['lines', '# sink\nflink.starrocks.load-url = fe:8030\ndeploy.fifo = true\n'],
  ])('reads %s', (_, text) => {
    const { settings, options, problems } = splitSettings(configFromText(text, 'sink'));
    expect({ fifo: settings['deploy.fifo'], options, problems }).toEqual({
      fifo: true,
      options: { 'load-url': 'fe:8030' },
      problems: [],
    });
  });

  it('reads what migrate writes, its routes beside the options', () => {
    const routes = [{ source: { database: '^shop$', table: '^a$' }, database: 'shop', table: 'a' }];
    const around = { $schema: 'x', version: 1, routes };
    expect(configFromText(JSON.stringify({ ...around, options: { 'load-url': 'fe:8030' } }), 'sink.json')).toEqual({
      'load-url': 'fe:8030',
      routes,
    });
    const flat = configFromText(JSON.stringify({ 'load-url': 'fe:8030', routes }), 'sink.json');
    expect(splitSettings(flat)).toMatchObject({ options: { 'load-url': 'fe:8030' }, routes, problems: [] });
    expect(Object.keys(splitSettings(flat).options)).toEqual(['load-url']);
  });

  it('leaves nothing unread that stands beside the options', () => {
    const stray = JSON.stringify({ options: {}, 'deploy.fifo': true });
    expect(() => configFromText(stray, 'sink.json')).toThrow(/deploy\.fifo stands beside options/);
    expect(() => configFromText('{"version": 2, "options": {}}', 'sink.json')).toThrow(/version is 2, expected 1/);
  });

  it('says what is wrong with a file', () => {
    expect(() => configFromText('{ "load-url": ', 'sink.json')).toThrow(/sink\.json is not JSON/);
    expect(() => readConfigFile('/nowhere/sink.json')).toThrow(/\/nowhere\/sink\.json does not exist/);
  });
});

const env = { account: '111111111111', region: 'eu-west-1' };

/** What the CLI keeps in cdk.context.json when it has looked up a VPC. */
function appThatKnowsTheVpc(): App {
  const subnets = ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'].map((subnetId, index) => ({
    ...{
      subnetId,
      cidr: `10.0.${index}.0/24`,
      availabilityZone: 'eu-west-1a',
      routeTableId: `rtb-0123456789abcdef${index}`,
    },
  }));
  const key = `vpc-provider:account=${env.account}:filter.vpc-id=vpc-0123456789abcdef0:region=${env.region}:returnAsymmetricSubnets=true`;
  const vpc = {
    vpcId: 'vpc-0123456789abcdef0',
    vpcCidrBlock: '10.0.0.0/16',
    ownerAccountId: env.account,
    availabilityZones: [],
    subnetGroups: [{ name: 'Private', type: 'Private', subnets }],
  };
  return new App({ context: { [key]: vpc } });
}

describe('planDeployment', () => {
  it('names the problems of settings and options together', () => {
    const config = {
      ...leastOptions,
      'deploy.fifi': true,
      'deploy.load.timeout-s': 901,
      'deploy.vpc-id': 'vpc-0123456789abcdef0',
      'deploy.vpc-endpoints': 'sns',
      'deploy.alarm-email': 'me@example.com, you',
    };
    expect(() => planDeployment({ ...config, 'sink.max-retries': 11 })).toThrow(
      /deploy\.fifi is not a setting; did you mean deploy\.fifo\?\n.*deploy\.load\.timeout-s: .*\n.*deploy\.vpc-endpoints: .*\n.*deploy\.alarm-email: expected one address.*\n.*sink\.max-retries: /,
    );
  });

  it('takes every setting into the stack', () => {
    const { settings, props } = planDeployment({
      ...leastOptions,
      'deploy.stack-name': 'Orders',
      'deploy.alarm-email': 'you@example.com',
      'deploy.vpc-id': 'vpc-0123456789abcdef0',
      'deploy.subnet-ids': 'subnet-0123456789abcdef0',
      'deploy.vpc-endpoints': 's3,sqs',
      'deploy.encryption-key-arn': 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab',
      'deploy.ingest.timeout-s': 60,
      'deploy.ingest.memory-mib': 512,
      'deploy.ingest.max-concurrency': 3,
      'deploy.queue-retention-days': 2,
      'deploy.rejected-retention-days': 7,
      'deploy.segment-retention-days': 30,
      'deploy.ride-out-hours': 24,
    });
    const deployment = { settings, props: { ...props, ingest: { ...props.ingest, ...stubCode }, load: stubCode } };
    const stack = new StarRocksSinkStack(appThatKnowsTheVpc(), settings['deploy.stack-name'], deployment, { env });
    const template = Template.fromStack(stack);
    expect(stack.stackName).toBe('Orders');
    template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'you@example.com' });
    template.hasResourceProperties('AWS::Lambda::Function', { Timeout: 60, MemorySize: 512 });
    template.allResourcesProperties('AWS::Lambda::Function', {
      VpcConfig: Match.objectLike({ SubnetIds: ['subnet-0123456789abcdef0'] }),
    });
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { ScalingConfig: { MaximumConcurrency: 3 } });
    template.hasResourceProperties('AWS::SQS::Queue', {
      QueueName: Match.stringLikeRegexp('-Rows$'),
      MessageRetentionPeriod: 2 * 86_400,
      KmsMasterKeyId: Match.stringLikeRegexp('^arn:aws:kms'),
      RedrivePolicy: Match.objectLike({ maxReceiveCount: Math.ceil((24 * 3600) / (6 * 60 + 300)) }),
    });
    template.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: {
        Rules: Match.arrayWith([
          Match.objectLike({ Prefix: 'segments/', ExpirationInDays: 30 }),
          Match.objectLike({ Prefix: 'rejected/', ExpirationInDays: 7 }),
        ]),
      },
    });
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 2);
    expect(Object.keys(template.findOutputs('*')).sort()).toEqual([
      'BucketName',
      'DashboardUrl',
      'IngestFunctionName',
      'LoadDeadLettersUrl',
      'LoadFunctionName',
      'LoadQueueUrl',
      'RowsDeadLettersUrl',
      'RowsQueueUrl',
    ]);
  });

  it('refuses a subnet that is not in the VPC', () => {
    const { settings, props } = planDeployment({
      ...leastOptions,
      'deploy.vpc-id': 'vpc-0123456789abcdef0',
      'deploy.subnet-ids': 'subnet-0123456789abcdef0,subnet-elsewhere',
    });
    expect(() => new StarRocksSinkStack(appThatKnowsTheVpc(), 'Sink', { settings, props }, { env })).toThrow(
      /subnet-elsewhere is not a private or isolated subnet/,
    );
  });

  it('takes the example', () => {
    expect(planDeployment(readConfigFile(example)).props.options).toMatchObject({ 'sink.semantic': 'exactly-once' });
  });
});
