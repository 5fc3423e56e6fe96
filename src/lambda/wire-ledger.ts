import { KnownBooks } from '../ledger/known-books.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { SinkOptions } from '../options/table.ts';
import type { Transactions } from '../ports.ts';
import { createTransactions } from '../starrocks/transaction.ts';
import { wireSend } from './wire-starrocks.ts';
import type { Parts } from './wiring.ts';

/** Clocks of two functions may differ by so much, and nobody takes over what another is still at work on. */
const clockSkewMs = 5000;

/** Until when a run may be at work that has to end by a moment, epoch milliseconds: what its claims say. */
export const claimedUntilMs = (deadlineMs: number, options: Pick<SinkOptions, 'sink.deadline-reserve-ms'>): number =>
  deadlineMs + options['sink.deadline-reserve-ms'] + clockSkewMs;

/** What exactly-once stands on: the transactions of StarRocks, and the ledger in S3 as an invocation uses it. */
export interface LedgerParts {
  readonly transactions: Transactions;
  /** Loads what the first transaction will need. */
  readonly prepare: () => void;
  readonly ledger: (run: { readonly deadlineMs: number }) => Ledger;
}

/** Made the same for whoever loads and for the sweep. */
export function wireLedger(parts: Parts): LedgerParts {
  const { options, clock, reach, prepareObjects } = parts;
  const publishTimeoutMs = options['sink.publish-timeout.ms'];
  const send = wireSend(parts);
  const transactions = createTransactions({
    ...{ send, clock, sanitizeErrorLog: options['sink.sanitize-error-log'] },
    ...(publishTimeoutMs > 0 ? { publishTimeoutMs } : {}),
  });
  const books = new KnownBooks();
  return {
    transactions,
    prepare: () => {
      send.prepare();
      prepareObjects();
    },
    ledger({ deadlineMs }) {
      const { objects, sendPointer = nowhere } = reach(deadlineMs);
      if (objects === undefined) throw new TypeError('Options that passed their checks have a bucket.');
      return {
        ...{ objects, clock, deadlineMs, sendPointer, books },
        untilMs: claimedUntilMs(deadlineMs, options),
        commit: (database, label) => transactions.commit({ database, label, deadlineMs }),
      };
    },
  };
}

const nowhere = () => Promise.reject(new Error('sink.load-queue-url is not set.'));
