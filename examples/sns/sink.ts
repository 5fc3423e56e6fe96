/** What the sink does, in the cloud and in the test. */
export const options = {
  'database-name': 'shop',
  'table-name': 'orders',
} as const;

export const table =
  'CREATE TABLE orders (id BIGINT NOT NULL, total DECIMAL(18, 2)) PRIMARY KEY (id) DISTRIBUTED BY HASH (id)';
