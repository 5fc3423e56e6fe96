import { App, Stack, Validations } from 'aws-cdk-lib';
import { AttributeType, type ITable, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { type IVpc, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Stream } from 'aws-cdk-lib/aws-kinesis';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import type { StarRocksSinkProps } from '../../infra/sink-props.ts';
import { StarRocksSink } from '../../infra/starrocks-sink.ts';
import { leastOptions, onceOptions, stubCode } from './synthesize.ts';

/** What the packs find, as `rule path`; `feed` adds what is not part of the sink itself. */
function findings(
  propsOf: (stack: Stack) => Partial<StarRocksSinkProps>,
  feed: (sink: StarRocksSink) => void = () => {},
) {
  const app = new App();
  const stack = new Stack(app, 'Test', { env: { account: '111111111111', region: 'eu-west-1' } });
  const sink = new StarRocksSink(stack, 'Sink', {
    options: leastOptions,
    ingest: stubCode,
    load: stubCode,
    sweep: stubCode,
    ...propsOf(stack),
  });
  feed(sink);
  return [new AwsSolutionsChecks(app), new ServerlessChecks(app)].flatMap((pack) =>
    pack
      .validateScope(sink)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
      ),
  );
}

describe('the rule packs AwsSolutions and Serverless', () => {
  it('find nothing in a sink', () => {
    expect(findings(() => ({}))).toEqual([]);
  });

  it('find nothing in a sink with a sweep, a schedule and a customer key', () => {
    const options = { ...onceOptions, 'sink.buffer-flush.interval-ms': 600_000 };
    expect(findings((stack) => ({ options, encryptionKey: new Key(stack, 'Key') }))).toEqual([]);
  });

  it('find nothing in a FIFO sink in a VPC', () => {
    expect(findings((stack) => ({ fifo: true, vpc: new Vpc(stack, 'Vpc') as IVpc }))).toEqual([]);
  });

  it('find nothing in what feeds a sink', () => {
    const found = findings(
      () => ({}),
      (sink) => {
        const stack = Stack.of(sink);
        const partitionKey = { name: 'id', type: AttributeType.STRING };
        sink.subscribeTo(new Topic(stack, 'Topic'));
        sink.loadObjectsOf(new Bucket(stack, 'Files') as IBucket, { prefix: 'in/' });
        sink.addHttpEndpoint('Http');
        sink.addTableStream(
          'Changes',
          new Table(stack, 'Table', { partitionKey, stream: StreamViewType.NEW_IMAGE }) as ITable,
        );
        sink.addKinesisStream('Clicks', new Stream(stack, 'Stream'));
      },
    );
    expect(found).toEqual([]);
  });

  it('stop a template as plugins, for what is not explained and nothing else', () => {
    const app = new App();
    const stack = new Stack(app, 'Test');
    new StarRocksSink(stack, 'Sink', { options: leastOptions, ingest: stubCode, load: stubCode });
    new Bucket(stack, 'Unexplained');
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
    expect(() => app.synth()).toThrow(/^(?!.*Test\/Sink).*AwsSolutions-S1'.*Test\/Unexplained/s);
  });
});

describe('what is acknowledged', () => {
  it('is explained in a sentence each', () => {
    const app = new App();
    const sink = new StarRocksSink(new Stack(app, 'Test'), 'Sink', {
      options: leastOptions,
      ingest: stubCode,
      load: stubCode,
    });
    const acknowledged = sink.node
      .findAll()
      .flatMap(({ node }) => node.metadata)
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>));
    expect(acknowledged.length).toBeGreaterThan(10);
    for (const [id, reason] of acknowledged) {
      expect(id).toMatch(/(AwsSolutions|Serverless)-\w+/);
      expect(reason).toMatch(/^[A-Z].{30,}\.$/);
    }
  });
});
