/** How near StarRocks is to its limits: transactions that run in a database, versions that a tablet keeps until they are merged. */
import { SinkError } from '../../src/kit/errors.ts';
import type { SinkOptions } from '../../src/options/table.ts';
import type { QueryPort } from '../../src/starrocks/query-port.ts';
import { frontendConfig, runningTransactions } from '../../src/starrocks/running-transactions.ts';
import type { TableLoads } from './loads.ts';

export interface Pressure {
  /** Transactions that are begun and not visible yet, of all who load into a database. */
  readonly running: readonly { readonly database: string; readonly transactions: number }[];
  /** The limit of the frontends; absent where nobody may read it. */
  readonly mostRunning?: number;
  /** The most versions that one tablet of a table has; the fullest first. */
  readonly versions: readonly { readonly table: string; readonly versions: number }[];
  /** What the user may not ask, and the right for it; what StarRocks does not know. */
  readonly notTold: readonly string[];
}

/**
 * @in   loads: tables that were loaded lately
 * @throws SinkError: the query port does not answer. What the user may not ask is told
 */
export async function readPressure(
  port: QueryPort,
  options: SinkOptions,
  loads: readonly TableLoads[],
): Promise<Pressure> {
  const notTold = new Set<string>();
  const orTell = async <T>(what: string, asking: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await asking();
    } catch (error) {
      if (!(error instanceof SinkError) || !refusals.has(error.code)) throw error;
      notTold.add(`${what}: ${remedyOf(error)}`);
      return undefined;
    }
  };
  const tables = [...new Set([...loads.map(({ table }) => table), ...namedTables(options)])];
  const databases = [...new Set(tables.map((name) => name.split('.')[0] ?? ''))];
  const running = await orTell('running transactions', async () => {
    const found = [];
    for (const database of databases) found.push({ database, transactions: await runningTransactions(port, database) });
    return found;
  });
  const mostRunning =
    running && (await orTell('their limit', () => frontendConfig(port, 'max_running_txn_num_per_db')));
  const versions = await orTell('versions of tablets', () => readVersions(port, tables));
  return {
    ...{ running: running ?? [], versions: versions ?? [], notTold: [...notTold] },
    ...(mostRunning !== undefined && { mostRunning }),
  };
}

/** Those that the options call by their whole names. */
const namedTables = (options: SinkOptions): readonly string[] =>
  [`${options['database-name']}.${options['table-name']}`, ...options['sink.tables.allow']].filter(
    (name) => !/\*|undefined/.test(name),
  );

const refusals: ReadonlySet<string> = new Set(['STARROCKS_PRIVILEGE_MISSING', 'STARROCKS_CONFIGURATION']);

/** The sentence that holds the GRANT; what StarRocks says itself is longer. */
const remedyOf = ({ detail }: SinkError): string => detail.split(' StarRocks says: ')[0] ?? detail;

/**
 * A tablet that has `tablet_max_versions` of them, usually 1,000, takes no load.
 *
 * @source StarRocks docs, information_schema.be_tablets; SystemTable.java: older releases want OPERATE for it
 */
async function readVersions(port: QueryPort, tables: readonly string[]): Promise<Pressure['versions']> {
  if (tables.length === 0) return [];
  const about = { database: 'information_schema', table: 'be_tablets' };
  const names = tables.flatMap((name) => name.split('.'));
  const pairs = tables.map(() => '(TABLE_SCHEMA = ? AND TABLE_NAME = ?)').join(' OR ');
  const idOf = `SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_ID FROM information_schema.tables_config WHERE ${pairs}`;
  const known = new Map(
    (await port.query(idOf, names, about)).map((row) => [
      Number(row['TABLE_ID']),
      `${row['TABLE_SCHEMA']}.${row['TABLE_NAME']}`,
    ]),
  );
  if (known.size === 0) return [];
  const rows = await port.query(
    `SELECT TABLE_ID, MAX(NUM_VERSION) AS VERSIONS FROM information_schema.be_tablets WHERE TABLE_ID IN (${[...known.keys()].join(', ')}) GROUP BY TABLE_ID`,
    [],
    about,
  );
  return rows
    .map((row) => ({ table: known.get(Number(row['TABLE_ID'])) ?? '', versions: Number(row['VERSIONS']) }))
    .sort((one, other) => other.versions - one.versions);
}

const count = (value: number): string => value.toLocaleString('en-US');

/** Lines for a person. */
export const pressureLines = ({ running, mostRunning, versions, notTold }: Pressure): readonly string[] => [
  ...running.map(
    ({ database, transactions }) =>
      `  ${database}: ${count(transactions)} transactions run${mostRunning === undefined ? '' : ` of at most ${count(mostRunning)}`}`,
  ),
  ...versions.map(({ table, versions: most }) => `  ${table}: ${count(most)} versions in its fullest tablet`),
  ...notTold.map((why) => `  not told: ${why}`),
];
