import { Annotations } from 'aws-cdk-lib';
import type { Alarm, Dashboard, IMetric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable, ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Connections, type IConnectable } from 'aws-cdk-lib/aws-ec2';
import type { IRuleTarget } from 'aws-cdk-lib/aws-events';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { CfnPipe } from 'aws-cdk-lib/aws-pipes';
import type { Bucket, IBucket, NotificationKeyFilter } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { variableOf, variablesFromOptions } from '../src/options/sources.ts';
import type { AlarmName } from './alarm-table.ts';
import { createAlarms, createTopic } from './alarms.ts';
import { createBucket } from './bucket.ts';
import { bundledCode, type FunctionName } from './bundles.ts';
import { checkSink } from './checks.ts';
import { createDashboard } from './dashboard.ts';
import { allowServices } from './encryption.ts';
import { addEventSource, addSchedule } from './event-sources.ts';
import { loadObjects, type Mouth, ruleTarget, subscribe, type TopicProps } from './feeders.ts';
import { functionOptions, withCertificateText } from './function-options.ts';
import { createFunction } from './functions.ts';
import { HttpEndpoint, type HttpEndpointProps } from './http-endpoint.ts';
import { createMetrics, type Measured, type SinkMetricName } from './metrics.ts';
import { createNetwork } from './network.ts';
import { allowFunction, allowRedrive, allowSend, type Possessions } from './permissions.ts';
import { type PipeProps, pipeStream, pipeTable } from './pipes.ts';
import { createQueues } from './queues.ts';
import { refuse } from './refuse.ts';
import { requestOf } from './request.ts';
import { importSecret } from './secret.ts';
import type { StarRocksSinkProps } from './sink-props.ts';

const functionPurposes: Readonly<Record<FunctionName, string>> = {
  ingest: 'Takes rows from the rows queue, and loads them into StarRocks or stages them in S3',
  load: 'Loads staged rows from S3 into StarRocks, many segments at once',
};

/**
 * A sink for StarRocks: rows that are sent to its queue are loaded in large batches.
 *
 *   rows queue ─▶ ingest function ─▶ StarRocks
 *                        └─▶ bucket, load queue ─▶ load function ─▶ StarRocks
 *
 * @throws SinkError OPTIONS_INVALID from the constructor, with every problem that can be known before a deployment
 */
export class StarRocksSink extends Construct implements IConnectable {
  readonly rowsQueue: Queue;
  readonly rowsDeadLetters: Queue;
  readonly loadQueue: Queue;
  readonly loadDeadLetters: Queue;
  readonly bucket: Bucket;
  readonly ingestFunction: LambdaFunction;
  readonly loadFunction: LambdaFunction;
  readonly alarmTopic: ITopic;
  readonly alarms: Readonly<Record<AlarmName, Alarm>>;
  readonly dashboard: Dashboard;
  /** Security groups of the functions; none without a VPC. */
  readonly connections: Connections;

  readonly #measured: Measured;
  readonly #possessions: Possessions;
  readonly #mouth: Mouth;
  readonly #logRetention: RetentionDays;
  readonly #readableBuckets: string[];

  constructor(scope: Construct, id: string, props: StarRocksSinkProps) {
    super(scope, id);
    const given = withCertificateText(props.options);
    const checked = checkSink(requestOf(props, given));
    if (!checked.ok) return refuse(...checked.problems);
    const { plan, options, warnings } = checked;
    for (const warning of warnings) Annotations.of(this).addWarningV2('starrocks-sink:option', warning);

    const { encryptionKey } = props;
    if (encryptionKey) allowServices(encryptionKey);
    const secret = props.secret ?? importSecret(this, options['sink.secret-id'] ?? '');
    const queues = { fifo: plan.fifo, retentionDays: plan.queueRetentionDays, encryptionKey };
    const rows = createQueues(this, 'Rows', { ...queues, stage: plan.ingest });
    const pointers = createQueues(this, 'Load', { ...queues, stage: plan.load });
    this.bucket = createBucket(this, plan.retentionDays, encryptionKey);
    const network = props.vpc
      ? createNetwork(this, {
          vpc: props.vpc,
          subnets: props.vpcSubnets,
          securityGroups: props.securityGroups,
          endpoints: props.vpcEndpoints,
        })
      : undefined;
    this.connections = new Connections({ securityGroups: [...(network?.securityGroups ?? [])] });

    this.#logRetention = props.logRetention ?? RetentionDays.ONE_MONTH;
    this.#readableBuckets = [...options['sink.payload.buckets']];
    this.#possessions = { bucket: this.bucket, rows, pointers, secret };
    const environment = variablesFromOptions({
      ...(plan.drainEveryMinutes === undefined ? {} : { 'sink.stage-above-bytes': 0 }),
      ...functionOptions(given),
      'sink.secret-id': secret.secretArn,
      'sink.bucket': this.bucket.bucketName,
      'sink.load-queue-url': pointers.queue.queueUrl,
    });
    const make = (name: FunctionName, constructId: string) => {
      const fn = createFunction(this, constructId, {
        description: functionPurposes[name],
        code: props[name]?.code ?? bundledCode(name),
        stage: plan[name],
        environment,
        logRetention: this.#logRetention,
        encryptionKey,
        network,
      });
      allowFunction(name, fn, this.#possessions);
      return fn;
    };
    this.ingestFunction = make('ingest', 'Ingest');
    this.loadFunction = make('load', 'Loader');
  }
}
