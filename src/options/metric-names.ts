export type CountingFunction = 'ingest' | 'load' | 'sweep' | 'follow';

export interface MetricSpec {
  /** The functions that count it. */
  readonly by: readonly CountingFunction[];
  readonly unit: 'Count' | 'Bytes' | 'Seconds' | 'Percent';
  /** What one of it stands for, and what it is not; a sentence of docs/metrics.md. */
  readonly counts: string;
}

const loaders = ['ingest', 'load'] as const;
const [count, bytes] = [{ unit: 'Count' }, { unit: 'Bytes' }] as const;
const [seconds, percent] = [{ unit: 'Seconds' }, { unit: 'Percent' }] as const;

/**
 * What the functions count, and which of them do, in the namespace StarRocksSink of CloudWatch, with the function's name as the
 * dimension `service`. Told here so that functions, alarms, the dashboard and docs/metrics.md agree.
 */
export const metricTable = {
  RowsReceived: {
    ...{ by: ['ingest'], ...count },
    counts:
      'Rows of messages that could be read. Staged rows are not counted again when they are loaded; a message that comes again is.',
  },
  RowsLoaded: { by: loaders, ...count, counts: 'Rows of loads that StarRocks has committed.' },
  BytesLoaded: { by: loaders, ...bytes, counts: 'Bytes of the bodies of those loads, before compression.' },
  Loads: {
    by: loaders,
    ...count,
    counts: 'Loads that StarRocks has committed; one that is found done already counts where it is found.',
  },
  LoadsFailed: {
    ...{ by: loaders, ...count },
    counts:
      'Loads that were refused, or whose end is not known. The steps of a search for bad rows are none, nor are loads held back.',
  },
  LoadsThrottled: {
    ...{ by: loaders, ...count },
    counts: 'Loads that StarRocks held back: too many versions, too many transactions, too little memory.',
  },
  MessagesRejected: {
    ...{ by: loaders, ...count },
    counts:
      'Messages that can never be loaded, each once: when it is parked and acked; where nothing is parked, at its first delivery, however often it comes again.',
  },
  RowsRejected: {
    by: loaders,
    ...count,
    counts: 'Bad rows of messages whose other rows load, when their message is acked.',
  },
  RowsMiscounted: {
    ...{ by: loaders, ...count },
    counts: 'Rows of loads of which StarRocks counted another number of rows than were sent.',
  },
  RowsWithUnknownKeys: { by: ['ingest'], ...count, counts: 'Rows with keys that no column has, which were left out.' },
  Undecided: {
    ...{ by: [...loaders, 'sweep'], ...count },
    counts: 'Messages, or batches, of which nobody can tell whether their rows are loaded.',
  },
  InDoubt: {
    ...{ by: ['sweep'], ...count },
    counts:
      'Transactions that a worker left behind, and that a run of the sweep could not settle; told when there are none, too.',
  },
  SourceRows: { by: ['follow'], ...count, counts: 'Changes of a source that the queue has taken.' },
  SourceFollowed: { by: ['follow'], ...count, counts: 'Told twice a minute while a source is followed.' },
  SourceLagSeconds: {
    ...{ by: ['follow'], ...seconds },
    counts: 'How far the queue is behind the source’s commits; told twice a minute.',
  },
  SourceRetentionPercent: {
    ...{ by: ['follow'], ...percent },
    counts:
      'How much of the time is over for which the server keeps its binlogs, of the oldest change that is not in the queue; told twice a minute, unless the server keeps them for ever.',
  },
  SourceStopped: { by: ['follow'], ...count, counts: 'A person must act before the source is followed on.' },
} as const satisfies Record<string, MetricSpec>;

export type Metric = keyof typeof metricTable;
