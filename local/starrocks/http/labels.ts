/**
 * The frontend leader's table of transactions, per database.
 *
 *   begin ─▶ PREPARE ─▶ PREPARED ─▶ COMMITTED ─▶ VISIBLE
 *               └────────────┴─▶ ABORTED            (VISIBLE and ABORTED are final)
 *
 * PREPARE is in the leader's memory only; later states are journaled and survive its end. Two cleaners make their
 * rounds: one times transactions out, the other forgets final ones, by age, and, oldest first, as long as the database
 * holds more than label_keep_max_num, running ones included. Between two rounds nothing is forgotten.
 * Source: DatabaseTransactionMgr.java; `test/fixtures/recorded/limits-and-forgetting.json`, `frontend-restart.json`.
 */
import type { FrontendConfig } from '../frontend-config.ts';
import type { Staged } from '../model.ts';
import { createRounds } from './rounds.ts';

export type TransactionState = 'PREPARE' | 'PREPARED' | 'COMMITTED' | 'VISIBLE' | 'ABORTED';

/** LoadJobSourceType: who begins a transaction, and how its rows come. */
export type LoadSource = 'BACKEND_STREAMING' | 'FRONTEND_STREAMING' | 'BYPASS_WRITE' | 'MULTI_STATEMENT_STREAMING';

export interface Transaction {
  readonly id: number;
  readonly database: string;
  /** Several of MULTI_STATEMENT_STREAMING are parted by commas. */
  readonly table: string;
  readonly label: string;
  readonly source: LoadSource;
  /** The backend that holds its bytes while it is PREPARE. */
  readonly backend: number;
  readonly beganAtMs: number;
  readonly timeoutMs: number;
  readonly state: TransactionState;
  /** Why it was aborted. */
  readonly reason: string;
  readonly preparedTimeoutMs: number;
  readonly preparedAtMs?: number;
  readonly committedAtMs?: number;
  /** When it became VISIBLE or ABORTED. */
  readonly finishedAtMs?: number;
  /** Rows that were checked and are not visible; of several tables, one each. */
  readonly staged?: readonly Staged[];
}

type Entry = { -readonly [K in keyof Transaction]: Transaction[K] };

export interface LabelRegistry {
  /** The newest transaction with the label. */
  find(database: string, label: string): Transaction | undefined;
  byId(id: number): Transaction | undefined;
  all(): readonly Transaction[];
  /** Transactions of a database that are PREPARE or PREPARED: what max_running_txn_num_per_db counts. */
  running(database: string): number;
  /** The id of a transaction that is added later. */
  reserveId(): number;
  add(
    begin: Pick<Transaction, 'database' | 'table' | 'label' | 'source' | 'backend' | 'timeoutMs'>,
    id?: number,
  ): Transaction;
  /** Of a transaction over several tables: another one. */
  addTable(id: number, table: string): void;
  prepare(id: number, staged: readonly Staged[], preparedTimeoutMs: number): void;
  commit(id: number, staged: readonly Staged[]): void;
  visible(id: number): void;
  abort(id: number, reason: string): void;
  /** Does the rounds of the cleaners that are due. */
  clean(): void;
  /** A round of the cleaner of labels, now. */
  forget(): void;
  /** Forgets the oldest `count` final transactions of all databases; returns how many there were. */
  evict(count: number): number;
  /** The leader ends: PREPARE transactions are lost, and the next ids leave a gap. */
  loseUnjournaled(): void;
}

/** The leader takes ids in portions of so many from the journal. */
const idPortion = 1000;

function isFinal(state: TransactionState): boolean {
  return state === 'VISIBLE' || state === 'ABORTED';
}

/** @in now: epoch milliseconds; discard: called with the rows of an aborted transaction */
export function createLabels(
  config: FrontendConfig,
  now: () => number,
  discard: (staged: Staged) => void,
): LabelRegistry {
  const entries = new Map<number, Entry>();
  let nextId = idPortion + 1;
  const timeOutDue = createRounds(() => config.number('transaction_clean_interval_second') * 1000, now);
  const forgetDue = createRounds(() => config.number('label_clean_interval_second') * 1000, now);

  const get = (id: number): Entry => {
    const entry = entries.get(id);
    if (entry === undefined) throw new Error(`no transaction ${id}`);
    return entry;
  };
  const abort = (id: number, reason: string, atMs = now()): void => {
    const entry = get(id);
    entry.staged?.forEach(discard);
    delete entry.staged;
    Object.assign(entry, { state: 'ABORTED', reason, finishedAtMs: atMs });
  };
  const oldestFinal = (database?: string): Entry[] =>
    [...entries.values()]
      .filter((entry) => isFinal(entry.state) && (database === undefined || entry.database === database))
      .sort((a, b) => (a.finishedAtMs ?? 0) - (b.finishedAtMs ?? 0) || a.id - b.id);

  const timeOut = (atMs: number): void => {
    for (const { id, state, beganAtMs, timeoutMs, preparedAtMs = 0, preparedTimeoutMs } of entries.values()) {
      const limitMs = state === 'PREPARE' ? beganAtMs + timeoutMs : preparedAtMs + preparedTimeoutMs;
      if ((state === 'PREPARE' || state === 'PREPARED') && atMs > limitMs) abort(id, 'timeout by txn manager', atMs);
    }
  };
  const forget = (atMs: number): void => {
    const keepMs = config.number('label_keep_max_second') * 1000;
    for (const { id, finishedAtMs = 0 } of oldestFinal()) if (atMs - finishedAtMs > keepMs) entries.delete(id);
    for (const database of new Set([...entries.values()].map((entry) => entry.database))) {
      const held = [...entries.values()].filter((entry) => entry.database === database).length;
      const surplus = Math.max(0, held - config.number('label_keep_max_num'));
      for (const { id } of oldestFinal(database).slice(0, surplus)) entries.delete(id);
    }
  };

  return {
    find: (database, label) =>
      [...entries.values()].filter((entry) => entry.database === database && entry.label === label).at(-1),
    byId: (id) => entries.get(id),
    all: () => [...entries.values()],
    running: (database) =>
      [...entries.values()].filter(
        ({ database: of, state }) => of === database && (state === 'PREPARE' || state === 'PREPARED'),
      ).length,
    reserveId: () => nextId++,
    add(begin, id = nextId++) {
      const entry: Entry = { ...begin, id, state: 'PREPARE', reason: '', beganAtMs: now(), preparedTimeoutMs: 0 };
      entries.set(id, entry);
      return entry;
    },
    addTable(id, table) {
      const entry = get(id);
      entry.table = entry.table === '' ? table : `${entry.table},${table}`;
    },
    prepare(id, staged, preparedTimeoutMs) {
      Object.assign(get(id), { state: 'PREPARED', staged, preparedTimeoutMs, preparedAtMs: now() });
    },
    commit(id, staged) {
      Object.assign(get(id), { state: 'COMMITTED', staged, committedAtMs: now() });
    },
    visible(id) {
      const entry = get(id);
      delete entry.staged;
      Object.assign(entry, { state: 'VISIBLE', finishedAtMs: now() });
    },
    abort,
    clean() {
      const timeOutAtMs = timeOutDue();
      if (timeOutAtMs !== undefined) timeOut(timeOutAtMs);
      const forgetAtMs = forgetDue();
      if (forgetAtMs !== undefined) forget(forgetAtMs);
    },
    forget: () => forget(now()),
    evict(count) {
      const evicted = oldestFinal().slice(0, count);
      for (const entry of evicted) entries.delete(entry.id);
      return evicted.length;
    },
    loseUnjournaled() {
      for (const entry of [...entries.values()]) if (entry.state === 'PREPARE') entries.delete(entry.id);
      nextId = Math.ceil(nextId / idPortion) * idPortion + 1;
    },
  };
}
