import type { SQSRecord } from 'aws-lambda';
import type { TableId } from '../ports.ts';
import type { Batch, Item } from '../rows/batch.ts';
import { tableKey } from '../rows/destination.ts';
import { LoadLog } from './load-log.ts';
import type { Outcomes } from './outcomes.ts';

/** How rows get into StarRocks, and what is promised when messages come again: nobody above asks which semantic is set. */
export interface Delivery<I extends Item> {
  /**
   * Sees a batch to its end.
   *
   * @out     what becomes of each item
   * @throws  never a SinkError
   */
  take(batch: Batch<I>, run: Run): Promise<Outcomes<I>>;
}

/** What belongs to one invocation; `loads`, to one batch of it. */
export interface Run {
  /** Epoch milliseconds at which the answer must be there. */
  readonly deadlineMs: number;
  /** Messages come from a FIFO queue: nothing may be loaded behind a failure. */
  readonly isOrdered: boolean;
  /** Some message was delivered before: what was found out then may lie in the bucket. */
  readonly isAgain: () => boolean;
  /** Takes one load for the search of bad rows out of the table's budget. @out false: it is spent */
  readonly mayTry: (table: TableId) => boolean;
  readonly loads: LoadLog;
  /** Takes work that no batch waits for, and that is to be over before the answer. @in  work: never rejects */
  readonly beside: (work: Promise<void>) => void;
  /** When all such work is over. */
  readonly besides: () => Promise<void>;
}

/** Loads that one invocation spends on finding the bad rows of a table. */
const mostTries = 200;

/** Only FIFO queues number their messages; fair queues have groups, and no order. */
export function newRun(records: readonly SQSRecord[], deadlineMs: number, tries = mostTries): Run {
  const spent = new Map<string, number>();
  const works: Promise<void>[] = [];
  return {
    ...{ deadlineMs, loads: new LoadLog() },
    isOrdered: records[0]?.attributes.SequenceNumber !== undefined,
    isAgain: () => records.some(({ attributes }) => Number(attributes.ApproximateReceiveCount) > 1),
    mayTry(table) {
      const key = tableKey(table);
      const before = spent.get(key) ?? 0;
      spent.set(key, before + 1);
      return before < tries;
    },
    beside: (work) => void works.push(work),
    besides: async () => void (await Promise.all(works)),
  };
}
