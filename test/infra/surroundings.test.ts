import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Rule } from 'aws-cdk-lib/aws-events';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, EventType, type IBucket } from 'aws-cdk-lib/aws-s3';
import { SqsDestination } from 'aws-cdk-lib/aws-s3-notifications';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it } from 'vitest';
import type { StarRocksSinkProps } from '../../infra/sink-props.ts';
import { StarRocksSink } from '../../infra/starrocks-sink.ts';
import { actionsOf, leastOptions, statementsOf, stubCode, synthesize } from './synthesize.ts';

const env = { account: '111111111111', region: 'eu-west-1' };
const anyEvent = { eventPattern: { source: ['shop'] } };

/** Two stacks of one app: what feeds, and the sink. */
function twoStacks(props: Partial<StarRocksSinkProps> | ((far: Stack) => Partial<StarRocksSinkProps>) = {}) {
  process.env['CDK_VALIDATION'] = 'false';
  const app = new App();
  const far = new Stack(app, 'Far', { env });
  const near = new Stack(app, 'Near', { env });
  const given = typeof props === 'function' ? props(far) : props;
  const sink = new StarRocksSink(near, 'Sink', { options: leastOptions, ingest: stubCode, load: stubCode, ...given });
  return { app, far, near, sink };
}

const warningsOf = (app: App, stack: Stack) =>
  app
    .synth()
    .getStackByName(stack.stackName)
    .messages.filter(({ level }) => level === 'warning')
    .map(({ id, entry }) => ({ id, text: String(entry.data) }));

const imported = (stack: Stack): IKey => Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/abc');

describe('a bucket without a filter', () => {
  it('tells of every object', () => {
    const template = synthesize({}, (sink, stack) =>
      sink.loadObjectsOf(new Bucket(stack, 'Files') as IBucket),
    ).template();
    template.hasResourceProperties('Custom::S3BucketNotifications', {
      NotificationConfiguration: { QueueConfigurations: [Match.objectLike({ Filter: Match.absent() })] },
    });
    expect(JSON.stringify(statementsOf(template, 'IngestRole'))).toContain('"/*"');
  });
});

describe('with a key that was imported', () => {
  const { stack } = synthesize(
    (stack) => ({ encryptionKey: imported(stack) }),
    (sink, stack) => {
      sink.subscribeTo(new Topic(stack, 'Topic'));
      sink.loadObjectsOf(new Bucket(stack, 'Files') as IBucket);
      new Rule(stack, 'Rule', { ...anyEvent, targets: [sink.ruleTarget()] });
    },
  );
  const warnings = warningsOf(stack.node.root as App, stack);

  it.each([
    ['/Test/Topic', 'sns.amazonaws.com'],
    ['/Test/Rule', 'events.amazonaws.com'],
    ['/Test/Files', 's3.amazonaws.com'],
    ['/Test/Sink', 'logs.eu-west-1.amazonaws.com'],
    ['/Test/Sink', 'cloudwatch.amazonaws.com'],
  ])('%s says once which statement %s needs', (id, service) => {
    const found = warnings.filter((warning) => warning.text.includes(`{"Service":"${service}"}`));
    expect(found.map((warning) => warning.id)).toEqual([id]);
    const [, statement = ''] = /(\{"Effect".*\})/.exec(found[0]?.text ?? '') ?? [];
    expect(JSON.parse(statement).Action).toContain('kms:Decrypt');
  });

  it('nothing else warns of the key', () => {
    expect(warnings.filter(({ text }) => /kms/.test(text))).toHaveLength(5);
  });
});

describe('with a key of this app', () => {
  it.each([false, true])('every feeder may use it, and nobody is warned (key in another stack: %s)', (isFar) => {
    const { app, far, near, sink } = twoStacks(isFar ? (stack) => ({ encryptionKey: new Key(stack, 'Key') }) : {});
    const own = isFar
      ? { app, stack: near, sink }
      : (() => {
          const made = synthesize((stack) => ({ encryptionKey: new Key(stack, 'Key') }));
          return { app: made.stack.node.root as App, stack: made.stack, sink: made.sink };
        })();
    own.sink.subscribeTo(new Topic(own.stack, 'Topic'));
    own.sink.loadObjectsOf(new Bucket(own.stack, 'Files') as IBucket);
    new Rule(own.stack, 'Rule', { ...anyEvent, targets: [own.sink.ruleTarget()] });
    expect(warningsOf(own.app, own.stack).filter(({ text }) => /kms/.test(text))).toEqual([]);
    const policies = JSON.stringify(Template.fromStack(isFar ? far : own.stack).findResources('AWS::KMS::Key'));
    for (const service of ['sns', 'events', 's3', 'logs.eu-west-1', 'cloudwatch']) {
      expect(policies).toContain(`"${service}.amazonaws.com"`);
    }
  });

  it('the HTTP endpoint may use it', () => {
    for (const makeKey of [(stack: Stack) => new Key(stack, 'Key') as IKey, imported]) {
      const template = synthesize(
        (stack) => ({ encryptionKey: makeKey(stack) }),
        (sink) => sink.addHttpEndpoint('Http'),
      ).template();
      expect(statementsOf(template, 'InvokeRole').flatMap(actionsOf)).toEqual(
        expect.arrayContaining(['sqs:SendMessage', 'kms:GenerateDataKey', 'kms:Decrypt']),
      );
    }
  });
});

describe('feeders of another stack', () => {
  it.each([
    ['without a key', {}],
    ['with a key of the feeders’ stack', (far: Stack) => ({ encryptionKey: new Key(far, 'Key') })],
  ])('feed the sink, and no stack waits for itself, %s', (_, props) => {
    const { app, far, near, sink } = twoStacks(props);
    sink.subscribeTo(new Topic(far, 'Topic'));
    sink.loadObjectsOf(new Bucket(far, 'Files') as IBucket, { prefix: 'in/' });
    sink.loadObjectsOf(far.node.findChild('Files') as Bucket as IBucket, { prefix: 'more/' });
    expect(() => app.synth()).not.toThrow();
    const template = Template.fromStack(near);
    template.resourceCountIs('AWS::SNS::Subscription', 1);
    template.hasResourceProperties('Custom::S3BucketNotifications', {
      Managed: false,
      NotificationConfiguration: { QueueConfigurations: [Match.anyValue(), Match.anyValue()] },
    });
  });

  it('a rule sends, and its dead letters too, from its own account only', () => {
    const { app, far, near, sink } = twoStacks();
    new Rule(far, 'Rule', { ...anyEvent, targets: [sink.ruleTarget()] });
    expect(() => app.synth()).not.toThrow();
    const conditions = { StringEquals: { 'aws:SourceAccount': env.account } };
    for (const queue of [/^SinkRows(?!Dead)/, /^SinkRowsDead/]) {
      const policies = Object.values(Template.fromStack(near).findResources('AWS::SQS::QueuePolicy'));
      const statements = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
      expect(statements).toContainEqual(
        expect.objectContaining({
          Principal: { Service: 'events.amazonaws.com' },
          Condition: conditions,
          Resource: { 'Fn::GetAtt': [expect.stringMatching(queue), 'Arn'] },
        }),
      );
    }
    Template.fromStack(far).hasResourceProperties('AWS::Events::Rule', {
      Targets: [Match.objectLike({ DeadLetterConfig: Match.anyValue() })],
    });
  });

  it('a bucket that its own stack tells of, too, is refused with the remedy', () => {
    const { app, far, sink } = twoStacks();
    const bucket = new Bucket(far, 'Files');
    sink.loadObjectsOf(bucket as IBucket);
    bucket.addEventNotification(EventType.OBJECT_REMOVED, new SqsDestination(new Queue(far, 'Other')));
    expect(() => app.synth()).toThrow(
      /each would drop the other's. Call loadObjectsOf in a sink of the bucket's stack/,
    );
  });

  it('those of another region are refused with the remedy', () => {
    const { app, sink } = twoStacks();
    const away = new Stack(app, 'Away', { env: { ...env, region: 'us-east-1' } });
    const remedy = /is in us-east-1, the sink in eu-west-1\..*Put the sink into us-east-1/;
    expect(() => sink.subscribeTo(new Topic(away, 'Topic'))).toThrow(remedy);
    expect(() => sink.loadObjectsOf(new Bucket(away, 'Files') as IBucket)).toThrow(remedy);
    expect(() => new Rule(away, 'Rule', { ...anyEvent, targets: [sink.ruleTarget()] })).toThrow(remedy);
  });
});
