import { type App, Duration, type Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { User } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it } from 'vitest';
import type { StarRocksSinkProps } from '../../infra/sink-props.ts';
import type { StarRocksSink } from '../../infra/starrocks-sink.ts';
import { synthesize } from './synthesize.ts';

const ownQueue = (stack: Stack, visibilityS = 720): IQueue => {
  const deadLetters = new Queue(stack, 'OwnDead', { queueName: 'own-dead' });
  const deadLetterQueue = { queue: deadLetters, maxReceiveCount: 100 };
  return new Queue(stack, 'Own', { visibilityTimeout: Duration.seconds(visibilityS), deadLetterQueue });
};

function sinkWith(
  props: (stack: Stack) => Partial<StarRocksSinkProps>,
  use?: (sink: StarRocksSink, stack: Stack) => void,
) {
  const made = synthesize(props, use);
  const { messages } = (made.stack.node.root as App).synth().getStackByName(made.stack.stackName);
  return { template: made.template(), warnings: messages.map(({ entry }) => String(entry.data)) };
}

describe('a queue of the owner', () => {
  it('feeds the sink, with its own dead letters, and none is made', () => {
    const { template } = sinkWith((stack) => ({ rowsQueue: ownQueue(stack) }));
    template.resourceCountIs('AWS::SQS::Queue', 4);
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Own'), 'Arn'] },
    });
    const alarms = JSON.stringify(template.findResources('AWS::CloudWatch::Alarm'));
    expect(alarms).toContain('OwnDead');
  });

  it('with dead letters that are named takes those', () => {
    const { template } = sinkWith((stack) => ({
      rowsQueue: ownQueue(stack),
      rowsDeadLetters: stack.node.findChild('OwnDead') as Queue,
    }));
    template.resourceCountIs('AWS::SQS::Queue', 4);
  });

  it('which gives up sooner than StarRocks may be away is warned of', () => {
    const { warnings } = sinkWith((stack) => ({ rowsQueue: ownQueue(stack) }));
    expect(warnings.join()).toMatch(/maxReceiveCount is 100, .*1000 are advised/);
  });

  it('gives those who send its key', () => {
    const { template } = sinkWith(
      (stack) => {
        const key = new Key(stack, 'QueueKey');
        const deadLetterQueue = { queue: new Queue(stack, 'OwnDead'), maxReceiveCount: 9 };
        const visibilityTimeout = Duration.minutes(12);
        const encryption = QueueEncryption.KMS;
        return {
          rowsQueue: new Queue(stack, 'Own', {
            encryption,
            encryptionMasterKey: key,
            deadLetterQueue,
            visibilityTimeout,
          }),
        };
      },
      (sink, stack) => void sink.grantSend(new User(stack, 'Producer')),
    );
    const policies = Object.entries(template.findResources('AWS::IAM::Policy'));
    for (const role of ['Producer', 'IngestRole']) {
      const text = JSON.stringify(policies.filter(([id]) => id.includes(role)));
      expect(text).toMatch(/kms:Decrypt.*QueueKey/s);
    }
  });

  it.each<[string, (stack: Stack) => Partial<StarRocksSinkProps>, RegExp]>([
    [
      'whose visibility timeout Lambda would refuse',
      (stack) => ({ rowsQueue: ownQueue(stack, 30) }),
      /30 s.*120 s of the function/,
    ],
    ['without dead letters', (stack) => ({ rowsQueue: new Queue(stack, 'Own') }), /name that in rowsDeadLetters/],
    [
      'of another kind',
      (stack) => ({ rowsQueue: ownQueue(stack), fifo: true }),
      /a standard queue, and fifo .* is true/,
    ],
    [
      'that gives up to another queue than the named one',
      (stack) => ({ rowsQueue: ownQueue(stack), rowsDeadLetters: new Queue(stack, 'Other') }),
      /gives up to Test\/OwnDead, and rowsDeadLetters is Test\/Other/,
    ],
    [
      'that gives nothing up to the named one',
      (stack) => ({
        rowsQueue: new Queue(stack, 'Own', { visibilityTimeout: Duration.minutes(12) }),
        rowsDeadLetters: new Queue(stack, 'Dead'),
      }),
      /gives nothing up to rowsDeadLetters/,
    ],
    [
      'that would be its own dead letters',
      (stack) => {
        const rowsQueue = ownQueue(stack);
        return { rowsQueue, rowsDeadLetters: rowsQueue };
      },
      /are the same queue/,
    ],
  ])('%s is refused', (_, props, said) => {
    expect(() => synthesize(props)).toThrow(said);
  });

  it('that cannot be seen is told what it must be', () => {
    const { warnings } = sinkWith((stack) => ({
      rowsQueue: Queue.fromQueueArn(stack, 'Far', 'arn:aws:sqs:eu-west-1:111111111111:far'),
      rowsDeadLetters: Queue.fromQueueArn(stack, 'FarDead', 'arn:aws:sqs:eu-west-1:111111111111:far-dead'),
    }));
    expect(warnings.join()).toMatch(/The queue far .*visibility timeout must be at least \d+ s/);
  });
});

describe('dead letters of the owner', () => {
  it('take what the rows queue gives up', () => {
    const { template } = sinkWith((stack) => ({ rowsDeadLetters: new Queue(stack, 'Dead') }));
    template.hasResourceProperties('AWS::SQS::Queue', {
      RedrivePolicy: Match.objectLike({
        deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Dead'), 'Arn'] },
      }),
    });
    template.resourceCountIs('AWS::SQS::Queue', 4);
  });
});

describe('dead letters of another kind', () => {
  it.each([true, false])('than the rows are refused (FIFO rows: %s)', (fifo) => {
    const other = (stack: Stack) => ({ fifo, rowsDeadLetters: new Queue(stack, 'Dead', fifo ? {} : { fifo: true }) });
    expect(() => synthesize(other)).toThrow(/rowsDeadLetters is a .*SQS takes dead letters of its own kind only/);
  });
});

describe('a bucket of the owner', () => {
  it('that files are loaded of, too, takes them below a prefix of their own', () => {
    const own = (stack: Stack) => ({ bucket: new Bucket(stack, 'Own') as IBucket });
    for (const prefix of [undefined, '', 'seg', 'segments/2026/'])
      expect(() =>
        synthesize(own, (sink) => sink.loadObjectsOf(sink.bucket, prefix === undefined ? {} : { prefix })),
      ).toThrow(/each object that the sink writes would come in as rows.*segments\//s);
    const { template } = sinkWith(own, (sink) => sink.loadObjectsOf(sink.bucket, { prefix: 'landing/' }));
    template.resourceCountIs('Custom::S3BucketNotifications', 1);
  });

  it('holds what the sink keeps, and lets it expire', () => {
    const { template } = sinkWith((stack) => ({ bucket: new Bucket(stack, 'Own') as IBucket }));
    template.resourceCountIs('AWS::S3::Bucket', 1);
    template.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: {
        Rules: Match.arrayWith([Match.objectLike({ Prefix: 'claims/' }), Match.objectLike({ Prefix: 'rejected/' })]),
      },
    });
    expect(JSON.stringify(template.findResources('AWS::IAM::Policy'))).toContain('segments/*');
  });

  it('that is not made here is told its lifecycle rules', () => {
    const { warnings, template } = sinkWith((stack) => ({ bucket: Bucket.fromBucketName(stack, 'Own', 'our-rows') }));
    expect(warnings.join()).toMatch(/our-rows is not made by this app.*claims\/ \d+ days/);
    template.resourceCountIs('AWS::S3::Bucket', 0);
  });
});
