/** What the sink does, in the cloud and in the test. */
export const options = {
  'database-name': 'web',
  'table-name': 'visits',
} as const;

export const table =
  'CREATE TABLE visits (id BIGINT NOT NULL, page STRING) DUPLICATE KEY (id) DISTRIBUTED BY HASH (id)';
