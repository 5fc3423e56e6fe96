import { Lazy } from 'aws-cdk-lib';
import type { Dashboard, IMetric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable, ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Connections, type IConnectable } from 'aws-cdk-lib/aws-ec2';
import type { IRuleTarget } from 'aws-cdk-lib/aws-events';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroupProps } from 'aws-cdk-lib/aws-logs';
import type { CfnPipe } from 'aws-cdk-lib/aws-pipes';
import type { IBucket, NotificationKeyFilter } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { EnvelopeName } from '../src/kit/envelope-names.ts';
import { compileRoutes } from '../src/options/compile-routes.ts';
import type { Metric as MetricName } from '../src/options/metric-names.ts';
import { isExactlyOnce, tellsOrder } from '../src/options/route-facts.ts';
import { variableOf } from '../src/options/sources.ts';
import type { Alarms } from './alarms.ts';
import { envelopesOf, loadObjects, type Mouth, ruleTarget, subscribe, type TopicProps } from './feeders.ts';
import { logsOf } from './functions.ts';
import { HttpEndpoint, type HttpEndpointProps } from './http-endpoint.ts';
import { createMetrics, type Measured } from './metrics.ts';
import { MySqlSource, type MySqlSourceProps } from './mysql-source.ts';
import { checkProps, connect, createFunctions, createStores, createWatch, functionMaker, networkOf } from './parts.ts';
import { allowRead, allowRedrive, allowSend, type Possessions } from './permissions.ts';
import { type PipeProps, pipeStream, pipeTable } from './pipes.ts';
import { refuse } from './refuse.ts';
import type { StarRocksSinkProps } from './sink-props.ts';
import type { SourceSurroundings } from './source-surroundings.ts';

/**
 * A sink for StarRocks: rows that are sent to its queue are loaded in large batches.
 *
 *   rows queue ─▶ ingest function ─▶ StarRocks
 *                        └─▶ bucket, load queue ─▶ load function ─▶ StarRocks
 *
 * With exactly-once, a third function sweeps up what one that died left in doubt.
 *
 * @throws SinkError OPTIONS_INVALID from the constructor, with every problem that can be known before a deployment
 */
export class StarRocksSink extends Construct implements IConnectable {
  readonly rowsQueue: IQueue;
  readonly rowsDeadLetters: IQueue;
  readonly loadQueue: IQueue;
  readonly loadDeadLetters: IQueue;
  readonly bucket: IBucket;
  readonly ingestFunction: LambdaFunction;
  readonly loadFunction: LambdaFunction;
  /** With exactly-once. */
  readonly sweepFunction: LambdaFunction | undefined;
  readonly alarmTopic: ITopic;
  readonly alarms: Alarms;
  readonly dashboard: Dashboard;
  /** Of the functions, to open a way to StarRocks with; none without a VPC. */
  readonly connections: Connections;

  readonly #stores: Possessions;
  readonly #surroundings: SourceSurroundings;
  readonly #measured: Measured;
  readonly #mouth: Mouth;
  readonly #logs: LogGroupProps;
  readonly #readableBuckets: string[];
  /** Apart from what the sink is made of, so that a feeder may be called as any of it. */
  readonly #feeders: Construct;
  /** What the feeders that were set up write around rows. */
  readonly #envelopes = new Set<EnvelopeName>();

  constructor(scope: Construct, id: string, props: StarRocksSinkProps) {
    super(scope, id);
    const checked = checkProps(this, props);
    const stores = createStores(this, checked);
    const network = networkOf(this, checked);
    const makeFunction = functionMaker(this, checked, stores, network);
    const functions = createFunctions(this, checked, stores, makeFunction);
    connect(this, checked, stores, functions);
    const { rows, pointers } = stores;
    const { all: routes } = compileRoutes(checked.parsedRoutes, checked.parsed);
    this.#measured = { plan: checked.plan, functions, rows, pointers };
    const watch = createWatch(this, checked, this.#measured);

    this.#stores = stores;
    this.#surroundings = {
      ...{ stores, makeFunction, topic: watch.topic, dashboard: watch.dashboard, isFifo: checked.plan.fifo },
      isExactlyOnce: functions.sweep !== undefined && routes.every(isExactlyOnce),
      hasRoutes: checked.parsedRoutes.length > 0,
      tellsOrder: routes.every(tellsOrder),
    };
    this.#mouth = { ...rows, bucket: stores.bucket, fifo: checked.plan.fifo };
    this.#feeders = new Construct(this, 'Feeders');
    this.#logs = logsOf(checked);
    this.#readableBuckets = [...checked.parsed['sink.payload.buckets']];
    if (checked.given['sink.envelopes'] === undefined) {
      const envelopes = Lazy.string({ produce: () => [...this.#envelopes].join() || 'none' });
      functions.ingest.addEnvironment(variableOf('sink.envelopes'), envelopes);
    }
    this.rowsQueue = rows.queue;
    this.rowsDeadLetters = rows.deadLetters;
    this.loadQueue = pointers.queue;
    this.loadDeadLetters = pointers.deadLetters;
    this.bucket = stores.bucket;
    this.ingestFunction = functions.ingest;
    this.loadFunction = functions.load;
    this.sweepFunction = functions.sweep;
    this.alarmTopic = watch.topic;
    this.alarms = watch.alarms;
    this.dashboard = watch.dashboard;
    this.connections = new Connections({ securityGroups: [...(network?.securityGroups ?? [])] });
  }

  /** Lets somebody send rows: messages, and large payloads through the bucket. */
  grantSend(grantee: IGrantable): Grant {
    return allowSend(grantee, this.#stores);
  }

  /** Lets somebody see how the sink is (`status`, `console`), decide undecided batches, look at dead letters, and move them back to their queue. */
  grantRedrive(grantee: IGrantable): Grant {
    return allowRedrive(grantee, this.#stores);
  }

  /** A sum over the functions of what they count, such as RowsLoaded. */
  metric(name: MetricName, options?: MetricOptions): IMetric {
    return createMetrics(this.#measured, options).counted(name);
  }

  metricRowsLoaded(options?: MetricOptions): IMetric {
    return this.metric('RowsLoaded', options);
  }

  metricRowsRejected(options?: MetricOptions): IMetric {
    return this.metric('RowsRejected', options);
  }

  metricLoadsFailed(options?: MetricOptions): IMetric {
    return this.metric('LoadsFailed', options);
  }

  /** Seconds that the oldest message has waited, in either queue. */
  metricAgeOfOldestMessage(options?: MetricOptions): IMetric {
    return createMetrics(this.#measured, options).ageOfOldest();
  }

  /** Messages in both dead-letter queues. */
  metricDeadLetters(options?: MetricOptions): IMetric {
    return createMetrics(this.#measured, options).deadLetters();
  }

  /** Everything that is published to the topic becomes rows; raw delivery unless told. */
  subscribeTo(topic: ITopic, props: TopicProps = {}): void {
    this.#takes('topic');
    subscribe(this.#mouth, topic, props);
  }

  /** A target for a rule of EventBridge: the detail of each event becomes a row. */
  ruleTarget(): IRuleTarget {
    this.#takes('rule');
    return ruleTarget(this.#mouth);
  }

  /** Loads each object that is put into the bucket: NDJSON, a JSON array or CSV, also compressed. */
  loadObjectsOf(bucket: IBucket, filter: NotificationKeyFilter = {}): void {
    this.#takes('bucket');
    loadObjects(this.#mouth, bucket, filter);
    allowRead(this.ingestFunction, bucket, `${filter.prefix ?? ''}*${filter.suffix ?? ''}`);
    this.#readableBuckets.push(bucket.bucketName);
    this.ingestFunction.addEnvironment(variableOf('sink.payload.buckets'), this.#readableBuckets.join(','));
  }

  /** Follows a MySQL or MariaDB server: what its tables hold, then every change, as the routes say. */
  addMySqlSource(id: string, props: MySqlSourceProps): MySqlSource {
    return new MySqlSource(this.#placeFor(id), id, props, this.#surroundings);
  }

  /** Makes an address that takes rows by `POST`, from whom IAM or the authorizer lets in. */
  addHttpEndpoint(id: string, props: HttpEndpointProps = {}): HttpEndpoint {
    return new HttpEndpoint(this.#placeFor(id), id, this.#mouth, this.#logs, props);
  }

  /** Brings the changes of a DynamoDB table through EventBridge Pipes. */
  addTableStream(id: string, table: ITable | ITableV2, props: PipeProps = {}): CfnPipe {
    this.#takes('table');
    return pipeTable(this.#placeFor(id), id, this.#mouth, table, props);
  }

  /** Brings the records of a Kinesis stream through EventBridge Pipes. */
  addKinesisStream(id: string, stream: IStream, props: PipeProps = {}): CfnPipe {
    this.#takes('stream');
    return pipeStream(this.#placeFor(id), id, this.#mouth, stream, props);
  }

  /** @throws SinkError OPTIONS_INVALID */
  #placeFor(id: string): Construct {
    if (id === '') refuse('A feeder needs an id.');
    if (this.#feeders.node.tryFindChild(id)) refuse(`Two feeders of the sink have the id ${id}: give each its own.`);
    return this.#feeders;
  }

  #takes(feeder: keyof typeof envelopesOf): void {
    for (const name of envelopesOf[feeder]) this.#envelopes.add(name);
  }
}
