import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AttributeType, type ITable, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Rule } from 'aws-cdk-lib/aws-events';
import { Stream } from 'aws-cdk-lib/aws-kinesis';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it } from 'vitest';
import { StarRocksSink } from '../../infra/starrocks-sink.ts';
import { leastOptions, onceOptions, stubCode, synthesize } from './synthesize.ts';

const partitionKey = { name: 'id', type: AttributeType.STRING };
const changed = (stack: Stack, id: string) =>
  new Table(stack, id, { partitionKey, stream: StreamViewType.NEW_IMAGE }) as ITable;
const anyEvent = { eventPattern: { source: ['shop'] } };
const messageGroupId = '$.eventID';

describe('the id of a feeder', () => {
  const { 'table-name': _, 'database-name': __, ...unnamed } = onceOptions;
  const routes = [{ source: { database: 'shop', table: 'orders' }, database: 'demo', table: 'events' }];
  const followed = (stack: Stack) => ({ routes, options: unnamed, fifo: true, encryptionKey: new Key(stack, 'Key') });

  it('may be that of anything that the sink is made of', () => {
    const { sink } = synthesize(followed);
    const taken = sink.node.children.map(({ node }) => node.id);
    expect(taken).toEqual(expect.arrayContaining(['Rows', 'Load', 'IngestRole', 'Feeders']));
    synthesize({}, (standard) => {
      for (const id of taken) standard.addHttpEndpoint(id);
    });
    synthesize(followed, (fifo, stack) => {
      for (const id of taken) fifo.addKinesisStream(id, new Stream(stack, `Of${id}`), { messageGroupId });
    });
    synthesize(followed, (fifo, stack) => {
      for (const id of taken) fifo.addTableStream(id, changed(stack, `Of${id}`), { messageGroupId });
    });
    synthesize(followed, (fifo, stack) => {
      const secret = Secret.fromSecretNameV2(stack, 'Database', 'database');
      for (const id of ['Rows', 'Loader']) fifo.addMySqlSource(id, { host: 'db', secret, code: stubCode.code });
    });
  });

  it('is of one feeder only, whatever kind they are of', () => {
    synthesize({}, (sink, stack) => {
      sink.addHttpEndpoint('Orders');
      for (const again of [
        () => sink.addHttpEndpoint('Orders'),
        () => sink.addKinesisStream('Orders', new Stream(stack, 'S')),
        () => sink.addTableStream('Orders', changed(stack, 'T')),
      ])
        expect(again).toThrow(/Two feeders of the sink have the id Orders: give each its own/);
      expect(() => sink.addHttpEndpoint('')).toThrow(/needs an id/);
    });
  });

  it('is none of a topic, which feeds a sink once', () => {
    synthesize({}, (sink, stack) => {
      const topic = new Topic(stack, 'Topic');
      sink.subscribeTo(topic);
      expect(() => sink.subscribeTo(topic)).toThrow(/Test\/Topic feeds the sink already/);
    });
  });
});

describe('a feeder of another', () => {
  const apart = (env: { account?: string; region?: string }) => {
    const here = { account: '111111111111', region: 'eu-west-1' };
    const app = new App();
    const far = new Stack(app, 'Far', { env: { ...here, ...env } });
    const near = new Stack(app, 'Near', { env: here });
    const sink = new StarRocksSink(near, 'Sink', { options: leastOptions, ingest: stubCode, load: stubCode });
    return { app, far, near, sink };
  };

  it('region is no source of a pipe', () => {
    const { far, sink } = apart({ region: 'us-east-1' });
    const remedy = /is in us-east-1, the sink in eu-west-1\..*Put the sink into us-east-1/;
    expect(() => sink.addKinesisStream('S', new Stream(far, 'S'))).toThrow(remedy);
    expect(() => sink.addTableStream('T', changed(far, 'T'))).toThrow(remedy);
  });

  it('account is refused with the remedy, where AWS lets nobody else set it up', () => {
    const { far, sink } = apart({ account: '222222222222' });
    const said = (remedy: string) => new RegExp(`is of the account 2{12}, the sink of 1{12}\\. .*${remedy}`);
    expect(() => sink.addKinesisStream('S', new Stream(far, 'S'))).toThrow(said('put the sink into that account'));
    expect(() => sink.addTableStream('T', changed(far, 'T'))).toThrow(said('put the sink into that account'));
    expect(() => sink.loadObjectsOf(new Bucket(far, 'B') as IBucket)).toThrow(said('replicate its objects'));
    const target = sink.ruleTarget();
    expect(() => new Rule(far, 'R', { ...anyEvent, targets: [target] })).toThrow(said('event bus of the sink'));
  });

  it('account lets the queue be subscribed to its topic', () => {
    const { app, far, near, sink } = apart({ account: '222222222222' });
    sink.subscribeTo(new Topic(far, 'Topic', { topicName: 'orders' }));
    sink.subscribeTo(Topic.fromTopicArn(near, 'Imported', 'arn:aws:sns:eu-west-1:333333333333:payments'));
    Template.fromStack(far).hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: { Statement: [Match.objectLike({ Action: 'sns:Subscribe' })] },
    });
    const warnings = app
      .synth()
      .getStackByName('Near')
      .messages.map(({ entry }) => String(entry.data));
    expect(warnings.filter((text) => text.includes('sns:Subscribe'))).toEqual([
      expect.stringMatching(/of the account 333333333333.*"Principal":\{"AWS":"111111111111"\}.*:payments/),
    ]);
  });
});

describe('customer keys', () => {
  it('of dead letters that are not the key of the queue are given to who delivers there', () => {
    const { template } = synthesize(
      (stack) => {
        const made = { encryption: QueueEncryption.KMS, encryptionMasterKey: new Key(stack, 'DeadKey') };
        return { encryptionKey: new Key(stack, 'Key'), rowsDeadLetters: new Queue(stack, 'Dead', made) };
      },
      (sink, stack) => {
        sink.subscribeTo(new Topic(stack, 'Topic'));
        new Rule(stack, 'Rule', { ...anyEvent, targets: [sink.ruleTarget()] });
      },
    );
    const keys = Object.entries(template().findResources('AWS::KMS::Key'));
    const policies = keys.filter(([id]) => id.startsWith('DeadKey')).map(([, key]) => JSON.stringify(key));
    for (const service of ['sns', 'events']) expect(policies.join()).toContain(`"${service}.amazonaws.com"`);
  });

  it('encrypt what the HTTP endpoint logs', () => {
    const { template } = synthesize(
      (stack) => ({ encryptionKey: new Key(stack, 'Key') }),
      (sink) => sink.addHttpEndpoint('Http'),
    );
    template().allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: Match.anyValue() });
  });

  it('of a stream and of a table are given to their pipes', () => {
    const { template } = synthesize({}, (sink, stack) => {
      const encryptionKey = new Key(stack, 'Own');
      sink.addKinesisStream('Clicks', new Stream(stack, 'Stream', { encryptionKey }));
      const stream = StreamViewType.NEW_IMAGE;
      sink.addTableStream('Carts', new Table(stack, 'Table', { partitionKey, stream, encryptionKey }) as ITable);
    });
    for (const pipe of ['Clicks', 'Carts']) {
      const policies = Object.entries(template().findResources('AWS::IAM::Policy'));
      const own = policies.filter(([id]) => id.includes(`${pipe}Role`)).map(([, policy]) => JSON.stringify(policy));
      expect([pipe, own.join().includes('kms:Decrypt')]).toEqual([pipe, true]);
    }
  });
});
