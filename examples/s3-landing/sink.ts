/** What the sink does, in the cloud and in the test. */
export const options = {
  'database-name': 'lake',
  'table-name': 'people',
  'sink.semantic': 'exactly-once',
  // StarRocks' own default is a tab.
  'sink.properties.column_separator': ',',
} as const;

export const table =
  'CREATE TABLE people (id BIGINT NOT NULL, name STRING, city STRING) PRIMARY KEY (id) DISTRIBUTED BY HASH (id)';
