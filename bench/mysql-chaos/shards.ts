/** Two sharded databases of ten tables each, the routes that gather them into four, and a log that the source keeps by triggers. */
import type { RouteGiven } from '../../src/options/route.ts';

export interface Shard {
  readonly kind: KindName;
  readonly database: string;
  readonly table: string;
  /** Among the shards of its kind, from 0. */
  readonly number: number;
}

/** Part of most rows, and of nothing else. */
export const textOfRows = 'so many words ';

const sourceCells = 'v INT NOT NULL, amount DECIMAL(20, 4), note VARCHAR(200), at DATETIME(6)';
const targetCells = 'v INT, amount DECIMAL(20, 4), note VARCHAR(800), at DATETIME';
const routeCells = [
  { name: 'v', type: 'INT' },
  { name: 'amount', type: 'DECIMAL(20, 4)' },
  { name: 'note', type: 'VARCHAR(800)' },
  { name: 'at', type: 'DATETIME' },
];
const idCell = { name: 'id', type: 'BIGINT' };
const shardCells = [
  { name: 'db', type: 'VARCHAR(20)', sourceType: '@database' },
  { name: 'tbl', type: 'VARCHAR(20)', sourceType: '@table' },
];

interface Kind {
  /** Of each database. */
  readonly tables: number;
  /** Columns of the key in the source. */
  readonly key: readonly string[];
  readonly keyTypes: string;
  /** Of the row with this number, as SQL; no two shards that fill one table have one in common, unless the shard is in the key. */
  readonly keyOf: (shard: Shard, row: number) => readonly string[];
  /** Which rows have one of so many numbers. */
  readonly where: (shard: Shard, row: number, count: number) => string;
  /** Gives the rows of a number the key of another. */
  readonly move: (shard: Shard, row: number, to: number) => string;
  readonly target: string;
  readonly route: Omit<RouteGiven, 'source'>;
}

const databases = ['shop_1', 'shop_2'] as const;
const linesOfCode = 5;
const byId = {
  key: ['id'],
  keyTypes: 'id BIGINT PRIMARY KEY',
  keyOf: (_: Shard, row: number) => [String(row)],
  where: (_: Shard, row: number, count: number) => `id BETWEEN ${row} AND ${row + count - 1}`,
  move: (_: Shard, row: number, to: number) => `id = ${to} WHERE id = ${row}`,
} as const;
const orderShards = 4 * databases.length;
const orderId = ({ number }: Shard, row: number) => row * orderShards + number;
const code = ({ number }: Shard, row: number) => `'Code-${number}-${Math.floor(row / linesOfCode)}'`;

export const kinds = {
  /** Many shards, no id twice. */
  orders: {
    ...byId,
    tables: 4,
    keyOf: (shard, row) => [String(orderId(shard, row))],
    where: (shard, row, count) => `id BETWEEN ${orderId(shard, row)} AND ${orderId(shard, row + count - 1)}`,
    move: (shard, row, to) => `id = ${orderId(shard, to)} WHERE id = ${orderId(shard, row)}`,
    target: `(id BIGINT NOT NULL, ${targetCells}) PRIMARY KEY(id)`,
    route: { database: 't', table: 'orders', primaryKey: ['id'], columns: [idCell, ...routeCells] },
  },
  /** The same ids in every shard: the shard is part of the key. */
  customers: {
    ...byId,
    tables: 2,
    target: `(db VARCHAR(20) NOT NULL, tbl VARCHAR(20) NOT NULL, id BIGINT NOT NULL, ${targetCells}) PRIMARY KEY(db, tbl, id)`,
    route: {
      ...{ database: 't', table: 'customers', primaryKey: ['db', 'tbl', 'id'] },
      columns: [...shardCells, idCell, ...routeCells],
    },
  },
  /** A key of two columns, one of them text that MySQL does not tell apart by case. */
  lines: {
    tables: 2,
    key: ['code', 'line'],
    keyTypes: 'code VARCHAR(40), line INT, PRIMARY KEY (code, line)',
    keyOf: (shard, row) => [code(shard, row), String(row % linesOfCode)],
    where: (shard, row) => `code = ${code(shard, row)}`,
    move: (shard, row, to) =>
      row % 2 === 0
        ? `code = IF(HEX(code) = HEX(UPPER(code)), LOWER(code), UPPER(code)) WHERE code = ${code(shard, row)}`
        : `code = CONCAT(${code(shard, to)}, '-moved') WHERE code = ${code(shard, row)}`,
    target: `(code VARCHAR(160) NOT NULL, line INT NOT NULL, ${targetCells}) PRIMARY KEY(code, line)`,
    route: {
      ...{ database: 't', table: 'lines', primaryKey: ['code', 'line'] },
      columns: [{ name: 'code', type: 'VARCHAR(160)' }, { name: 'line', type: 'INT' }, ...routeCells],
    },
  },
  /** Its history is kept. */
  ledger: {
    ...byId,
    tables: 2,
    target: `(id BIGINT NOT NULL, ${targetCells}, db VARCHAR(20), tbl VARCHAR(20), op VARCHAR(10), place VARCHAR(100), old JSON)
      DUPLICATE KEY(id)`,
    route: {
      ...{ database: 't', table: 'ledger', mode: 'history' },
      columns: [
        ...[idCell, ...routeCells, ...shardCells],
        { name: 'op', type: 'VARCHAR(10)', sourceType: '@operation' },
        { name: 'place', type: 'VARCHAR(100)', sourceType: '@position' },
        { name: 'old', type: 'JSON', sourceType: '@before' },
      ],
    },
  },
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof kinds;
export const kindOf = ({ kind }: Shard): Kind => kinds[kind];
export const nameOf = ({ database, table }: Shard): string => `${database}.${table}`;

const named = Object.entries(kinds) as [KindName, Kind][];

export const shards: readonly Shard[] = databases.flatMap((database, at) =>
  named.flatMap(([kind, { tables }]) =>
    Array.from({ length: tables }, (_, index) => ({
      ...{ kind, database, table: `${kind}_${index}` },
      number: at * tables + index,
    })),
  ),
);

export const shardsOf = (kind: KindName): readonly Shard[] => shards.filter((shard) => shard.kind === kind);

export const routes: readonly RouteGiven[] = named.map(([kind, { route }]) => ({
  source: { database: '^shop_\\d+$', table: `^${kind}_\\d+$` },
  ...route,
}));

export const targets: readonly string[] = [
  'CREATE DATABASE t',
  ...named.map(([kind, { target }]) => `CREATE TABLE t.${kind} ${target}`),
];

/** What the source says of itself: each change of a ledger, in the transaction that makes it. */
const log = `CREATE TABLE audit.changes (seq BIGINT AUTO_INCREMENT PRIMARY KEY, shard VARCHAR(40), op VARCHAR(10),
  old_id BIGINT, old_v INT, id BIGINT, v INT, note VARCHAR(200))`;

const noteChange = (shard: Shard, op: string, old: 'OLD' | 'NULL', row: 'OLD' | 'NEW') => {
  const of = (side: string, name: string) => (side === 'NULL' ? 'NULL' : `${side}.${name}`);
  const values = [of(old, 'id'), of(old, 'v'), of(row, 'id'), of(row, 'v'), of(row, 'note')].join(', ');
  return `CREATE TRIGGER ${nameOf(shard)}_${op} AFTER ${op.toUpperCase()} ON ${nameOf(shard)} FOR EACH ROW
    INSERT INTO audit.changes (shard, op, old_id, old_v, id, v, note) VALUES ('${nameOf(shard)}', '${op}', ${values})`;
};

export const sourceTables: readonly string[] = [
  ...['audit', ...databases].map((name) => `CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci`),
  log,
  ...shards.map((shard) => `CREATE TABLE ${nameOf(shard)} (${kindOf(shard).keyTypes}, ${sourceCells})`),
];

/** Made when the tables are filled: what was there before was never a change. */
export const triggers: readonly string[] = shardsOf('ledger').flatMap((shard) => [
  noteChange(shard, 'insert', 'NULL', 'NEW'),
  noteChange(shard, 'update', 'OLD', 'NEW'),
  noteChange(shard, 'delete', 'OLD', 'OLD'),
]);

/** Rows by their numbers, as VALUES. */
export const rowsOf = (shard: Shard, from: number, count: number, version: number): string =>
  Array.from({ length: count }, (_, at) => {
    const row = from + at;
    const note = `'${shard.table} ${row} 🦊 ${textOfRows.repeat(row % 7)}'`;
    const moment = `'2026-01-${String((row % 28) + 1).padStart(2, '0')} 10:00:00.${String(row % 99_999).padStart(5, '0')}1'`;
    return `(${[...kindOf(shard).keyOf(shard, row), version, `${row}.${row % 9999}1`, note, moment].join(', ')})`;
  }).join(', ');
