import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { FunctionName } from './bundles.ts';
import type { SinkPlan } from './plan.ts';
import type { QueuePair } from './queues.ts';

/** What the functions count by themselves. */
export type SinkMetricName =
  | 'RowsReceived'
  | 'RowsLoaded'
  | 'BytesLoaded'
  | 'Loads'
  | 'LoadsFailed'
  | 'LoadsThrottled'
  | 'MessagesRejected'
  | 'RowsRejected'
  | 'RowsMiscounted'
  | 'Undecided';

const namespace = 'StarRocksSink';
const functionNames: readonly FunctionName[] = ['ingest', 'load'];

export interface Measured {
  readonly plan: SinkPlan;
  readonly functions: Readonly<Record<FunctionName, LambdaFunction>>;
  readonly rows: QueuePair;
  readonly pointers: QueuePair;
}

/** The metrics of one sink, over both functions and both queues. A period is five minutes unless told. */
export interface SinkMetrics {
  /** Sum of what both functions counted; 0 while they are silent. */
  counted(...names: readonly SinkMetricName[]): IMetric;
  /** Seconds that the oldest message has waited. */
  ageOfOldest(): IMetric;
  deadLetters(): IMetric;
  waiting(name: FunctionName): IMetric;
  errors(): IMetric;
  throttles(): IMetric;
  /** The slowest invocations, in percent of their function's timeout. */
  shareOfTimeout(): IMetric;
}

/** Makes the metrics; each call gives a new one. */
export function createMetrics({ plan, functions, rows, pointers }: Measured, options: MetricOptions = {}): SinkMetrics {
  const period = options.period ?? Duration.minutes(5);
  const own = (metricName: string, name: FunctionName) =>
    new Metric({ namespace, metricName, dimensionsMap: { service: name }, statistic: Stats.SUM, period });
  const combine = (expression: (ids: readonly string[]) => string, metrics: readonly IMetric[], label: string) => {
    const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
    return new MathExpression({ expression: expression(Object.keys(usingMetrics)), usingMetrics, label, period });
  };
  const sum = (metrics: readonly IMetric[], label: string) =>
    combine((ids) => ids.map((id) => `FILL(${id}, 0)`).join(' + '), metrics, label);
  const largest = (metrics: readonly IMetric[], label: string) =>
    combine((ids) => `MAX([${ids.map((id) => `FILL(${id}, 0)`).join(', ')}])`, metrics, label);
  const both = Object.values(functions);
  const queues = [rows, pointers];
  return {
    counted: (...names) =>
      sum(
        names.flatMap((metric) => functionNames.map((name) => own(metric, name))),
        names.join(' + '),
      ),
    ageOfOldest: () =>
      largest(
        queues.map(({ queue }) => queue.metricApproximateAgeOfOldestMessage({ period, statistic: Stats.MAXIMUM })),
        'seconds',
      ),
    deadLetters: () =>
      sum(
        queues.map(({ deadLetters }) =>
          deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: Stats.MAXIMUM }),
        ),
        'dead letters',
      ),
    waiting: (name) =>
      (name === 'ingest' ? rows : pointers).queue.metricApproximateNumberOfMessagesVisible({
        period,
        statistic: Stats.MAXIMUM,
        label: name === 'ingest' ? 'rows queue' : 'load queue',
      }),
    errors: () => sum(both.map((fn) => fn.metricErrors({ period })), 'errors'),
    throttles: () => sum(both.map((fn) => fn.metricThrottles({ period })), 'throttles'),
    shareOfTimeout: () =>
      combine(
        (ids) =>
          `MAX([${ids.map((id, index) => `FILL(${id}, 0) / ${plan[functionNames[index] ?? 'load'].timeoutS * 10}`).join(', ')}])`,
        functionNames.map((name) => functions[name].metricDuration({ period, statistic: Stats.percentile(99) })),
        '% of timeout',
      ),
  };
}
