/**
 * What the functions count, in the namespace StarRocksSink of CloudWatch, with the function's name as the dimension `service`.
 * Told here so that functions, alarms and the dashboard agree.
 */
export type Metric =
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
