/** What the sink does, in the cloud and in the test. */
export const options = {
  'database-name': 'shop',
  'table-name': 'readings',
  'sink.envelope.columns': 'time=arrived',
} as const;

export const table =
  'CREATE TABLE readings (sensor STRING NOT NULL, value DOUBLE, arrived DATETIME) DUPLICATE KEY (sensor) DISTRIBUTED BY HASH (sensor)';
