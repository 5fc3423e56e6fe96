import { type FailureCode, SinkError } from '../kit/errors.ts';
import type { Item } from '../rows/batch.ts';

/** What becomes of one message, or of one item of a batch. A rejected message is delivered again too, until the queue moves it to its dead letters. */
export type Outcome = Acked | Failed;

interface Acked {
  readonly verdict: 'ack';
}

export interface Failed {
  readonly verdict: 'retry' | 'reject';
  readonly code: FailureCode;
  readonly detail: string;
}

/** What becomes of some items, each of them once. */
export interface Outcomes<I extends Item> extends Iterable<[I, Outcome]> {
  readonly size: number;
  has(item: I): boolean;
  get(item: I): Outcome | undefined;
  values(): IteratorObject<Outcome>;
}

/** The same becomes of all items, as of nearly every batch: it is said once, and written down for none of them. */
class SameOutcome<I extends Item> implements Outcomes<I> {
  readonly items: readonly I[];
  readonly outcome: Outcome;
  #known: ReadonlySet<I> | undefined;

  constructor(items: readonly I[], outcome: Outcome) {
    this.items = items;
    this.outcome = outcome;
  }

  get size(): number {
    return this.items.length;
  }

  has(item: I): boolean {
    this.#known ??= new Set(this.items);
    return this.#known.has(item);
  }

  get(item: I): Outcome | undefined {
    return this.has(item) ? this.outcome : undefined;
  }

  values(): IteratorObject<Outcome> {
    return this.items.values().map(() => this.outcome);
  }

  *[Symbol.iterator](): Generator<[I, Outcome]> {
    for (const item of this.items) yield [item, this.outcome];
  }
}

export const acked: Outcome = { verdict: 'ack' };

export const retry = (code: FailureCode, detail: string): Failed => ({ verdict: 'retry', code, detail });

export const reject = (code: FailureCode, detail: string): Failed => ({ verdict: 'reject', code, detail });

/** What names itself (access denied, no such bucket) keeps its name; the rest is what S3 did not settle in time. */
export function notSettled(error: unknown, what: string): Failed {
  if (error instanceof SinkError) return retry(error.code, error.detail);
  return retry('LEDGER_UNAVAILABLE', `${what} (${error instanceof Error ? error.message : error}).`);
}

/** @in  items: each of them once */
export const sameFor = <I extends Item>(items: readonly I[], outcome: Outcome): Outcomes<I> =>
  new SameOutcome(items, outcome);

/** What becomes of the items of several parts; no item is in two of them. */
export function joinOutcomes<I extends Item>(parts: readonly Outcomes<I>[]): Outcomes<I> {
  const [first = new Map<I, Outcome>(), ...others] = parts.filter(({ size }) => size > 0);
  if (others.length === 0) return first;
  const all = [first, ...others];
  const isSame = (part: Outcomes<I>): part is SameOutcome<I> =>
    part instanceof SameOutcome && first instanceof SameOutcome && part.outcome === first.outcome;
  if (first instanceof SameOutcome && all.every(isSame))
    return sameFor(
      all.flatMap(({ items }) => items),
      first.outcome,
    );
  return new Map(all.flatMap((part) => [...part]));
}

export const areAllAcked = (outcomes: Outcomes<Item>): boolean =>
  outcomes instanceof SameOutcome
    ? outcomes.outcome.verdict === 'ack' || outcomes.size === 0
    : outcomes.values().every(({ verdict }) => verdict === 'ack');
