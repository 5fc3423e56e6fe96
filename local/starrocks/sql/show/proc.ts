import type { Answer } from '../../mysql/mysql-replies.ts';
import { wholeSystem } from '../../users/privileges.ts';
import { informationSchema, systemTables } from '../information-schema/tables.ts';
import { SqlError } from '../sql-error.ts';
import type { TokenReader } from '../token-reader.ts';
import { nothing, type Shown, table } from './answer.ts';
import { databaseNames } from './databases.ts';
import { showBackends, showBrokers, showComputeNodes, showFrontends } from './nodes.ts';
import { isRunning, transactionsTable } from './transactions.ts';

/** What a frontend shows at `/`, in its order. */
const root = `brokers frontends routine_loads catalog colocation_group cluster_balance load_error_hub meta_recovery
  global_current_queries tasks compute_nodes statistic jobs warehouses resources monitor transactions backends
  current_queries stream_loads replications dbs current_backend_instances historical_nodes compactions`.split(/\s+/);

const noQuota = ['8388608.000 TB', null, '9223372036854775807'];

type Proc = (shown: Shown, reader: TokenReader) => Answer | Promise<Answer>;

const paths: Readonly<Record<string, Proc>> = {
  '/': () =>
    table(
      'name',
      root.map((name) => [name]),
    ),
  '/backends': (shown) => showBackends(shown),
  '/frontends': (shown) => showFrontends(shown),
  '/compute_nodes': (shown, reader) => showComputeNodes(reader, shown),
  '/brokers': (shown, reader) => showBrokers(reader, shown),
  '/dbs': databases,
  '/jobs': ({ catalog, objects }) =>
    table(
      'DbId, DbName',
      databaseNames(catalog.databases()).map((name) => [objects.of(name).id, name]),
    ),
  '/transactions': ({ catalog, objects }) =>
    table(
      'DbId, DbName',
      ['_statistics_', ...catalog.databases()].map((name) => [objects.of(name).id, name]),
    ),
  '/statistic': statistic,
  '/current_backend_instances': (shown, reader) => nothing('Backend, InstanceNum, InstanceId, ExecTime')(reader, shown),
};

/** SHOW PROC '/path'. */
export function showProc(reader: TokenReader, shown: Shown): Answer | Promise<Answer> {
  shown.rights.require('OPERATE', wholeSystem);
  const path = reader.text();
  const trimmed = path === '/' ? path : path.replace(/\/+$/, '');
  const known = paths[trimmed];
  if (known !== undefined) return known(shown, reader);
  const [, place, database = '', state] = trimmed.split('/');
  if (place === 'transactions' && database !== '') return transactions(shown, database, state);
  if (root.includes(trimmed.slice(1))) throw SqlError.refused(`The stand-in shows nothing at ${trimmed}`);
  throw SqlError.refused(`Unknown proc node path: ${path}. msg: Cannot find path: ${path}`);
}

/** `/transactions/<name or id>` and `…/running`, `…/finished`. */
function transactions({ catalog, cluster, objects }: Shown, named: string, state: string | undefined): Answer {
  const database = catalog.databases().find((name) => name === named || String(objects.of(name).id) === named);
  if (database === undefined) throw SqlError.refused(`Unknown database id or name "${named}"`);
  const all = cluster.transactions().filter((each) => each.database === database);
  const running = all.filter(isRunning);
  const finished = all.filter((each) => !isRunning(each));
  const most = cluster.config.number('max_show_proc_transactions_entry');
  if (state === 'running') return transactionsTable(running, cluster);
  if (state === 'finished') return transactionsTable(finished.slice(-most), cluster);
  return table('State, Number', [
    ['running', running.length],
    ['finished', finished.length],
  ]);
}

function databases({ catalog, objects }: Shown): Answer {
  const rows = databaseNames(catalog.databases()).map((name) => {
    const own = catalog.hasDatabase(name) ? catalog.tables(name).length : 0;
    const tables = name === informationSchema ? systemTables.length : own;
    return [objects.of(name).id, name, tables, ...noQuota];
  });
  return table('DbId, DbName, TableNum, Quota, LastConsistencyCheckTime, ReplicaQuota', rows);
}

function statistic({ catalog, objects }: Shown): Answer {
  const counts = databaseNames(catalog.databases()).map((name) => {
    const tables = catalog.hasDatabase(name) ? catalog.tables(name) : [];
    const tablets = tables.reduce((sum, { distribution }) => sum + (distribution.buckets ?? 1), 0);
    return { name, numbers: [tables.length, tables.length, tables.length, tablets, tablets] };
  });
  const sums = [0, 1, 2, 3, 4].map((index) => counts.reduce((sum, { numbers }) => sum + (numbers[index] ?? 0), 0));
  return table(
    `DbId, DbName, TableNum, PartitionNum, IndexNum, TabletNum, ReplicaNum, UnhealthyTabletNum, InconsistentTabletNum,
     CloningTabletNum, ErrorStateTabletNum`,
    [
      ...counts.map(({ name, numbers }) => [objects.of(name).id, name, ...numbers, 0, 0, 0, 0]),
      ['Total', counts.length, ...sums, 0, 0, 0, 0],
    ],
  );
}
