import { CfnOutput, Duration, Size, Stack, type StackProps, Token } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { envelopeNames } from '../src/kit/envelope-names.ts';
import type { RawOptions } from '../src/options/parse.ts';
import type { RouteGiven } from '../src/options/route.ts';
import { parseSource } from '../src/options/source-settings.ts';
import { checkSink } from './checks.ts';
import { type Settings, splitSettings } from './deployment-table.ts';
import { withCertificateText } from './function-options.ts';
import { refuse } from './refuse.ts';
import { requestOf } from './request.ts';
import { importSecret } from './secret.ts';
import { isEndpoint, problemsOfSettings } from './setting-problems.ts';
import type { SinkOptionsGiven, StageProps, StarRocksSinkProps } from './sink-props.ts';
import { StarRocksSink } from './starrocks-sink.ts';

/** What a config file asks for, as far as no stack is needed to say it. */
export interface Deployment {
  readonly settings: Settings;
  readonly props: StarRocksSinkProps;
  /** The settings of a database that is to be followed. */
  readonly source?: RawOptions;
}

/** @throws SinkError OPTIONS_INVALID, naming every problem of settings and options together */
export function planDeployment(config: RawOptions): Deployment {
  const { settings, options, routes, source, problems } = splitSettings(config);
  const isFollowed = Object.keys(source).length > 0;
  const props = {
    ...propsOf(settings, options),
    ...(routes === undefined ? {} : { routes: routes as readonly RouteGiven[] }),
  };
  const checked = checkSink(requestOf(props, withCertificateText(options)));
  const all = [
    ...problems,
    ...problemsOfSettings(settings),
    ...(isFollowed ? parseSource(source).problems : []),
    ...(checked.ok ? [] : checked.problems),
  ];
  return all.length > 0 ? refuse(...all) : { settings, props, ...(isFollowed ? { source } : {}) };
}

/** What of them exists already. */
type Surroundings = Pick<
  StarRocksSinkProps,
  'vpc' | 'vpcSubnets' | 'vpcEndpoints' | 'encryptionKey' | 'secretKey' | 'payloadKeys'
>;

const keyAt = (scope: Construct, id: string, arn: string | undefined) =>
  arn === undefined ? undefined : Key.fromKeyArn(scope, id, arn);

/** What a source is told by properties of their own. */
const ofProps = new Set(['source.name', 'source.host', 'source.port', 'source.secret-id']);

/** A file sets up no feeders: who feeds the queue does so by hand. */
const allEnvelopes: SinkOptionsGiven = { 'sink.envelopes': envelopeNames };

function propsOf(settings: Settings, options: RawOptions): StarRocksSinkProps {
  return {
    options: { ...allEnvelopes, ...options } as SinkOptionsGiven,
    fifo: settings['deploy.fifo'],
    ingest: stageOf(settings, 'ingest'),
    load: stageOf(settings, 'load'),
    ...duration('queueRetention', settings['deploy.queue-retention-days'], Duration.days),
    ...duration('segmentRetention', settings['deploy.segment-retention-days'], Duration.days),
    ...duration('rejectedRetention', settings['deploy.rejected-retention-days'], Duration.days),
    ...duration('rideOut', settings['deploy.ride-out-hours'], Duration.hours),
  };
}

function stageOf(settings: Settings, name: 'ingest' | 'load'): StageProps {
  const memory = settings[`deploy.${name}.memory-mib`];
  const maxConcurrency = settings[`deploy.${name}.max-concurrency`];
  return {
    ...duration('timeout', settings[`deploy.${name}.timeout-s`], Duration.seconds),
    ...(memory === undefined ? {} : { memory: Size.mebibytes(memory) }),
    ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
  };
}

const duration = <N extends string>(name: N, value: number | undefined, unit: (amount: number) => Duration) =>
  (value === undefined ? {} : { [name]: unit(value) }) as { readonly [K in N]?: Duration };

/** One sink, as `cdk deploy -c config=sink.json` makes it. */
export class StarRocksSinkStack extends Stack {
  readonly sink: StarRocksSink;

  constructor(scope: Construct, id: string, { settings, props, source }: Deployment, stackProps: StackProps = {}) {
    super(scope, id, { description: 'Loads rows from SQS into StarRocks', ...stackProps });
    this.sink = new StarRocksSink(this, 'Sink', { ...this.#surroundings(settings), ...props });
    const email = settings['deploy.alarm-email'];
    if (email !== undefined) this.sink.alarmTopic.addSubscription(new EmailSubscription(email));
    if (source) this.#follow(source, settings['deploy.source-secret-key-arn']);
    this.#outputs();
  }

  #follow(source: RawOptions, key: string | undefined): void {
    const { settings } = parseSource(source);
    const { 'source.host': host = '', 'source.port': port, 'source.secret-id': secretId } = settings;
    if (secretId === undefined)
      refuse('source.secret-id is required: a secret with the user name and password of the database.');
    const place = new Construct(this, 'SourceSecret');
    const secret = importSecret(place, secretId, keyAt(place, 'Key', key));
    const more = Object.entries(source).filter(([name]) => !ofProps.has(name));
    const named = Object.fromEntries(more.map(([name, value]) => [name.replace(/^source\./, ''), String(value)]));
    this.sink.addMySqlSource(settings['source.name'], { host, port, secret, settings: named });
  }

  /** What exists already, and is only referred to. */
  #surroundings(settings: Settings): Surroundings {
    const encryptionKey = keyAt(this, 'Key', settings['deploy.encryption-key-arn']);
    const secretKey = keyAt(this, 'SecretKey', settings['deploy.secret-key-arn']);
    const payloadKeys = [...new Set(settings['deploy.payload-key-arns'])];
    const vpcId = settings['deploy.vpc-id'];
    const endpoints = settings['deploy.vpc-endpoints'];
    return {
      ...(encryptionKey ? { encryptionKey } : {}),
      ...(secretKey ? { secretKey } : {}),
      payloadKeys: payloadKeys.map((arn, index) => Key.fromKeyArn(this, `PayloadKey${index}`, arn)),
      ...(vpcId === undefined ? {} : this.#vpc(vpcId, settings['deploy.subnet-ids'])),
      ...(endpoints.length === 0 ? {} : { vpcEndpoints: endpoints.filter(isEndpoint) }),
    };
  }

  #vpc(vpcId: string, subnetIds: readonly string[]): Pick<StarRocksSinkProps, 'vpc' | 'vpcSubnets'> {
    if (Token.isUnresolved(this.account) || Token.isUnresolved(this.region)) {
      refuse(
        'deploy.vpc-id: a VPC can be looked up only in an account and a region that are known, and none is. Log in (aws sso login), and set AWS_PROFILE, or credentials and AWS_REGION.',
      );
    }
    const vpc = Vpc.fromLookup(this, 'Vpc', { vpcId });
    // Before the CLI has looked it up, another VPC stands in its place.
    if (subnetIds.length === 0 || vpc.vpcId !== vpcId) return { vpc };
    const subnets = [...vpc.privateSubnets, ...vpc.isolatedSubnets].filter(({ subnetId }) =>
      subnetIds.includes(subnetId),
    );
    const missing = subnetIds.filter((id) => subnets.every(({ subnetId }) => subnetId !== id));
    if (missing.length > 0)
      refuse(...missing.map((id) => `deploy.subnet-ids: ${id} is not a private or isolated subnet of ${vpcId}.`));
    return { vpc, vpcSubnets: { subnets } };
  }

  #outputs(): void {
    const { sink } = this;
    const outputs = {
      RowsQueueUrl: sink.rowsQueue.queueUrl,
      RowsDeadLettersUrl: sink.rowsDeadLetters.queueUrl,
      LoadQueueUrl: sink.loadQueue.queueUrl,
      LoadDeadLettersUrl: sink.loadDeadLetters.queueUrl,
      BucketName: sink.bucket.bucketName,
      IngestFunctionName: sink.ingestFunction.functionName,
      LoadFunctionName: sink.loadFunction.functionName,
      ...(sink.sweepFunction ? { SweepFunctionName: sink.sweepFunction.functionName } : {}),
      DashboardUrl: `https://${this.region}.console.aws.amazon.com/cloudwatch/home?region=${this.region}#dashboards:name=${sink.dashboard.dashboardName}`,
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
