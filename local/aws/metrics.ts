/**
 * CloudWatch as far as a person asks it how a sink is: GetMetricData of what the functions here count, and of the age of queues.
 * Deployed functions count through their logs; here they are heard directly.
 */

import type { SqsQueue, SqsStore } from './fauxqs-stores.ts';

/** What the functions of this endpoint count. */
export interface LocalMetrics {
  /** @in  service: the name of the function, as its metrics carry it */
  count(service: string, metric: string, value: number): void;
  /** Notes how old the oldest message of each queue is. */
  lookAtQueues(): void;
  /** @out  the answer to GetMetricData; undefined: something else was asked for than what is kept here */
  answer(input: MetricDataInput): object | undefined;
}

/** @source  CloudWatch API reference, GetMetricData */
export interface MetricDataInput {
  readonly MetricDataQueries?: readonly MetricQuery[];
  /** Epoch seconds. */
  readonly StartTime?: number;
  readonly EndTime?: number;
}

interface MetricQuery {
  readonly Id: string;
  readonly MetricStat?: {
    readonly Metric: {
      readonly Namespace: string;
      readonly MetricName: string;
      readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[];
    };
    /** Seconds. */
    readonly Period: number;
    readonly Stat: string;
  };
}

interface Datum {
  readonly atMs: number;
  readonly value: number;
}

type Statistic = (values: readonly number[]) => number;

const statistics: Readonly<Record<string, Statistic>> = {
  Sum: (values) => values.reduce((sum, value) => sum + value, 0),
  Maximum: (values) => Math.max(...values),
};

const keptMs = 3 * 3_600_000;
/** What is older than a minute is kept by the minute only, as CloudWatch does. */
const minuteMs = 60_000;

/** @in  now: epoch milliseconds */
export function createMetrics(queues: Pick<SqsStore, 'allQueues'>, now: () => number): LocalMetrics {
  const series = new Map<string, Map<number, { sum: number; most: number }>>();
  const add = (key: string, value: number) => {
    const known = series.get(key) ?? new Map<number, { sum: number; most: number }>();
    series.set(key, known);
    const minute = Math.floor(now() / minuteMs) * minuteMs;
    const { sum, most } = known.get(minute) ?? { sum: 0, most: Number.NEGATIVE_INFINITY };
    known.set(minute, { sum: sum + value, most: Math.max(most, value) });
    for (const old of known.keys()) if (old < now() - keptMs) known.delete(old);
  };
  const lookAtQueues = () => {
    for (const queue of queues.allQueues()) add(keyOf(ageOf(queue.name)), ageSeconds(queue, now()));
  };
  return {
    count: (service, metric, value) => add(keyOf({ namespace: 'StarRocksSink', metric, dimension: service }), value),
    lookAtQueues,
    answer({ MetricDataQueries: asked = [], StartTime = 0, EndTime = 0 }) {
      lookAtQueues();
      const results = asked.map((query) => {
        const { Metric, Period = 60, Stat = '' } = query.MetricStat ?? {};
        const statistic = statistics[Stat];
        if (Metric === undefined || statistic === undefined || Period % 60 !== 0) return undefined;
        const [dimension] = Metric.Dimensions ?? [];
        const key = keyOf({
          namespace: Metric.Namespace,
          metric: Metric.MetricName,
          dimension: dimension?.Value ?? '',
        });
        const data = [...(series.get(key) ?? [])]
          .filter(([atMs]) => atMs >= StartTime * 1000 && atMs < EndTime * 1000)
          .map(([atMs, { sum, most }]): Datum => ({ atMs, value: Stat === 'Sum' ? sum : most }));
        return {
          ...{ Id: query.Id, Label: Metric.MetricName, StatusCode: 'Complete' },
          ...byPeriod(data, Period, statistic),
        };
      });
      return results.includes(undefined) ? undefined : { MetricDataResults: results, Messages: [] };
    },
  };
}

/** The newest first, as CloudWatch has it unless it is told otherwise. */
function byPeriod(data: readonly Datum[], periodS: number, statistic: Statistic) {
  const periods = [...Map.groupBy(data, ({ atMs }) => Math.floor(atMs / 1000 / periodS) * periodS)];
  periods.sort(([one], [other]) => other - one);
  return {
    Timestamps: periods.map(([at]) => at),
    Values: periods.map(([, all]) => statistic(all.map(({ value }) => value))),
  };
}

interface Measure {
  readonly namespace: string;
  readonly metric: string;
  /** The value of its only dimension. */
  readonly dimension: string;
}

const keyOf = ({ namespace, metric, dimension }: Measure) => [namespace, metric, dimension].join('\0');
const ageOf = (queue: string): Measure => ({
  ...{ namespace: 'AWS/SQS', metric: 'ApproximateAgeOfOldestMessage' },
  dimension: queue,
});

/** Of all messages that are not acked, those under way included. @source  SQS developer guide, "Available CloudWatch metrics" */
function ageSeconds(queue: SqsQueue, nowMs: number): number {
  const { ready, inflight } = queue.inspectMessages();
  const sent = [...ready, ...inflight.map(({ message }) => message)].map(({ sentTimestamp }) => sentTimestamp);
  return sent.length === 0
    ? 0
    : Math.max(0, Math.floor((nowMs - sent.reduce((one, other) => Math.min(one, other))) / 1000));
}
