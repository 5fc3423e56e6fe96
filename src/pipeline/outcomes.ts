import type { FailureCode } from '../kit/errors.ts';
import type { RefusalKind } from '../ports.ts';
import type { Batch, Item, Join } from '../rows/plan.ts';
import type { Outcome } from '../rows/settle.ts';
import type { Telemetry } from './telemetry.ts';

export type Outcomes<I extends Item> = ReadonlyMap<I, Outcome>;

/** What any kind of load needs. */
export interface LoadDeps<I extends Item> {
  readonly telemetry: Telemetry;
  readonly labelPrefix: string | undefined;
  readonly join: Join<I>;
  /** Epoch milliseconds at which the answer must be there. */
  readonly deadlineMs: number;
  /** Nothing may be loaded behind a failure. */
  readonly isOrdered: boolean;
  /** Loads that may still be spent on finding bad messages; counted down. */
  readonly searches: { left: number };
}

export const refusalCodes = {
  data: 'ROWS_REFUSED',
  configuration: 'STARROCKS_CONFIGURATION',
  access: 'STARROCKS_ACCESS_DENIED',
  throttled: 'STARROCKS_THROTTLED',
  transient: 'STARROCKS_TRANSIENT',
} as const satisfies Record<RefusalKind, FailureCode>;

export const sameFor = <I extends Item>(items: readonly I[], outcome: Outcome): Outcomes<I> =>
  new Map(items.map((item) => [item, outcome]));

/**
 * Halves a batch that StarRocks refuses for its data, until the bad items are alone; the others load. The number of extra
 * loads is bounded: what is not searched now is delivered again.
 *
 * @in  message: why StarRocks refused it; load: loads one half
 */
export async function searchHalves<I extends Item>(
  { destination, items }: Batch<I>,
  message: string,
  deps: LoadDeps<I>,
  load: (half: Batch<I>) => Promise<Outcomes<I>>,
): Promise<Outcomes<I>> {
  if (items.length === 1) return sameFor(items, { verdict: 'reject', code: 'ROWS_REFUSED', detail: message });
  if (deps.searches.left < 2) return sameFor(items, { verdict: 'retry', code: 'ROWS_REFUSED', detail: message });
  deps.searches.left -= 2;
  const middle = Math.ceil(items.length / 2);
  const first = await load({ destination, items: items.slice(0, middle) });
  if (deps.isOrdered && [...first.values()].some(({ verdict }) => verdict !== 'ack')) return first;
  const second = await load({ destination, items: items.slice(middle) });
  return new Map([...first, ...second]);
}
