import { Annotations } from 'aws-cdk-lib';
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { RawOptions } from '../src/options/parse.ts';
import type { Route } from '../src/options/route.ts';
import { variablesFromOptions } from '../src/options/sources.ts';
import type { SinkOptions } from '../src/options/table.ts';
import { type Alarms, createAlarms, createTopic } from './alarms.ts';
import { adoptBucket, createBucket } from './bucket.ts';
import { bundledCode, type FunctionName, type StageName } from './bundles.ts';
import { checkSink, routesFile } from './checks.ts';
import { createDashboard } from './dashboard.ts';
import { allowServices, tellOwners } from './encryption.ts';
import type { Network } from './endpoints.ts';
import { addDrain, addEventSource, addSweep } from './event-sources.ts';
import { functionOptions, withCertificateText } from './function-options.ts';
import { createFunction, type FunctionRequest } from './functions.ts';
import { checkGiven } from './given.ts';
import { functionsIn, type Measured } from './metrics.ts';
import { createNetwork } from './network.ts';
import { loadNodeOptions } from './node-options.ts';
import { allowFunction, allowRead, type Possessions } from './permissions.ts';
import type { SinkPlan } from './plan.ts';
import { adoptQueue, createQueues } from './queues.ts';
import { refuse } from './refuse.ts';
import { requestOf } from './request.ts';
import { routesLayer } from './routes-layer.ts';
import { importSecret } from './secret.ts';
import type { StarRocksSinkProps } from './sink-props.ts';
import type { SourceFunction } from './source-surroundings.ts';

/** What is asked, after it was checked. */
export interface CheckedProps extends StarRocksSinkProps {
  readonly plan: SinkPlan;
  readonly parsed: SinkOptions;
  readonly parsedRoutes: readonly Route[];
  /** The options as they were given, for the functions' variables. */
  readonly given: RawOptions;
  readonly logRetention: RetentionDays;
}

/** The sweep is there with exactly-once only. */
export type Functions = Readonly<Record<StageName, LambdaFunction>> & { readonly sweep: LambdaFunction | undefined };

/** @throws SinkError OPTIONS_INVALID, naming every problem */
export function checkProps(scope: Construct, props: StarRocksSinkProps): CheckedProps {
  checkGiven(scope, props);
  const given = withCertificateText(props.options);
  const checked = checkSink(requestOf(props, given));
  if (!checked.ok) return refuse(...checked.problems);
  for (const [index, warning] of checked.warnings.entries()) {
    Annotations.of(scope).addWarningV2(`starrocks-sink:warning${index}`, warning);
  }
  const logRetention = props.logRetention ?? RetentionDays.ONE_MONTH;
  const { plan, options: parsed, routes: parsedRoutes } = checked;
  return { ...props, plan, parsed, parsedRoutes, given, logRetention };
}

export function createStores(scope: Construct, { plan, parsed, encryptionKey, ...props }: CheckedProps): Possessions {
  if (encryptionKey) allowServices(scope, encryptionKey);
  tellOwners(scope, [encryptionKey, props.secretKey, ...(props.payloadKeys ?? [])]);
  const queues = { fifo: plan.fifo, retentionDays: plan.queueRetentionDays, encryptionKey };
  const rows = { ...queues, stage: plan.ingest, deadLetters: props.rowsDeadLetters };
  return {
    rows: props.rowsQueue ? adoptQueue(scope, props.rowsQueue, rows) : createQueues(scope, 'Rows', rows),
    pointers: createQueues(scope, 'Load', { ...queues, stage: plan.load }),
    bucket: props.bucket
      ? adoptBucket(scope, props.bucket, plan.retentionDays)
      : createBucket(scope, plan.retentionDays, encryptionKey),
    secret: props.secret ?? importSecret(scope, parsed['sink.secret-id'] ?? '', props.secretKey),
  };
}

export function networkOf(scope: Construct, { vpc, ...props }: CheckedProps): Network | undefined {
  if (vpc === undefined) return undefined;
  const { vpcSubnets: subnets, vpcEndpoints: endpoints, securityGroups } = props;
  return createNetwork(scope, { vpc, subnets, endpoints, securityGroups });
}

const purposes: Readonly<Record<FunctionName, string>> = {
  ingest: 'Takes rows from the rows queue, and loads them into StarRocks or stages them in S3',
  load: 'Loads staged rows from S3 into StarRocks, many segments at once',
  sweep: 'Commits or rolls back what a function that died left in doubt',
};

/** Makes a function with the options and routes of the sink, and more variables of its own. */
export type MakeFunction = (scope: Construct, id: string, request: SourceFunction) => LambdaFunction;

export function functionMaker(
  scope: Construct,
  props: CheckedProps,
  stores: Possessions,
  network: Network | undefined,
): MakeFunction {
  const { plan, logRetention, encryptionKey } = props;
  const routes = routesLayer(scope, props.parsedRoutes);
  const environment = variablesFromOptions({
    // Rows wait for the schedule as segments.
    ...(plan.drainEveryMinutes === undefined ? {} : { 'sink.stage-above-bytes': 0 }),
    'sink.secret-id': stores.secret.secretArn,
    ...(routes === undefined ? {} : { 'sink.routes': routesFile }),
    ...functionOptions(props.given),
    'sink.bucket': stores.bucket.bucketName,
    'sink.load-queue-url': stores.pointers.queue.queueUrl,
  });
  return (within, id, { variables, ...request }) => {
    const surroundings = { environment: { ...environment, ...variables }, logRetention, encryptionKey, network };
    const fn = createFunction(within, id, { ...request, ...surroundings });
    if (routes) fn.addLayers(routes);
    return fn;
  };
}

export function createFunctions(
  scope: Construct,
  props: CheckedProps,
  stores: Possessions,
  makeFunction: MakeFunction,
): Functions {
  const { plan } = props;
  const make = (name: FunctionName, id: string, size: FunctionRequest['size']) => {
    const code = props[name]?.code ?? bundledCode(name);
    const variables: SourceFunction['variables'] = name === 'load' ? { NODE_OPTIONS: loadNodeOptions } : {};
    const fn = makeFunction(scope, id, { description: purposes[name], code, size, variables });
    allowFunction(name, fn, { ...stores, isExactlyOnce: plan.sweep !== undefined });
    return fn;
  };
  const functions = {
    ingest: make('ingest', 'Ingest', plan.ingest),
    load: make('load', 'Loader', plan.load),
    sweep: plan.sweep && make('sweep', 'Sweep', plan.sweep),
  };
  for (const name of new Set(props.parsed['sink.payload.buckets'])) {
    allowRead(functions.ingest, Bucket.fromBucketName(scope, `Payloads-${name}`, name));
  }
  for (const key of props.payloadKeys ?? []) key.grantDecrypt(functions.ingest);
  return functions;
}

/** Lets the queues, or the clock, invoke the functions. */
export function connect(scope: Construct, { plan }: CheckedProps, stores: Possessions, functions: Functions): void {
  addEventSource(functions.ingest, stores.rows.queue, plan.ingest);
  if (plan.drainEveryMinutes === undefined) addEventSource(functions.load, stores.pointers.queue, plan.load);
  else addDrain(scope, functions.load, stores.pointers.queue, plan.drainEveryMinutes);
  if (functions.sweep && plan.sweep) addSweep(scope, functions.sweep, plan.sweep);
}

/** What watches, and whom it tells. */
export interface Watch {
  readonly topic: ITopic;
  readonly alarms: Alarms;
  readonly dashboard: Dashboard;
}

export function createWatch(scope: Construct, props: CheckedProps, measured: Measured): Watch {
  const topic = props.alarmTopic ?? createTopic(scope, props.encryptionKey);
  const alarms = createAlarms(new Construct(scope, 'Alarms'), measured, topic);
  const logGroups = functionsIn(measured).map(([, { logGroup }]) => logGroup);
  return {
    topic,
    alarms,
    dashboard: createDashboard(
      scope,
      measured,
      Object.values(alarms).filter((alarm) => alarm !== undefined),
      logGroups,
    ),
  };
}
