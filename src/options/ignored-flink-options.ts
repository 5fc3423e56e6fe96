/** Options of the Flink connector that have no meaning here: taken, and said to be ignored, so that settings can be brought as they are. */
export const ignoredFlinkOptions: Readonly<Record<string, string>> = {
  connector: 'this is not Flink',
  'sink.version': 'exactly-once always uses the transaction interface, at-least-once never does',
  'sink.parallelism': 'the event source decides how many invocations run; see the maxConcurrency of the construct',
  'sink.buffer-flush.enqueue-timeout-ms': 'rows wait in SQS',
  'sink.retry.interval-ms': 'retries back off with jitter',
  'sink.io.thread-count': 'one load is one request',
  'sink.chunk-limit': 'see sink.buffer-flush.max-bytes',
  'sink.scan-frequency.ms': 'there is no flush thread',
  'sink.metric.histogram-window-size': 'metrics go to CloudWatch',
  'sink.at-least-once.use-transaction-stream-load': 'at-least-once uses plain Stream Load',
  'sink.exactly-once.enable-label-gen': 'labels are made by the ledger',
  'sink.exactly-once.enable-abort-lingering-txn': 'the ledger decides about open transactions',
  'sink.exactly-once.check-num-lingering-txn': 'the ledger decides about open transactions',
  'sink.use.new-sink-api': 'this is not Flink',
  'sink.wrap-json-as-array': 'rows are joined into one array when needed',
};
