/** What the sink does, in the cloud and in the test. */
export const options = {
  'database-name': 'shop',
  'table-name': 'carts',
  'sink.semantic': 'exactly-once',
} as const;

export const table = 'CREATE TABLE carts (id STRING NOT NULL, items INT) PRIMARY KEY (id) DISTRIBUTED BY HASH (id)';
