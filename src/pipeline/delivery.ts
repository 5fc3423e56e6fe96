import type { Clock } from '../kit/clock.ts';
import type { LedgerDeps } from '../ledger/ledger.ts';
import type { StarRocks, Transactions } from '../ports.ts';
import type { Batch, Item } from '../rows/plan.ts';
import { loadBatch } from './load-batch.ts';
import { loadBatchOnce } from './load-batch-once.ts';
import type { LoadDeps, Outcomes } from './outcomes.ts';
import type { Telemetry } from './telemetry.ts';

interface LoadSettings {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly labelPrefix: string | undefined;
}

export interface AtLeastOnce extends LoadSettings {
  readonly semantic: 'at-least-once';
  readonly starrocks: StarRocks;
}

export interface ExactlyOnce extends LoadSettings {
  readonly semantic: 'exactly-once';
  readonly transactions: Transactions;
  readonly ledger: Pick<LedgerDeps, 'objects' | 'sendPointer' | 'longestRunMs' | 'preparedForMs'>;
  readonly newBatchId: (table: string) => string;
  readonly maxRetries: number;
  readonly preparedTimeoutS: number;
}

/** How rows get into StarRocks, and what is promised when messages come again. */
export type Delivery = AtLeastOnce | ExactlyOnce;

/** What belongs to one invocation. */
export interface Run {
  readonly deadlineMs: number;
  /** Messages come from a FIFO queue: nothing may be loaded behind a failure. */
  readonly isOrdered: boolean;
  readonly searches: { left: number };
}

/** Extra loads that one invocation spends on finding bad messages. */
const maxSearches = 64;

export const newRun = (deadlineMs: number, isOrdered: boolean): Run => ({
  deadlineMs,
  isOrdered,
  searches: { left: maxSearches },
});

/** What loading needs to know of the items that it loads. */
export type ItemKind<I extends Item> = Pick<LoadDeps<I>, 'join' | 'badRows'>;

/** Loads one batch by the semantic that is set. */
export function deliver<I extends Item>(
  batch: Batch<I>,
  kind: ItemKind<I>,
  run: Run,
  delivery: Delivery,
): Promise<Outcomes<I>> {
  return delivery.semantic === 'exactly-once'
    ? loadBatchOnce(batch, { ...delivery, ...run, ...kind })
    : loadBatch(batch, { ...delivery, ...run, ...kind });
}
