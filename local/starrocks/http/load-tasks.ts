/**
 * What a frontend remembers of loads, apart from their transactions: by label alone, whatever the database, so that a repeat takes
 * the place of the load that it repeats, even when it is refused. Source: StreamLoadMgr.java, StreamLoadTask.java.
 */
import { randomUUID } from 'node:crypto';
import type { Transaction } from './labels.ts';
import type { Progress } from './load-context.ts';

export interface LoadTask {
  readonly id: number;
  readonly loadId: string;
  readonly database: string;
  readonly table: string;
  readonly label: string;
  readonly user: string;
  readonly clientAddress: string;
  readonly timeoutSeconds: number;
  /** One of the tables of a transaction over several, which have the label together. */
  readonly part?: true;
  readonly createdAtMs: number;
  /** Of merge commit: the parameters of the load. */
  readonly merged?: Readonly<Record<string, string>> | undefined;
  /** Its state goes on being known here when the label is forgotten. */
  readonly transaction?: Transaction;
  /** Why it was refused before it had a transaction. */
  readonly refusal?: string;
  readonly progress?: Progress;
}

type Begun = Omit<LoadTask, 'id' | 'loadId' | 'createdAtMs' | 'transaction' | 'refusal' | 'progress'>;
type Entry = { -readonly [K in keyof LoadTask]: LoadTask[K] };

export interface LoadTasks {
  /** Takes the place of the task with the same label, or of the part with the same label and table. */
  begin(begun: Begun): LoadTask;
  started(task: LoadTask, transaction: Transaction): void;
  refused(task: LoadTask, reason: string): void;
  /** Of the task with this transaction and table. */
  progressed(progress: Progress, table: string): void;
  ofTransaction(id: number): LoadTask | undefined;
  all(): readonly LoadTask[];
}

const firstId = 10_001;

/** @in keep: stream_load_task_keep_max_num; now: epoch milliseconds */
export function createLoadTasks(keep: () => number, now: () => number): LoadTasks {
  const tasks = new Map<string, Entry>();
  let begun = 0;
  const find = (matches: (task: Entry) => boolean) => [...tasks.values()].find(matches);
  const ofTransaction = (id: number) => find(({ transaction }) => transaction?.id === id);
  return {
    begin(begin) {
      // More than are kept: all that are over go at once.
      if (tasks.size >= keep()) for (const [key, task] of tasks) if (isOver(task)) tasks.delete(key);
      const task: Entry = { ...begin, id: firstId + begun, loadId: randomUUID(), createdAtMs: now() };
      begun += 1;
      const key = task.part === true ? `${task.label} ${task.table}` : task.label;
      tasks.delete(key);
      tasks.set(key, task);
      return task;
    },
    started({ id }, transaction) {
      const task = find((each) => each.id === id);
      if (task !== undefined) task.transaction = transaction;
    },
    refused({ id }, reason) {
      const task = find((each) => each.id === id);
      if (task !== undefined) task.refusal = reason;
    },
    progressed(progress, table) {
      const task = find((each) => each.transaction?.id === progress.txnId && each.table === table);
      if (task !== undefined) task.progress = progress;
    },
    ofTransaction,
    all: () => [...tasks.values()],
  };
}

function isOver({ transaction, refusal }: LoadTask): boolean {
  return refusal !== undefined || transaction?.state === 'VISIBLE' || transaction?.state === 'ABORTED';
}
