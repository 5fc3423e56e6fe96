import type { Clock } from '../kit/clock.ts';
import type { FailureCode } from '../kit/errors.ts';
import type { ObjectStore } from '../object-store.ts';
import type { RefusalKind } from '../ports.ts';
import type { Chunk } from '../rows/chunk.ts';
import type { CsvLayout } from '../rows/csv-rows.ts';
import type { Batch, Item, Join } from '../rows/plan.ts';
import type { Outcome } from '../rows/settle.ts';
import type { Telemetry } from './telemetry.ts';

export type Outcomes<I extends Item> = ReadonlyMap<I, Outcome>;

/** Where bad rows go. */
export interface BadRowDeps<I extends Item> {
  readonly objects: ObjectStore;
  readonly csv: CsvLayout;
  /** The rows of an item, in memory. */
  readonly read: (item: I) => Promise<Chunk>;
}

/** What any kind of load needs. */
export interface LoadDeps<I extends Item> {
  readonly telemetry: Telemetry;
  readonly labelPrefix: string | undefined;
  readonly join: Join<I>;
  /** How bad rows are parted from good ones; without it their whole message is rejected. */
  readonly badRows: BadRowDeps<I> | undefined;
  /** Epoch milliseconds at which the answer must be there. */
  readonly deadlineMs: number;
  readonly clock: Clock;
  /** Nothing may be loaded behind a failure. */
  readonly isOrdered: boolean;
  /** Loads that may still be spent on finding bad messages; counted down. */
  readonly searches: { left: number };
}

export const refusalCodes = {
  data: 'ROWS_REFUSED',
  configuration: 'STARROCKS_CONFIGURATION',
  access: 'STARROCKS_ACCESS_DENIED',
  privilege: 'STARROCKS_PRIVILEGE_MISSING',
  throttled: 'STARROCKS_THROTTLED',
  transient: 'STARROCKS_TRANSIENT',
} as const satisfies Record<RefusalKind, FailureCode>;

export const sameFor = <I extends Item>(items: readonly I[], outcome: Outcome): Outcomes<I> =>
  new Map(items.map((item) => [item, outcome]));

export const refused = (verdict: 'retry' | 'reject', detail: string): Failed => ({
  verdict,
  code: 'ROWS_REFUSED',
  detail,
});

/**
 * Halves a batch that cannot be loaded as a whole, until what is wrong is alone; the others load. The number of extra loads
 * is bounded: what is not searched now is delivered again.
 *
 * @in  why: what the batch suffers from; load: loads one half; loadAlone: sees to an item that is wrong by itself
 */
export async function searchHalves<I extends Item>(
  { destination, items }: Batch<I>,
  why: Failed,
  deps: LoadDeps<I>,
  load: (half: Batch<I>) => Promise<Outcomes<I>>,
  loadAlone: (item: I) => Promise<Outcome>,
): Promise<Outcomes<I>> {
  const [alone, ...others] = items;
  if (alone && others.length === 0) return sameFor(items, await loadAlone(alone));
  if (deps.searches.left < 2) return sameFor(items, { ...why, verdict: 'retry' });
  deps.searches.left -= 2;
  const middle = Math.ceil(items.length / 2);
  const first = await load({ destination, items: items.slice(0, middle) });
  if (deps.isOrdered && [...first.values()].some(({ verdict }) => verdict !== 'ack')) return first;
  const second = await load({ destination, items: items.slice(middle) });
  return new Map([...first, ...second]);
}

type Failed = Exclude<Outcome, { readonly verdict: 'ack' }>;

/** Rows of one item that S3 does not give must not hold back the others. */
export const unreadable = (detail: string): Failed => ({ verdict: 'retry', code: 'SEGMENT_UNREADABLE', detail });
