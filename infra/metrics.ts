import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type Metric as MetricName, metricTable } from '../src/options/metric-names.ts';
import type { BundleName, FunctionName, StageName } from './bundles.ts';
import type { SinkPlan } from './plan.ts';
import type { QueuePair } from './queues.ts';

const namespace = 'StarRocksSink';
const stageNames: readonly StageName[] = ['ingest', 'load'];

export interface Measured {
  readonly plan: SinkPlan;
  readonly functions: Readonly<Record<StageName, LambdaFunction>> & { readonly sweep: LambdaFunction | undefined };
  readonly rows: QueuePair;
  readonly pointers: QueuePair;
}

/** The functions that a sink has. */
export const functionsIn = ({
  functions,
}: Pick<Measured, 'functions'>): readonly (readonly [FunctionName, LambdaFunction])[] =>
  (Object.entries(functions) as [FunctionName, LambdaFunction | undefined][]).flatMap(([name, fn]) =>
    fn ? [[name, fn]] : [],
  );

/** The metrics of one sink, over its functions and both queues. A period is five minutes unless told. */
export interface SinkMetrics {
  /** Sum of what the functions counted; 0 while they are silent. */
  counted(...names: readonly MetricName[]): IMetric;
  /** The most transactions that a run of the sweep left in doubt; 0 where there is no sweep. */
  inDoubt(): IMetric;
  /** 1 for a period in which no run of the sweep came to its end. */
  withoutSweep(): IMetric;
  /** Seconds that the oldest message has waited. */
  ageOfOldest(): IMetric;
  deadLetters(): IMetric;
  /** Of each queue, the messages that nobody has received yet. */
  waiting(): readonly IMetric[];
  errors(): IMetric;
  throttles(): IMetric;
  /** The slowest invocations, in percent of their function's timeout. */
  shareOfTimeout(): IMetric;
}

type ById = Readonly<Record<string, IMetric>>;

/** Makes the metrics; each call gives new ones. Ids name what they stand for, since a graph may hold several expressions. */
export function createMetrics(measured: Measured, options: MetricOptions = {}): SinkMetrics {
  const { plan, functions, rows, pointers } = measured;
  const period = options.period ?? Duration.minutes(5);
  const queues = { rows, load: pointers };
  const combine = (label: string, usingMetrics: ById, expression: (ids: readonly string[]) => string) =>
    new MathExpression({ expression: expression(Object.keys(usingMetrics)), usingMetrics, label, period });
  const sum = (label: string, metrics: ById) =>
    combine(label, metrics, (ids) => ids.map((id) => `FILL(${id}, 0)`).join(' + ') || 'TIME_SERIES(0)');
  const ofBoth = (id: string, metricOf: (fn: LambdaFunction) => IMetric): ById =>
    Object.fromEntries(stageNames.map((name) => [`${id}_${name}`, metricOf(functions[name])]));
  const ofQueues = (id: string, metricOf: (pair: QueuePair) => IMetric): ById =>
    Object.fromEntries(Object.entries(queues).map(([name, pair]) => [`${id}_${name}`, metricOf(pair)]));
  const own = (metricName: MetricName, statistic = Stats.SUM): ById => {
    const counting: readonly BundleName[] = metricTable[metricName].by;
    return Object.fromEntries(
      functionsIn(measured)
        .filter(([name]) => counting.includes(name))
        .map(([name, { functionName }]) => [
          `${metricName.charAt(0).toLowerCase()}${metricName.slice(1)}_${name}`,
          new Metric({ namespace, metricName, dimensionsMap: { service: functionName }, statistic, period }),
        ]),
    );
  };
  const ofSweep = (id: string, metricOf: (fn: LambdaFunction) => IMetric): ById =>
    functions.sweep ? { [id]: metricOf(functions.sweep) } : {};
  const largest = { period, statistic: Stats.MAXIMUM };

  return {
    counted: (...names) => sum(names.join(' + '), Object.assign({}, ...names.map((name) => own(name)))),
    inDoubt: () => sum('in doubt', own('InDoubt', Stats.MAXIMUM)),
    withoutSweep: () =>
      combine(
        'without a sweep',
        {
          ...ofSweep('runs', (fn) => fn.metricInvocations({ period })),
          ...ofSweep('failed', (fn) => fn.metricErrors({ period })),
        },
        () => 'IF(FILL(runs, 0) - FILL(failed, 0) > 0, 0, 1)',
      ),
    ageOfOldest: () =>
      combine(
        'seconds',
        ofQueues('age', ({ queue }) => queue.metricApproximateAgeOfOldestMessage(largest)),
        (ids) => `MAX([${ids.map((id) => `FILL(${id}, 0)`).join(', ')}])`,
      ),
    deadLetters: () =>
      sum(
        'dead letters',
        ofQueues('dead', ({ deadLetters }) => deadLetters.metricApproximateNumberOfMessagesVisible(largest)),
      ),
    waiting: () =>
      Object.entries(queues).map(([name, { queue }]) =>
        queue.metricApproximateNumberOfMessagesVisible({ ...largest, label: `${name} queue` }),
      ),
    errors: () =>
      sum(
        'errors',
        ofBoth('errors', (fn) => fn.metricErrors({ period })),
      ),
    throttles: () =>
      sum(
        'throttles',
        ofBoth('throttles', (fn) => fn.metricThrottles({ period })),
      ),
    shareOfTimeout: () =>
      combine(
        '% of timeout',
        ofBoth('duration', (fn) => fn.metricDuration({ period, statistic: Stats.percentile(99) })),
        () =>
          `MAX([${stageNames.map((name) => `FILL(duration_${name}, 0) / ${plan[name].timeoutS * 10}`).join(', ')}])`,
      ),
  };
}
