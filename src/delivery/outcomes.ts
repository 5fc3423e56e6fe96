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

export type Outcomes<I extends Item> = ReadonlyMap<I, Outcome>;

export const acked: Outcome = { verdict: 'ack' };

export const retry = (code: FailureCode, detail: string): Failed => ({ verdict: 'retry', code, detail });

export const reject = (code: FailureCode, detail: string): Failed => ({ verdict: 'reject', code, detail });

/** What names itself (access denied, no such bucket) keeps its name; the rest is what S3 did not settle in time. */
export function notSettled(error: unknown, what: string): Failed {
  if (error instanceof SinkError) return retry(error.code, error.detail);
  return retry('LEDGER_UNAVAILABLE', `${what} (${error instanceof Error ? error.message : error}).`);
}

export const sameFor = <I extends Item>(items: readonly I[], outcome: Outcome): Outcomes<I> =>
  new Map(items.map((item) => [item, outcome]));

export const areAllAcked = (outcomes: Outcomes<Item>): boolean =>
  outcomes.values().every(({ verdict }) => verdict === 'ack');
