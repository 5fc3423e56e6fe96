const loaders = ['ingest', 'load'] as const;

/**
 * What the functions count, and which of them do, in the namespace StarRocksSink of CloudWatch, with the function's name as the
 * dimension `service`. Told here so that functions, alarms and the dashboard agree.
 */
export const metricTable = {
  /** By whoever decodes them: staged ones are not counted again when they are loaded. */
  RowsReceived: ['ingest'],
  RowsLoaded: loaders,
  BytesLoaded: loaders,
  Loads: loaders,
  /** Loads that were refused, or whose end is not known; not the steps of a search for bad rows. */
  LoadsFailed: loaders,
  LoadsThrottled: loaders,
  /** Each once, however often it is given back. */
  MessagesRejected: loaders,
  RowsRejected: loaders,
  RowsMiscounted: loaders,
  /** Rows with keys that no column has, which were left out. */
  RowsWithUnknownKeys: ['ingest'],
  /** Messages, or batches, of which nobody can tell whether their rows are loaded. */
  Undecided: [...loaders, 'sweep'],
  /** Transactions that a worker left behind, and that a run of the sweep could not settle; told when there are none, too. */
  InDoubt: ['sweep'],
  /** Changes of a source that the queue has taken. */
  SourceRows: ['follow'],
  /** Told twice a minute while a source is followed. */
  SourceFollowed: ['follow'],
  /** How far the queue is behind the source's commits; told twice a minute. */
  SourceLagSeconds: ['follow'],
  /** A person must act before the source is followed on. */
  SourceStopped: ['follow'],
} as const satisfies Record<string, readonly ('ingest' | 'load' | 'sweep' | 'follow')[]>;

export type Metric = keyof typeof metricTable;
