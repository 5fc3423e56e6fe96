/** The publishing of what is committed: rows become visible table by table in the order of the commits, all of one transaction at once. */
import type { Storage } from '../model.ts';
import type { LabelRegistry, Transaction } from './labels.ts';

/** How long publishing takes, and how long the one who commits waits for it. */
export interface PublishTimes {
  readonly takesMs: number;
  readonly waitsMs: number;
}

export interface Publishing {
  /**
   * Publishes a committed transaction, unless it takes longer than is waited for, or an earlier one of a table is still to
   * be published, or the backend that has the rows is down. What is waited for is passed over: the clock stands.
   *
   * @out late: it becomes visible in a later round
   */
  publish(transaction: Transaction, times: PublishTimes): Promise<'visible' | 'late'>;
  /** Publishes what has become due; all: also what no clock makes due. */
  round(which?: 'due' | 'all'): Promise<void>;
}

/** @in isReachable: whether the backends that hold the rows answer */
export function createPublishing(deps: {
  readonly storage: Storage;
  readonly labels: LabelRegistry;
  readonly now: () => number;
  readonly isReachable: (transaction: Transaction) => boolean;
}): Publishing {
  /** In commit order. */
  const pending: { readonly transaction: Transaction; readonly dueAtMs: number }[] = [];
  const tablesOf = ({ staged = [] }: Transaction) => staged.map(({ table }) => `${table.database}.${table.name}`);
  const isBlocked = (transaction: Transaction, earlier: readonly { readonly transaction: Transaction }[]): boolean =>
    earlier.some(({ transaction: other }) => tablesOf(other).some((table) => tablesOf(transaction).includes(table)));
  const show = async (transaction: Transaction): Promise<void> => {
    await deps.storage.publish(...(transaction.staged ?? []));
    deps.labels.visible(transaction.id);
  };
  return {
    async publish(transaction, { takesMs, waitsMs }) {
      if (takesMs <= waitsMs && deps.isReachable(transaction) && !isBlocked(transaction, pending)) {
        await show(transaction);
        return 'visible';
      }
      pending.push({ transaction, dueAtMs: deps.now() + takesMs });
      return 'late';
    },
    async round(which = 'due') {
      for (const one of [...pending]) {
        const due = which === 'all' || one.dueAtMs <= deps.now();
        const at = pending.indexOf(one);
        if (at < 0 || !due || !deps.isReachable(one.transaction)) continue;
        if (isBlocked(one.transaction, pending.slice(0, at))) continue;
        pending.splice(at, 1);
        await show(one.transaction);
      }
    },
  };
}
