/** What the sink does, in the cloud and in the test. */
export const options = {
  'database-name': 'bank',
  'table-name': 'bookings',
  'sink.semantic': 'exactly-once',
} as const;

export const table =
  'CREATE TABLE bookings (account BIGINT NOT NULL, amount DECIMAL(18, 2)) DUPLICATE KEY (account) DISTRIBUTED BY HASH (account)';
