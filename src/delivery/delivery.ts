import type { SQSRecord } from 'aws-lambda';
import type { Batch, Item } from '../rows/batch.ts';
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

/** What belongs to one invocation. */
export interface Run {
  /** Epoch milliseconds at which the answer must be there. */
  readonly deadlineMs: number;
  /** Messages come from a FIFO queue: nothing may be loaded behind a failure. */
  readonly isOrdered: boolean;
  /** Loads that may still be spent on finding bad messages; counted down. */
  readonly searches: { left: number };
}

/** Extra loads that one invocation spends on finding bad messages. */
const maxSearches = 64;

/** Only FIFO queues number their messages; fair queues have groups, and no order. */
export const newRun = (records: readonly SQSRecord[], deadlineMs: number): Run => ({
  deadlineMs,
  isOrdered: records[0]?.attributes.SequenceNumber !== undefined,
  searches: { left: maxSearches },
});
