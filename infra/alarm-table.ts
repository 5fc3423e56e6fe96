import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { SinkMetrics } from './metrics.ts';
import type { SinkPlan } from './plan.ts';

export interface AlarmSpec {
  /** The heading in docs/operations.md that says what to do. */
  readonly heading: string;
  /** What the mail says; a link to the heading follows. */
  readonly says: string;
  readonly metric: (metrics: SinkMetrics) => IMetric;
  /** The alarm rings when the metric is above. */
  readonly above: number | ((plan: SinkPlan) => number);
  /** There is no such alarm where there is no sweep. */
  readonly isOfSweep?: true;
  /** How many of the last periods of five minutes must be above; the first that is, unless told. */
  readonly periods?: { readonly above: number; readonly of: number };
}

const lasting = { above: 3, of: 3 };

/** Every alarm of a sink. Each has a heading in docs/operations.md; a test compares the two. */
export const alarmTable = {
  DeadLetters: {
    heading: 'Dead letters',
    says: 'Messages were given up and lie in a dead-letter queue.',
    metric: (metrics) => metrics.deadLetters(),
    above: 0,
  },
  RowsLate: {
    heading: 'Rows are late',
    says: 'The oldest message waits longer than it should.',
    metric: (metrics) => metrics.ageOfOldest(),
    above: (plan) => plan.lateAfterS,
    periods: { above: 2, of: 2 },
  },
  FunctionErrors: {
    heading: 'Functions fail',
    says: 'Invocations of the functions end with errors.',
    metric: (metrics) => metrics.errors(),
    above: 0,
    periods: lasting,
  },
  FunctionThrottles: {
    heading: 'Functions are throttled',
    says: 'Lambda does not start the functions as often as it should.',
    metric: (metrics) => metrics.throttles(),
    above: 0,
    periods: lasting,
  },
  NearTimeout: {
    heading: 'Functions run into their timeout',
    says: 'The slowest invocations take more than 80 % of the timeout.',
    metric: (metrics) => metrics.shareOfTimeout(),
    above: 80,
    periods: { above: 2, of: 3 },
  },
  LoadsFailing: {
    heading: 'Loads fail',
    says: 'StarRocks refuses loads, or cannot be reached.',
    metric: (metrics) => metrics.counted('LoadsFailed'),
    above: 0,
    periods: lasting,
  },
  StarRocksPressure: {
    heading: 'StarRocks asks for fewer loads',
    says: 'StarRocks holds loads back: too many versions, transactions, or too little memory.',
    metric: (metrics) => metrics.counted('LoadsThrottled'),
    above: 0,
    periods: lasting,
  },
  RowsRejected: {
    heading: 'Rows are rejected',
    says: 'Rows or messages do not fit their table.',
    metric: (metrics) => metrics.counted('RowsRejected', 'MessagesRejected'),
    above: 0,
  },
  RowsMiscounted: {
    heading: 'Rows are miscounted',
    says: 'StarRocks counted another number of rows than were sent.',
    metric: (metrics) => metrics.counted('RowsMiscounted'),
    above: 0,
  },
  Undecided: {
    heading: 'Undecided batches',
    says: 'Nobody can tell whether a batch was committed.',
    metric: (metrics) => metrics.counted('Undecided'),
    above: 0,
  },
  InDoubt: {
    heading: 'In doubt for long',
    says: 'Transactions that a function left behind can be neither committed nor rolled back.',
    metric: (metrics) => metrics.inDoubt(),
    above: 0,
    periods: lasting,
    isOfSweep: true,
  },
  SweepFails: {
    heading: 'The sweep fails',
    says: 'The sweep does not run, or not to its end.',
    metric: (metrics) => metrics.withoutSweep(),
    above: 0,
    periods: lasting,
    isOfSweep: true,
  },
} as const satisfies Record<string, AlarmSpec>;

export type AlarmName = keyof typeof alarmTable;

/** Those that only a sink with a sweep has. */
export type SweepAlarmName = 'InDoubt' | 'SweepFails';

/** The manual as it stands in the package; the mail of an alarm is read where no clone is. */
const manual = 'https://unpkg.com/starrocks-sink/docs/operations.md';

/** The link to a heading, as GitHub makes anchors. */
export const manualLink = (heading: string): string =>
  `${manual}#${heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-')}`;
