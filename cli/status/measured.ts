/** What is measured of a sink over time: what its functions count, and the age of its queues, as CloudWatch remembers them. */
import { type CloudWatchClient, type MetricStat, paginateGetMetricData } from '@aws-sdk/client-cloudwatch';
import { named } from '../../src/aws/failures.ts';
import { type Metric, metricTable } from '../../src/options/metric-names.ts';
import type { FunctionNames } from '../place.ts';
import type { QueueStatus } from './queues.ts';

/** What is asked for: all that tells how much arrives, how much is loaded, and what is not. */
export const countedMetrics = [
  ...(['RowsReceived', 'RowsLoaded', 'BytesLoaded', 'Loads', 'LoadsFailed', 'LoadsThrottled'] as const),
  ...(['RowsRejected', 'MessagesRejected'] as const),
] as const satisfies readonly Metric[];

export type CountedMetric = (typeof countedMetrics)[number];

type QueueName = QueueStatus['queue'];

type Counted = Readonly<Record<CountedMetric, readonly number[]>>;

const ofEach = <T>(valueOf: (metric: CountedMetric) => T) =>
  Object.fromEntries(countedMetrics.map((metric) => [metric, valueOf(metric)])) as Readonly<Record<CountedMetric, T>>;

/** An hour by the minute: every list has one value for each of `minutes`. */
export interface Measured {
  /** Epoch milliseconds at which each begins, the oldest first; the last one is not over. */
  readonly minutes: readonly number[];
  /** Of all functions together. Absent: their names are not known. */
  readonly counted?: Counted;
  /** Seconds that the oldest message has waited; null where nothing was measured. */
  readonly oldestSeconds: Readonly<Partial<Record<QueueName, readonly (number | null)[]>>>;
}

export interface MeasuredPlace {
  readonly queues: readonly Pick<QueueStatus, 'queue' | 'url'>[];
  readonly functions: FunctionNames;
}

/** Where measurements come from. */
export interface Measurements {
  /** @throws SinkError AWS_ACCESS_DENIED, AWS_REFUSED; the error of the SDK: no answer */
  read(place: MeasuredPlace, nowMs: number): Promise<Measured>;
}

const minuteMs = 60_000;
const minuteCount = 60;

/**
 * Asks CloudWatch, or the local stack, which answers as it does.
 *
 * @in  freshMs: an answer is given again for so long: CloudWatch counts by the minute, and takes money for each metric asked for
 */
export function createMeasurements(client: CloudWatchClient, freshMs: number): Measurements {
  let last: { readonly atMs: number; readonly measured: Promise<Measured> } | undefined;
  return {
    read(place, nowMs) {
      if (last !== undefined && nowMs - last.atMs < freshMs) return last.measured;
      const measured = ask(client, place, nowMs);
      last = { atMs: nowMs, measured };
      measured.catch(() => {
        last = undefined;
      });
      return measured;
    },
  };
}

/** One series that is asked for, and what it is part of. */
interface Wanted {
  readonly of: { readonly queue: QueueName } | { readonly metric: CountedMetric };
  readonly stat: MetricStat;
}

async function ask(client: CloudWatchClient, { queues, functions }: MeasuredPlace, nowMs: number): Promise<Measured> {
  const firstMs = (Math.floor(nowMs / minuteMs) - minuteCount + 1) * minuteMs;
  const minutes = Array.from({ length: minuteCount }, (_, minute) => firstMs + minute * minuteMs);
  const wanted: readonly Wanted[] = [
    ...queues.map(ageOf),
    ...countedMetrics.flatMap((each) => countOf(each, functions)),
  ];
  const found = await seriesOf(client, wanted, { fromMs: firstMs, untilMs: nowMs + minuteMs });
  const series = wanted.map(({ of }, at) => ({ of, values: minutes.map((atMs) => found[at]?.get(atMs) ?? null) }));
  const counts = (metric: CountedMetric) => {
    const parts = series.filter(({ of }) => 'metric' in of && of.metric === metric);
    return minutes.map((_, at) => parts.reduce((sum, { values }) => sum + (values[at] ?? 0), 0));
  };
  return {
    minutes,
    ...(series.some(({ of }) => 'metric' in of) && { counted: ofEach(counts) }),
    oldestSeconds: Object.fromEntries(series.flatMap(({ of, values }) => ('queue' in of ? [[of.queue, values]] : []))),
  };
}

const ageOf = ({ queue, url }: MeasuredPlace['queues'][number]): Wanted => {
  const metric = { Namespace: 'AWS/SQS', MetricName: 'ApproximateAgeOfOldestMessage' };
  const Dimensions = [{ Name: 'QueueName', Value: url.split('/').at(-1) }];
  return { of: { queue }, stat: { Metric: { ...metric, Dimensions }, Period: 60, Stat: 'Maximum' } };
};

/** One for each function that counts it, and whose name is known. */
const countOf = (metric: CountedMetric, functions: FunctionNames): readonly Wanted[] =>
  metricTable[metric].by.flatMap((by) => {
    const Value = functions[by];
    if (Value === undefined) return [];
    const Metric = { Namespace: 'StarRocksSink', MetricName: metric, Dimensions: [{ Name: 'service', Value }] };
    return [{ of: { metric }, stat: { Metric, Period: 60, Stat: 'Sum' } }];
  });

/** Values by the minute in which they were measured, for each series that is wanted. */
async function seriesOf(
  client: CloudWatchClient,
  wanted: readonly Wanted[],
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): Promise<readonly ReadonlyMap<number, number>[]> {
  const found = wanted.map(() => new Map<number, number>());
  if (wanted.length === 0) return found;
  const MetricDataQueries = wanted.map(({ stat }, at) => ({ Id: `m${at}`, MetricStat: stat }));
  const input = { MetricDataQueries, StartTime: new Date(fromMs), EndTime: new Date(untilMs) };
  try {
    for await (const { MetricDataResults = [] } of paginateGetMetricData({ client }, input)) {
      for (const { Id = '', Timestamps = [], Values = [] } of MetricDataResults) {
        const series = found[Number(Id.slice(1))];
        for (const [at, moment] of Timestamps.entries()) series?.set(moment.getTime(), Values[at] ?? 0);
      }
    }
    return found;
  } catch (error) {
    throw named(error, 'cloudwatch:GetMetricData', 'the metrics of the sink');
  }
}

/** What went through a sink lately. */
export interface Throughput {
  /** So long ago the counting begins. */
  readonly seconds: number;
  readonly counted: Readonly<Record<CountedMetric, number>>;
  readonly rowsPerSecond: number;
  readonly bytesPerSecond: number;
}

/** The minute that is not over, and so many before it. */
const latelyMinutes = 5;

/** @out  undefined: nothing is counted */
export function throughputOf({ minutes, counted }: Measured, nowMs: number): Throughput | undefined {
  const fromMs = minutes.at(-1 - latelyMinutes);
  if (counted === undefined || fromMs === undefined) return undefined;
  const all = ofEach((metric) => counted[metric].slice(-1 - latelyMinutes).reduce((sum, each) => sum + each, 0));
  const seconds = Math.max(1, (nowMs - fromMs) / 1000);
  return {
    ...{ seconds: Math.round(seconds), counted: all },
    ...{ rowsPerSecond: rounded(all.RowsLoaded / seconds), bytesPerSecond: rounded(all.BytesLoaded / seconds) },
  };
}

const rounded = (value: number) => Math.round(value * 10) / 10;

/** CloudWatch tells the age of a queue with a delay of a few minutes, and of a quiet queue nothing. */
export function oldestOf({ oldestSeconds }: Measured, { queue, waiting, underWay }: QueueStatus): number | undefined {
  if (waiting + underWay === 0) return 0;
  const known = (oldestSeconds[queue] ?? []).slice(-1 - latelyMinutes).filter((value) => value !== null);
  return known.at(-1);
}
