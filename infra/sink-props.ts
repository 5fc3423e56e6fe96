import type { Duration, Size } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { RouteGiven } from '../src/options/route.ts';
import type { OptionName, SinkOptions } from '../src/options/table.ts';
import type { EndpointService } from './endpoints.ts';

/** Filled in by the construct, or never part of a deployment. */
type NotGiven = 'password' | 'sink.bucket' | 'sink.load-queue-url' | 'sink.routes';

/** Options by their names in docs/options.md; each also as text. */
export type SinkOptionsGiven = {
  readonly [N in Exclude<OptionName, NotGiven>]?: SinkOptions[N] | string;
} & { readonly [name: `sink.properties.${string}`]: string };

/** A function, and the queue that it reads. */
export interface StageProps {
  /** @default the bundle that is part of this package */
  readonly code?: Code;
  /** @default 2 minutes for ingest, 15 minutes for load */
  readonly timeout?: Duration;
  /** @default 1024 MiB */
  readonly memory?: Size;
  /** Invocations at a time, 2 to 1000. @default 2: few, large loads are what StarRocks wants */
  readonly maxConcurrency?: number;
  /** @default six times the timeout, and the batching window */
  readonly visibilityTimeout?: Duration;
}

export interface StarRocksSinkProps {
  /** What the sink does; all are checked while the template is made. */
  readonly options: SinkOptionsGiven;
  /** Which rows fill which table, and with which options: docs/routes.md. @default none: rows name their table */
  readonly routes?: readonly RouteGiven[];
  /** Holds `{"username": "…", "password": "…"}`. @default the secret that the option `sink.secret-id` names */
  readonly secret?: ISecret;
  /** Customer key of the secret that the option `sink.secret-id` names. @default the one that AWS manages */
  readonly secretKey?: IKey;
  /** Keeps the order of each message group; needs a producer that sets one. @default false */
  readonly fifo?: boolean;
  readonly ingest?: StageProps;
  readonly load?: StageProps;
  /** Only made with exactly-once. */
  readonly sweep?: Pick<StageProps, 'code'>;

  /** Where rows come in. @default a new queue */
  readonly rowsQueue?: IQueue;
  /** Where messages of the rows queue end that were given up. @default a new queue; that of `rowsQueue`, where it is seen */
  readonly rowsDeadLetters?: IQueue;
  /** Holds segments, the ledger, rejected rows and large payloads. @default a new bucket */
  readonly bucket?: IBucket;

  /** Customer keys of the buckets that the option `sink.payload.buckets` names. @default none */
  readonly payloadKeys?: readonly IKey[];

  /** How long rows wait at most before they are lost, and so how long StarRocks may be away. @default 14 days */
  readonly queueRetention?: Duration;
  /** How long a message is tried until it becomes a dead letter. @default 1,000 deliveries */
  readonly rideOut?: Duration;
  /** @default 3 days longer than a pointer can live */
  readonly segmentRetention?: Duration;
  /** How long rejected rows can be looked at. @default 90 days */
  readonly rejectedRetention?: Duration;
  /** @default one month */
  readonly logRetention?: RetentionDays;

  /** Where StarRocks can be reached. @default none: StarRocks has a public address */
  readonly vpc?: IVpc;
  /** @default private subnets, or isolated ones when the VPC has no others */
  readonly vpcSubnets?: SubnetSelection;
  /** @default a new one that lets everything out */
  readonly securityGroups?: readonly ISecurityGroup[];
  /** Endpoints to see to; one that the app makes already is used. @default all of them in isolated subnets; otherwise S3, if the VPC is made by this app */
  readonly vpcEndpoints?: readonly EndpointService[];
  /** Encrypts queues, bucket, logs, variables and alarms. @default keys that AWS owns */
  readonly encryptionKey?: IKey;

  /** Is told of alarms. @default a new topic */
  readonly alarmTopic?: ITopic;
  /** Age of the oldest message at which rows count as late. @default three times interval and timeout, at least 15 minutes */
  readonly lateAfter?: Duration;
}
