import { Duration, Size } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { bundledCode } from '../../infra/bundles.ts';
import { requireOptions } from '../../src/options/parse.ts';
import { optionsFromVariables } from '../../src/options/sources.ts';
import { fifo, standard } from './sink-templates.ts';
import { leastOptions, onceOptions, synthesize } from './synthesize.ts';

describe('queues', () => {
  it.each([
    ['rows', 'Rows', 120 * 6 + 300],
    ['load', 'Load', 900 * 6 + 300],
  ])('of %s keep messages 14 days, out of sight while a function may work on them', (_, name, visibility) => {
    standard.hasResourceProperties('AWS::SQS::Queue', {
      QueueName: Match.stringLikeRegexp(`-${name}$`),
      MessageRetentionPeriod: 14 * 86_400,
      VisibilityTimeout: visibility,
      SqsManagedSseEnabled: true,
    });
  });

  it('give up a message after 1,000 deliveries only, to dead letters that are kept 14 days for that queue alone', () => {
    const queues = Object.values(standard.findResources('AWS::SQS::Queue')).map((queue) => queue['Properties']);
    const sources = queues.filter(({ RedrivePolicy }) => RedrivePolicy !== undefined);
    const deadLetters = queues.filter(({ RedriveAllowPolicy }) => RedriveAllowPolicy !== undefined);
    expect([sources.length, deadLetters.length, queues.length]).toEqual([2, 2, 4]);
    expect(sources.map(({ RedrivePolicy }) => RedrivePolicy.maxReceiveCount)).toEqual([1000, 1000]);
    for (const [index, { RedriveAllowPolicy, MessageRetentionPeriod }] of deadLetters.entries()) {
      expect(MessageRetentionPeriod).toBe(14 * 86_400);
      expect(RedriveAllowPolicy.redrivePermission).toBe('byQueue');
      expect(JSON.stringify(RedriveAllowPolicy.sourceQueueArns)).toContain(`:${sources[index]?.QueueName}"`);
    }
  });

  it('refuse requests without TLS', () => {
    const policies = Object.values(standard.findResources('AWS::SQS::QueuePolicy'));
    expect(policies).toHaveLength(4);
    for (const policy of policies) {
      expect(policy['Properties'].PolicyDocument.Statement).toContainEqual(
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      );
    }
  });

  it('are all FIFO when asked, and never drop equal rows', () => {
    const queues = Object.values(fifo.findResources('AWS::SQS::Queue')).map((queue) => queue['Properties']);
    expect(queues).toHaveLength(4);
    for (const queue of queues) {
      expect(queue).toMatchObject({
        FifoQueue: true,
        FifoThroughputLimit: 'perMessageGroupId',
        DeduplicationScope: 'messageGroup',
      });
      expect(queue.ContentBasedDeduplication).not.toBe(true);
    }
  });
});

describe('event sources', () => {
  it('gather for the interval, two invocations at a time, and take partial answers', () => {
    const { template } = synthesize({ options: { ...leastOptions, 'sink.buffer-flush.interval-ms': 20_000 } });
    template().allResourcesProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 10_000,
      MaximumBatchingWindowInSeconds: 20,
      ScalingConfig: { MaximumConcurrency: 2 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MetricsConfig: { Metrics: ['EventCount'] },
    });
    template().resourceCountIs('AWS::Lambda::EventSourceMapping', 2);
  });

  it('take ten messages without a window from FIFO queues', () => {
    fifo.allResourcesProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 10,
      MaximumBatchingWindowInSeconds: Match.absent(),
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  it('give way to a schedule that drains the load queue, when rows wait longer than five minutes', () => {
    const template = synthesize({ options: { ...leastOptions, 'sink.buffer-flush.interval-ms': 600_000 } }).template();
    template.resourceCountIs('AWS::Lambda::EventSourceMapping', 1);
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(10 minutes)',
      Targets: [Match.objectLike({ Input: '{"drain":true}' })],
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ STARROCKS_SINK_STAGE_ABOVE_BYTES: '0' }) },
    });
    template.hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: Match.stringLikeRegexp('LoaderRole') }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: Match.arrayWith(['sqs:ReceiveMessage', 'sqs:DeleteMessage']),
            Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^SinkLoad(?!Dead)'), 'Arn'] },
          }),
        ]),
      },
    });
  });
});

describe('functions', () => {
  it.each([
    ['SinkIngest', 120],
    ['SinkLoader', 900],
  ])('%s runs on Node 24 on arm64, traced, with JSON logs in a group of its own', (id, timeout) => {
    standard.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'handler.handler',
      Timeout: timeout,
      MemorySize: 1024,
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: Match.objectLike({ LogFormat: 'JSON', LogGroup: { Ref: Match.stringLikeRegexp(`${id}Logs`) } }),
    });
    standard.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });

  it.each([
    ['Takes rows', '--enable-source-maps'],
    ['Loads staged rows', '--enable-source-maps --max-semi-space-size=4'],
  ])('start Node with source maps, and a small young generation where rows stream: %s', (description, nodeOptions) => {
    standard.hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp(`^${description}`),
      Environment: { Variables: Match.objectLike({ NODE_OPTIONS: nodeOptions }) },
    });
  });

  it('take timeout, memory and concurrency from the properties', () => {
    const load = { timeout: Duration.minutes(5), memory: Size.gibibytes(2), maxConcurrency: 4 };
    const template = synthesize({ load }).template();
    template.hasResourceProperties('AWS::Lambda::Function', { Timeout: 300, MemorySize: 2048 });
    template.hasResourceProperties('AWS::SQS::Queue', {
      QueueName: Match.stringLikeRegexp('-Load$'),
      VisibilityTimeout: 2100,
    });
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { ScalingConfig: { MaximumConcurrency: 4 } });
  });

  it('get variables that they accept, and that say what the options say', () => {
    const options = {
      ...leastOptions,
      'sink.semantic': 'exactly-once',
      'sink.tables.allow': ['demo.*', 'sales.orders'],
      'sink.redirect.map': { '10.0.0.5:8040': 'be1:8040' },
      'sink.properties.format': 'json',
      'sink.version': 'V2',
    } as const;
    const functions = Object.values(synthesize({ options }).template().findResources('AWS::Lambda::Function'));
    expect(functions).toHaveLength(3);
    for (const { Properties } of functions) {
      const variables = Object.entries(Properties.Environment.Variables).map(([name, value]): [string, string] => [
        name,
        typeof value === 'string' ? value : 'https://known-when-deployed',
      ]);
      expect(requireOptions(optionsFromVariables(Object.fromEntries(variables)))).toMatchObject({
        'load-url': ['http://fe:8030'],
        'sink.secret-id': 'starrocks',
        'sink.semantic': 'exactly-once',
        'sink.tables.allow': ['demo.*', 'sales.orders'],
        'sink.redirect.map': { '10.0.0.5:8040': 'be1:8040' },
        properties: { format: 'json' },
        'sink.bucket': 'https://known-when-deployed',
        'sink.load-queue-url': 'https://known-when-deployed',
      });
    }
  });

  it('are taken from the package, where they lie when it is built', () => {
    expect(() => bundledCode('ingest', '/nowhere')).toThrow(/The function ingest is not built: .*npm run build/s);
  });
});

describe('the sweep', () => {
  const once = synthesize({ options: onceOptions });

  it('runs every minute, small, and may run beside itself', () => {
    const template = once.template();
    template.hasResourceProperties('AWS::Lambda::Function', {
      Timeout: 60,
      MemorySize: 256,
      ReservedConcurrentExecutions: Match.absent(),
      LoggingConfig: Match.objectLike({ LogGroup: { Ref: Match.stringLikeRegexp('SinkSweepLogs') } }),
    });
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      Targets: [Match.objectLike({ Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^SinkSweep'), 'Arn'] } })],
    });
    expect(once.sink.sweepFunction).toBeDefined();
  });

  it('keeps time to work beside its reserve', () => {
    const options = { ...onceOptions, 'sink.deadline-reserve-ms': 60_000 };
    const ingest = { timeout: Duration.minutes(5) };
    synthesize({ options, ingest })
      .template()
      .hasResourceProperties('AWS::Lambda::Function', { Timeout: 180, MemorySize: 256 });
  });

  it('is not there with at-least-once, where nothing is ever in doubt', () => {
    standard.resourceCountIs('AWS::Lambda::Function', 2);
    standard.resourceCountIs('AWS::Events::Rule', 0);
  });
});

describe('the bucket', () => {
  it('is private, encrypted, and reached by TLS 1.2 only', () => {
    standard.hasResourceProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: Match.anyValue(),
    });
    standard.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          Match.objectLike({ Effect: 'Deny', Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } }),
        ]),
      },
    });
  });

  it('stays when the stack is removed', () => {
    standard.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Retain' });
  });

  it('forgets each prefix in its time: claims before decisions, nothing before what refers to it', () => {
    const [bucket] = Object.values(standard.findResources('AWS::S3::Bucket'));
    const rules: Record<string, unknown>[] = bucket?.['Properties'].LifecycleConfiguration.Rules;
    const untagged = rules.filter((rule) => rule['TagFilters'] === undefined);
    const days = Object.fromEntries(untagged.map((rule) => [rule['Prefix'] ?? 'uploads', rule['ExpirationInDays']]));
    expect(days).toEqual({
      ...{ 'claims/': 30, 'decisions/': 37, 'in-doubt/': 30 },
      ...{ 'segments/': 31, 'origins/': 31, 'searches/': 31, 'payloads/': 31, 'rejected/': 90 },
    });
    expect(rules).toContainEqual(
      expect.objectContaining({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }),
    );
  });

  it('keeps segments that are loaded for two days', () => {
    const loaded = { Prefix: 'segments/', TagFilters: [{ Key: 'state', Value: 'loaded' }], ExpirationInDays: 2 };
    standard.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: { Rules: Match.arrayWith([Match.objectLike(loaded)]) },
    });
  });
});
