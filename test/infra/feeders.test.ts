import { Duration, type Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { HttpNoneAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { AttributeType, type ITable, StreamViewType, Table, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { Stream } from 'aws-cdk-lib/aws-kinesis';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { leastOptions, statementsOf, synthesize } from './synthesize.ts';

const rowsQueue = { 'Fn::GetAtt': [Match.stringLikeRegexp('^SinkRows(?!Dead)'), 'Arn'] };
const partitionKey = { name: 'id', type: AttributeType.STRING };

/** The rows queue lets this service send. */
const lets = (service: string) => ({
  PolicyDocument: {
    Statement: Match.arrayWith([
      Match.objectLike({ Effect: 'Allow', Principal: { Service: service }, Resource: rowsQueue }),
    ]),
  },
});

describe('a topic', () => {
  it('feeds the rows queue, raw unless told, and loses nothing that the queue refuses', () => {
    const template = synthesize({}, (sink, stack) => sink.subscribeTo(new Topic(stack, 'Topic'))).template();
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'sqs',
      Endpoint: rowsQueue,
      RawMessageDelivery: true,
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^SinkRowsDead'), 'Arn'] } },
    });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', lets('sns.amazonaws.com'));
  });

  it('may be wrapped, and may use a customer key of the queue', () => {
    const template = synthesize(
      (stack) => ({ encryptionKey: new Key(stack, 'Key') }),
      (sink, stack) => sink.subscribeTo(new Topic(stack, 'Topic'), { rawMessageDelivery: false }),
    ).template();
    template.hasResourceProperties('AWS::SNS::Subscription', { RawMessageDelivery: false });
    expect(JSON.stringify(template.findResources('AWS::KMS::Key'))).toContain('"sns.amazonaws.com"');
  });
});

describe('a rule of EventBridge', () => {
  it('sends events to the rows queue', () => {
    const template = synthesize({}, (sink, stack) => {
      new Rule(stack, 'Rule', { schedule: Schedule.rate(Duration.hours(1)), targets: [sink.ruleTarget()] });
    }).template();
    template.hasResourceProperties('AWS::Events::Rule', { Targets: [Match.objectLike({ Arn: rowsQueue })] });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', lets('events.amazonaws.com'));
  });
});

describe('a bucket', () => {
  const options = { ...leastOptions, 'sink.payload.buckets': 'first' };
  const template = synthesize({ options }, (sink, stack) => {
    const bucket = new Bucket(stack, 'Files') as IBucket;
    sink.loadObjectsOf(bucket, { prefix: 'in/', suffix: '.ndjson' });
  }).template();

  it('tells the rows queue of new objects', () => {
    template.hasResourceProperties('Custom::S3BucketNotifications', {
      NotificationConfiguration: {
        QueueConfigurations: [Match.objectLike({ Events: ['s3:ObjectCreated:*'], QueueArn: rowsQueue })],
      },
    });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', lets('s3.amazonaws.com'));
  });

  it('may be read by the ingest function, as far as the filter goes, and is known to it', () => {
    expect(JSON.stringify(statementsOf(template, 'IngestRole'))).toContain('"/in/*.ndjson"');
    template.hasResourceProperties('AWS::Lambda::Function', {
      Timeout: 120,
      Environment: {
        Variables: Match.objectLike({
          STARROCKS_SINK_PAYLOAD_BUCKETS: { 'Fn::Join': ['', ['first,', { Ref: Match.stringLikeRegexp('^Files') }]] },
        }),
      },
    });
  });
});

describe('the HTTP endpoint', () => {
  it('puts the body of POST /rows into the queue, from whom IAM lets in, and logs who came', () => {
    const template = synthesize({}, (sink) => sink.addHttpEndpoint('Http')).template();
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', {
      RouteKey: 'POST /rows',
      AuthorizationType: 'AWS_IAM',
    });
    template.hasResourceProperties('AWS::ApiGatewayV2::Integration', {
      IntegrationSubtype: 'SQS-SendMessage',
      RequestParameters: { MessageBody: '$request.body', MessageAttributes: Match.absent() },
    });
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      AccessLogSettings: Match.anyValue(),
      DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
    });
  });

  it('names a table, and another authorizer, when told', () => {
    const table = { database: 'sales', table: 'orders' };
    const authorizer = new HttpNoneAuthorizer();
    const template = synthesize({}, (sink) => sink.addHttpEndpoint('Http', { table, authorizer })).template();
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', { AuthorizationType: 'NONE' });
    template.hasResourceProperties('AWS::ApiGatewayV2::Integration', {
      RequestParameters: {
        MessageAttributes:
          '{"database":{"DataType":"String","StringValue":"sales"},"table":{"DataType":"String","StringValue":"orders"}}',
      },
    });
  });
});

describe('a pipe', () => {
  it('brings the changes of a table, ten at a time, and splits what fails', () => {
    const template = synthesize({}, (sink, stack) => {
      sink.addTableStream(
        'Changes',
        new Table(stack, 'Table', { partitionKey, stream: StreamViewType.NEW_IMAGE }) as ITable,
      );
    }).template();
    template.hasResourceProperties('AWS::Pipes::Pipe', {
      Target: rowsQueue,
      TargetParameters: Match.absent(),
      SourceParameters: {
        DynamoDBStreamParameters: Match.objectLike({ BatchSize: 10, OnPartialBatchItemFailure: 'AUTOMATIC_BISECT' }),
      },
    });
    expect(JSON.stringify(statementsOf(template, 'ChangesRole'))).toContain('dynamodb:GetRecords');
    expect(JSON.stringify(statementsOf(template, 'ChangesRole'))).toContain('sqs:SendMessage');
  });

  it('refuses a table without a stream', () => {
    const make = () =>
      synthesize({}, (sink, stack) =>
        sink.addTableStream('Changes', new Table(stack, 'Table', { partitionKey }) as ITable),
      );
    expect(make).toThrow(/has no stream/);
  });

  it('brings the records of a stream from where it is told', () => {
    const template = synthesize({}, (sink, stack) => {
      sink.addKinesisStream('Clicks', new Stream(stack, 'Stream'), { startingPosition: 'TRIM_HORIZON' });
    }).template();
    template.hasResourceProperties('AWS::Pipes::Pipe', {
      SourceParameters: { KinesisStreamParameters: Match.objectLike({ StartingPosition: 'TRIM_HORIZON' }) },
    });
  });

  it('orders by what it is told on a FIFO queue, and refuses to guess', () => {
    const messageGroupId = '$.partitionKey';
    const template = synthesize({ fifo: true }, (sink, stack) => {
      sink.addKinesisStream('Clicks', new Stream(stack, 'Stream'), { messageGroupId });
      expect(() => sink.addKinesisStream('More', new Stream(stack, 'Other'))).toThrow(/messageGroupId/);
    }).template();
    template.hasResourceProperties('AWS::Pipes::Pipe', {
      TargetParameters: { SqsQueueParameters: { MessageGroupId: messageGroupId, MessageDeduplicationId: '$.eventID' } },
    });
  });
});

describe('a FIFO queue', () => {
  it('refuses feeders that give no message group', () => {
    synthesize({ fifo: true }, (sink, stack) => {
      expect(() => sink.subscribeTo(new Topic(stack, 'Topic'))).toThrow(/FIFO topic/);
      expect(() => sink.ruleTarget()).toThrow(/EventBridge/);
      expect(() => sink.loadObjectsOf(new Bucket(stack, 'Files') as IBucket)).toThrow(/S3 notifies only standard/);
      expect(() => sink.addHttpEndpoint('Http')).toThrow(/standard queues/);
    });
  });

  it('takes a FIFO topic', () => {
    const template = synthesize({ fifo: true }, (sink, stack) => {
      sink.subscribeTo(new Topic(stack, 'Topic', { fifo: true }));
    }).template();
    template.resourceCountIs('AWS::SNS::Subscription', 1);
  });
});

describe('envelopes', () => {
  const takes = (envelopes: string) => ({
    Timeout: 120,
    Environment: { Variables: Match.objectLike({ STARROCKS_SINK_ENVELOPES: envelopes }) },
  });

  it('are those of the feeders that were set up', () => {
    synthesize().template().hasResourceProperties('AWS::Lambda::Function', takes('none'));
    const some = synthesize({}, (sink, stack) => {
      sink.subscribeTo(new Topic(stack, 'Topic'));
      sink.addKinesisStream('Changes', new Stream(stack, 'Stream'));
      sink.ruleTarget();
    });
    const names = 'sns,kinesis,cloudwatch-logs,dynamodb,eventbridge';
    some.template().hasResourceProperties('AWS::Lambda::Function', takes(names));
    const others = synthesize({}, (sink, stack) => {
      sink.loadObjectsOf(new Bucket(stack, 'Files') as IBucket);
      sink.addTableStream(
        'Changes',
        new Table(stack, 'T', { partitionKey, stream: StreamViewType.NEW_IMAGE }) as ITable,
      );
    });
    others.template().hasResourceProperties('AWS::Lambda::Function', takes('s3,dynamodb'));
  });

  it('are what the options say, whatever feeds', () => {
    const options = { ...leastOptions, 'sink.envelopes': 'lambda' };
    const told = synthesize({ options }, (sink, stack) => sink.subscribeTo(new Topic(stack, 'Topic')));
    told.template().hasResourceProperties('AWS::Lambda::Function', takes('lambda'));
  });
});

describe('a table', () => {
  it.each([StreamViewType.KEYS_ONLY, StreamViewType.OLD_IMAGE])(
    'whose stream has %s is refused: its inserts could not be read',
    (stream) => {
      const why = new RegExp(`has ${stream}.*give it one with NEW_IMAGE or NEW_AND_OLD_IMAGES`);
      const tables = [
        (stack: Stack) => new Table(stack, 'T', { partitionKey, stream }),
        (stack: Stack) => new TableV2(stack, 'V', { partitionKey, dynamoStream: stream }),
      ];
      for (const table of tables)
        expect(() => synthesize({}, (sink, stack) => sink.addTableStream('P', table(stack) as ITable))).toThrow(why);
    },
  );

  it('of another app is taken: what its stream has is not known here', () => {
    const imported = { tableArn: 'arn:aws:dynamodb:eu-west-1:1:table/t', tableStreamArn: 'arn:aws:dynamodb:s' };
    synthesize({}, (sink, stack) =>
      sink.addTableStream('P', Table.fromTableAttributes(stack, 'T', imported)),
    ).template();
  });
});
