/** What a backend asks of the frontend leader: begin, prepare, commit, roll back; and the publishing of what is committed. */

import type { FrontendConfig } from '../frontend-config.ts';
import type { Catalog, Staged, Storage, TableDefinition } from '../model.ts';
import type { LabelRegistry, Transaction } from './labels.ts';
import { LoadFailure } from './load-failure.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

interface BeginRequest {
  readonly database: string;
  readonly table: string;
  readonly label: string;
  readonly backend: number;
  readonly credentials: Credentials;
  readonly remoteAddress: string;
  /** Seconds; stream_load_default_timeout_second when absent. */
  readonly timeoutSeconds?: number | undefined;
}

export interface Leader {
  /** @throws LoadFailure with the message of FrontendServiceImpl.loadTxnBegin */
  begin(request: BeginRequest): Transaction;
  /** The table a load was begun for. @throws LoadFailure when it was dropped since */
  table(transaction: Transaction): TableDefinition;
  prepare(id: number, staged: Staged, preparedTimeoutSeconds?: number): void;
  /**
   * Commits a PREPARE transaction and publishes it.
   *
   * @out late: committed, visible after `publishPending`
   */
  commit(id: number, staged: Staged, delayPublish: boolean): Promise<'visible' | 'late'>;
  /** Commits a PREPARED transaction. */
  commitPrepared(id: number, delayPublish: boolean): Promise<'visible' | 'late'>;
  /** Aborts a transaction that is not committed; anything else is left as it is. */
  rollback(id: number, reason: string): void;
  publishPending(): Promise<void>;
}

const labelPattern = /^[-\w]{1,128}$/;

const analysis = (message: string) => new LoadFailure('ANALYSIS_ERROR', message);

/** @in users: passwords by user; every user may insert everywhere */
export function createLeader(deps: {
  readonly catalog: Catalog;
  readonly storage: Storage;
  readonly labels: LabelRegistry;
  readonly users: Readonly<Record<string, string>>;
  readonly config: FrontendConfig;
}): Leader {
  const { catalog, storage, labels, config } = deps;
  /** Committed, not yet visible, in commit order. Versions of a table are published in order, so later ones wait too. */
  const pending: Transaction[] = [];

  const checkTarget = (database: string, table: string): TableDefinition => {
    if (!catalog.hasDatabase(database)) throw analysis(`unknown database, database=${database}`);
    const definition = catalog.table(database, table);
    if (definition === undefined) throw analysis(`unknown table "${database}.${table}"`);
    return definition;
  };
  const checkLabel = (database: string, label: string): void => {
    if (!labelPattern.test(label)) throw analysis(`Label format error. regex: ^[-\\w]{1,128}$, label: ${label}`);
    const known = labels.find(database, label);
    if (known === undefined || known.state === 'ABORTED') return;
    const finished = known.state === 'COMMITTED' || known.state === 'VISIBLE';
    throw new LoadFailure(
      'LABEL_ALREADY_EXISTS',
      `Label [${label}] has already been used.`,
      finished ? 'FINISHED' : 'RUNNING',
    );
  };
  const live = (id: number): Transaction => {
    const transaction = labels.byId(id);
    if (transaction === undefined) throw analysis('transaction not found');
    if (transaction.state === 'ABORTED') throw analysis(transaction.reason);
    return transaction;
  };
  const checkRows = (staged: Staged): void => {
    if (staged.loaded === 0 && config.flag('empty_load_as_error')) throw analysis('all partitions have no load data');
  };
  const publish = async (transaction: Transaction, staged: Staged): Promise<void> => {
    await storage.publish(staged);
    labels.visible(transaction.id);
  };
  const commit = async (id: number, staged: Staged, delayPublish: boolean): Promise<'visible' | 'late'> => {
    const transaction = live(id);
    labels.commit(id, staged);
    const waits = ({ database, table }: Transaction) =>
      database === transaction.database && table === transaction.table;
    if (delayPublish || pending.some(waits)) {
      pending.push(transaction);
      return 'late';
    }
    await publish(transaction, staged);
    return 'visible';
  };

  return {
    begin(request) {
      labels.clean();
      const { credentials, database, table, label } = request;
      if (deps.users[credentials.user] !== credentials.password) {
        throw new LoadFailure('NOT_AUTHORIZED', `Access denied for ${credentials.user}@${request.remoteAddress}`);
      }
      checkTarget(database, table);
      const timeoutSeconds = request.timeoutSeconds ?? config.number('stream_load_default_timeout_second');
      const maxTimeoutSeconds = config.number('max_stream_load_timeout_second');
      if (timeoutSeconds < 1 || timeoutSeconds > maxTimeoutSeconds) {
        throw analysis(`Invalid timeout. Timeout should between 1 and ${maxTimeoutSeconds} seconds`);
      }
      checkLabel(database, label);
      const running = labels.running(database);
      const most = config.number('max_running_txn_num_per_db');
      if (running >= most) {
        throw analysis(`current running txns on db ${database} is ${running}, larger than limit ${most}`);
      }
      return labels.add({ database, table, label, backend: request.backend, timeoutMs: timeoutSeconds * 1000 });
    },
    table: (transaction) => checkTarget(transaction.database, transaction.table),
    prepare(id, staged, preparedTimeoutSeconds = config.number('prepared_transaction_default_timeout_second')) {
      live(id);
      checkRows(staged);
      labels.prepare(id, staged, preparedTimeoutSeconds * 1000);
    },
    async commit(id, staged, delayPublish) {
      live(id);
      checkRows(staged);
      return commit(id, staged, delayPublish);
    },
    async commitPrepared(id, delayPublish) {
      const { staged } = live(id);
      if (staged === undefined) throw new Error(`prepared transaction ${id} has no rows`);
      return commit(id, staged, delayPublish);
    },
    rollback(id, reason) {
      const transaction = labels.byId(id);
      if (transaction?.state === 'PREPARE' || transaction?.state === 'PREPARED') labels.abort(id, reason);
    },
    async publishPending() {
      for (let next = pending[0]; next !== undefined; next = pending[0]) {
        if (next.staged !== undefined) await publish(next, next.staged);
        pending.shift();
      }
    },
  };
}
