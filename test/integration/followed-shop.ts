/** The shop that tests of whole followers follow: a mirror of its orders, a history of its events. */

const columns = [
  { name: 'id', type: 'BIGINT' },
  { name: 'v', type: 'VARCHAR(200)' },
];
const toldOf = [
  { name: 'op', type: 'VARCHAR(10)', sourceType: '@operation' },
  { name: 'place', type: 'VARCHAR(100)', sourceType: '@position' },
];
export const targets = [
  'CREATE DATABASE t',
  'CREATE TABLE t.orders (id BIGINT NOT NULL, v VARCHAR(200)) PRIMARY KEY(id)',
  'CREATE TABLE t.events (id BIGINT NOT NULL, v VARCHAR(200), op VARCHAR(10), place VARCHAR(100)) DUPLICATE KEY(id)',
];
const of = (table: string) => ({ database: '^shop$', table: `^${table}$` });
export const routes = [
  { source: of('orders'), database: 't', table: 'orders', primaryKey: ['id'], columns },
  { source: of('events'), database: 't', table: 'events', mode: 'history' as const, columns: [...columns, ...toldOf] },
];
