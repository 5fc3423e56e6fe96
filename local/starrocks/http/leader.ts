/** What a backend asks of the frontend leader: begin, prepare, commit, roll back; and the publishing of what is committed. */

import type { FrontendConfig } from '../frontend-config.ts';
import type { Catalog, Staged, Storage, TableDefinition } from '../model.ts';
import type { Accounts } from '../users/accounts.ts';
import type { LabelRegistry, LoadSource, Transaction } from './labels.ts';
import { LoadFailure } from './load-failure.ts';
import type { LoadTasks } from './load-tasks.ts';
import { createPublishing, type PublishTimes } from './publishing.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

interface BeginRequest {
  readonly database: string;
  readonly table: string;
  readonly label: string;
  /** BACKEND_STREAMING unless told. */
  readonly source?: LoadSource;
  readonly backend: number;
  readonly credentials: Credentials;
  readonly remoteAddress: string;
  /** Seconds; stream_load_default_timeout_second when absent. */
  readonly timeoutSeconds?: number | undefined;
  /** Of merge commit: the parameters of the load. */
  readonly merged?: Readonly<Record<string, string>>;
}

export interface Leader {
  /** @throws LoadFailure with the message of FrontendServiceImpl.loadTxnBegin */
  begin(request: BeginRequest): Transaction;
  /** The table a load was begun for. @throws LoadFailure when it was dropped since */
  table(transaction: Transaction): TableDefinition;
  prepare(id: number, staged: readonly Staged[], preparedTimeoutSeconds?: number): void;
  /**
   * Commits a PREPARE transaction with its rows, or a PREPARED one with those that it has, and publishes it.
   *
   * @out late: committed, visible later
   */
  commit(id: number, staged: readonly Staged[], times: PublishTimes): Promise<'visible' | 'late'>;
  commitPrepared(id: number, times: PublishTimes): Promise<'visible' | 'late'>;
  /** Aborts a transaction that is not committed; anything else is left as it is. */
  rollback(id: number, reason: string): void;
  /** Publishes what has become due; all: also what no clock makes due. */
  publishPending(which: 'due' | 'all'): Promise<void>;
}

const labelPattern = /^[-\w]{1,128}$/;

const analysis = (message: string) => new LoadFailure('ANALYSIS_ERROR', message);

/** @source test/fixtures/recorded/transaction-refusals.json; at commit with a prefix: stream-load-redirect.json */
const nothingToLoad =
  "No partitions have data available for loading. If you are sure there may be no data to be loaded, you can use `ADMIN SET FRONTEND CONFIG ('empty_load_as_error' = 'false')` to ensure such load jobs can succeed";

export function createLeader(deps: {
  readonly catalog: Catalog;
  readonly storage: Storage;
  readonly labels: LabelRegistry;
  readonly loadTasks: LoadTasks;
  readonly accounts: Accounts;
  readonly config: FrontendConfig;
  readonly now: () => number;
  /** Whether the backends that hold the rows of a transaction answer. */
  readonly isReachable: (transaction: Transaction) => boolean;
}): Leader {
  const { catalog, labels, loadTasks, config } = deps;
  const publishing = createPublishing(deps);
  /** Ids that messages name databases by. */
  const databases = new Map<string, number>();
  const idOf = (database: string): number => {
    const id = databases.get(database) ?? 10_001 + databases.size;
    databases.set(database, id);
    return id;
  };
  const checkTarget = (database: string, table: string): TableDefinition => {
    const isView = database === 'information_schema' || catalog.view?.(database, table) !== undefined;
    if (isView) throw analysis('Only olap/lake table support stream load');
    if (!catalog.hasDatabase(database)) throw analysis(`unknown database, database=${database}`);
    const definition = catalog.table(database, table);
    if (definition === undefined) throw analysis(`unknown table "${database}.${table}"`);
    return definition;
  };
  /** What does not exist asks for no privilege. */
  const checkLogin = ({ credentials, database, table, remoteAddress }: BeginRequest): void => {
    const subject = deps.accounts.login(credentials.user, credentials.password, remoteAddress);
    if (subject === undefined) {
      throw new LoadFailure('NOT_AUTHORIZED', `Access denied for ${credentials.user}@${remoteAddress}`);
    }
    const exists = catalog.table(database, table) !== undefined;
    if (!exists || deps.accounts.allowed(subject, 'INSERT', { kind: 'TABLE', database, name: table })) return;
    throw analysis('Access denied; you need (at least one of) the INSERT privilege(s) for this operation');
  };
  const checkLabel = (database: string, label: string): void => {
    if (!labelPattern.test(label)) {
      const detail = `Label format error. regex: ^[-\\w]{1,128}$, label: ${label}.`;
      throw new LoadFailure('INTERNAL_ERROR', `Getting analyzing error. Detail message: ${detail}`);
    }
    const known = labels.find(database, label);
    if (known === undefined || known.state === 'ABORTED') return;
    const finished = known.state === 'COMMITTED' || known.state === 'VISIBLE';
    throw new LoadFailure(
      'LABEL_ALREADY_EXISTS',
      `Label [${label}] has already been used.`,
      finished ? 'FINISHED' : 'RUNNING',
    );
  };
  const checkRunning = (database: string): void => {
    const running = labels.running(database);
    const most = config.number('max_running_txn_num_per_db');
    if (running < most) return;
    throw analysis(`current running txns on db ${idOf(database)} is ${running}, larger than limit ${most}`);
  };
  const live = (id: number): Transaction => {
    const transaction = labels.byId(id);
    if (transaction === undefined) throw analysis('transaction not found');
    if (transaction.state === 'ABORTED') throw analysis(transaction.reason);
    return transaction;
  };
  const checkRows = (staged: readonly Staged[], prefix = ''): void => {
    const rows = staged.reduce((sum, { loaded }) => sum + loaded, 0);
    if (rows === 0 && config.flag('empty_load_as_error')) throw analysis(prefix + nothingToLoad);
  };
  const commit = (id: number, staged: readonly Staged[], times: PublishTimes): Promise<'visible' | 'late'> => {
    const transaction = live(id);
    labels.commit(id, staged);
    return publishing.publish(transaction, times);
  };

  return {
    begin(request) {
      labels.clean();
      const { credentials, database, table, label } = request;
      checkLogin(request);
      checkTarget(database, table);
      const timeoutSeconds = request.timeoutSeconds ?? config.number('stream_load_default_timeout_second');
      const maxTimeoutSeconds = config.number('max_stream_load_timeout_second');
      if (timeoutSeconds < 1 || timeoutSeconds > maxTimeoutSeconds) {
        throw analysis(
          `Invalid timeout: '${timeoutSeconds}'. Expected values should be between 1 and ${maxTimeoutSeconds} seconds`,
        );
      }
      const { source = 'BACKEND_STREAMING', backend, merged, remoteAddress: clientAddress } = request;
      const { user } = credentials;
      const task = loadTasks.begin({ database, table, label, user, clientAddress, timeoutSeconds, merged });
      try {
        checkLabel(database, label);
        checkRunning(database);
      } catch (error) {
        if (error instanceof LoadFailure) loadTasks.refused(task, error.message);
        throw error;
      }
      const transaction = labels.add({ database, table, label, source, backend, timeoutMs: timeoutSeconds * 1000 });
      loadTasks.started(task, transaction);
      return transaction;
    },
    table: (transaction) => checkTarget(transaction.database, transaction.table),
    prepare(id, staged, preparedTimeoutSeconds = config.number('prepared_transaction_default_timeout_second')) {
      live(id);
      checkRows(staged);
      labels.prepare(id, staged, preparedTimeoutSeconds * 1000);
    },
    async commit(id, staged, times) {
      live(id);
      checkRows(staged, 'fail to execute commit task: ');
      return commit(id, staged, times);
    },
    async commitPrepared(id, times) {
      return commit(id, live(id).staged ?? [], times);
    },
    rollback(id, reason) {
      const transaction = labels.byId(id);
      if (transaction?.state === 'PREPARE' || transaction?.state === 'PREPARED') labels.abort(id, reason);
    },
    publishPending: (which) => publishing.round(which),
  };
}
