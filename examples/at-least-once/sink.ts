/** What the sink does, in the cloud and in the test. */
export const options = {
  'database-name': 'shop',
  'table-name': 'clicks',
  'sink.buffer-flush.interval-ms': 20_000,
} as const;

export const table =
  'CREATE TABLE clicks (id BIGINT NOT NULL, page STRING, at DATETIME) DUPLICATE KEY (id) DISTRIBUTED BY HASH (id)';
