/** What the sink does, in the cloud and in the test. */
export const options = {
  'database-name': 'ops',
  'table-name': 'deployments',
  'sink.envelope.columns': 'time=at,topic=kind',
} as const;

export const table =
  'CREATE TABLE deployments (at DATETIME NOT NULL, kind STRING, app STRING) DUPLICATE KEY (at) DISTRIBUTED BY HASH (at)';
