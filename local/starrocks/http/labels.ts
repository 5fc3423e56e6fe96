/**
 * The frontend leader's table of transactions, per database.
 *
 *   begin ─▶ PREPARE ─▶ PREPARED ─▶ COMMITTED ─▶ VISIBLE
 *               └────────────┴─▶ ABORTED            (VISIBLE and ABORTED are final)
 *
 * PREPARE is in the leader's memory only; later states are journaled and survive a change of leader. Final transactions are
 * forgotten by age, and, oldest first, as soon as the database holds more than `keepMaxNum`, whatever their age.
 * Source: DatabaseTransactionMgr.java.
 */
import type { Staged } from '../model.ts';

export type TransactionState = 'PREPARE' | 'PREPARED' | 'COMMITTED' | 'VISIBLE' | 'ABORTED';

export interface Transaction {
  readonly id: number;
  readonly database: string;
  readonly table: string;
  readonly label: string;
  /** The backend that holds its bytes while it is PREPARE. */
  readonly backend: number;
  readonly beganAtMs: number;
  readonly timeoutMs: number;
  readonly state: TransactionState;
  /** Why it was aborted. */
  readonly reason: string;
  readonly preparedTimeoutMs: number;
  readonly staged?: Staged;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Entry = Mutable<Transaction> & { preparedAtMs: number; finishedAtMs: number };

export interface LabelLimits {
  /** label_keep_max_num: transactions a database remembers, running and final together. */
  readonly labelKeepMaxNum: number;
  /** label_keep_max_second, in milliseconds. */
  readonly labelKeepMaxMs: number;
  /** transaction_clean_interval_second, in milliseconds. */
  readonly cleanIntervalMs: number;
}

export interface LabelRegistry {
  /** The newest transaction with the label. */
  find(database: string, label: string): Transaction | undefined;
  byId(id: number): Transaction | undefined;
  all(): readonly Transaction[];
  /** PREPARE, PREPARED and COMMITTED transactions of a database. */
  running(database: string): number;
  add(begin: Pick<Transaction, 'database' | 'table' | 'label' | 'backend' | 'timeoutMs'>): Transaction;
  prepare(id: number, staged: Staged, preparedTimeoutMs: number): void;
  commit(id: number, staged: Staged): void;
  visible(id: number): void;
  abort(id: number, reason: string): void;
  /** Times out and forgets transactions, when the clean interval has passed since the last time. */
  clean(): void;
  /** Forgets the oldest `count` final transactions of all databases; returns how many there were. */
  evict(count: number): number;
  /** The leader is gone: PREPARE transactions are lost. */
  loseUnjournaled(): void;
}

function isFinal(state: TransactionState): boolean {
  return state === 'VISIBLE' || state === 'ABORTED';
}

/** @in now: epoch milliseconds; discard: called with the rows of an aborted transaction */
export function createLabels(limits: LabelLimits, now: () => number, discard: (staged: Staged) => void): LabelRegistry {
  const entries = new Map<number, Entry>();
  let nextId = 1001;
  let cleanedAtMs = now();

  const get = (id: number): Entry => {
    const entry = entries.get(id);
    if (entry === undefined) throw new Error(`no transaction ${id}`);
    return entry;
  };
  const abort = (id: number, reason: string): void => {
    const entry = get(id);
    if (entry.staged !== undefined) discard(entry.staged);
    delete entry.staged;
    Object.assign(entry, { state: 'ABORTED', reason, finishedAtMs: now() });
  };
  const oldestFinal = (database?: string): Entry[] =>
    [...entries.values()]
      .filter((entry) => isFinal(entry.state) && (database === undefined || entry.database === database))
      .sort((a, b) => a.finishedAtMs - b.finishedAtMs || a.id - b.id);

  const timeOut = (): void => {
    for (const entry of entries.values()) {
      const sinceMs = entry.state === 'PREPARE' ? entry.beganAtMs : entry.preparedAtMs;
      const limitMs = entry.state === 'PREPARE' ? entry.timeoutMs : entry.preparedTimeoutMs;
      const waits = entry.state === 'PREPARE' || entry.state === 'PREPARED';
      if (waits && now() - sinceMs > limitMs) abort(entry.id, 'timeout by txn manager');
    }
  };
  const forget = (): void => {
    for (const entry of oldestFinal()) {
      if (now() - entry.finishedAtMs > limits.labelKeepMaxMs) entries.delete(entry.id);
    }
    for (const database of new Set([...entries.values()].map((entry) => entry.database))) {
      const held = [...entries.values()].filter((entry) => entry.database === database).length;
      const surplus = Math.max(0, held - limits.labelKeepMaxNum);
      for (const entry of oldestFinal(database).slice(0, surplus)) entries.delete(entry.id);
    }
  };

  return {
    find: (database, label) =>
      [...entries.values()].filter((entry) => entry.database === database && entry.label === label).at(-1),
    byId: (id) => entries.get(id),
    all: () => [...entries.values()],
    running: (database) =>
      [...entries.values()].filter((entry) => entry.database === database && !isFinal(entry.state)).length,
    add(begin) {
      const entry: Entry = {
        ...begin,
        id: nextId++,
        state: 'PREPARE',
        reason: '',
        beganAtMs: now(),
        preparedTimeoutMs: 0,
        preparedAtMs: 0,
        finishedAtMs: 0,
      };
      entries.set(entry.id, entry);
      return entry;
    },
    prepare(id, staged, preparedTimeoutMs) {
      Object.assign(get(id), { state: 'PREPARED', staged, preparedTimeoutMs, preparedAtMs: now() });
    },
    commit(id, staged) {
      Object.assign(get(id), { state: 'COMMITTED', staged });
    },
    visible(id) {
      const entry = get(id);
      delete entry.staged;
      Object.assign(entry, { state: 'VISIBLE', finishedAtMs: now() });
    },
    abort,
    clean() {
      if (now() - cleanedAtMs < limits.cleanIntervalMs) return;
      cleanedAtMs = now();
      timeOut();
      forget();
    },
    evict(count) {
      const evicted = oldestFinal().slice(0, count);
      for (const entry of evicted) entries.delete(entry.id);
      return evicted.length;
    },
    loseUnjournaled() {
      for (const entry of [...entries.values()]) if (entry.state === 'PREPARE') entries.delete(entry.id);
    },
  };
}
