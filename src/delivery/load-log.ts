/**
 * What the log says of the loads of one batch: each that did not succeed has one line, "not loaded", with its code. A batch that
 * came to its end without a load has one, too, when not all of it is loaded.
 *
 *   begin ─▶ over        it worked, or was only a step of a search
 *     ├────▶ failed      told at once
 *     └────▶ close       still under way when the invocation had to answer: told then, and never again
 */
import { type Batch, bytesIn, type Item, itemsOf, rowsIn } from '../rows/batch.ts';
import { isHeldBack } from '../starrocks/refusal-codes.ts';
import type { Telemetry } from '../telemetry.ts';
import { areAllAcked, type Failed, type Outcomes } from './outcomes.ts';

export interface LoadFacts {
  readonly label: string;
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
}

export class LoadLog {
  readonly #underWay = new Map<string, LoadFacts>();
  #isTold = false;
  #isClosed = false;

  begin(facts: LoadFacts): void {
    this.#underWay.set(facts.label, facts);
  }

  over(label: string): void {
    this.#underWay.delete(label);
  }

  failed(facts: LoadFacts, why: Failed, telemetry: Telemetry): void {
    this.over(facts.label);
    if (this.#isClosed) return;
    this.#tell(facts, why, telemetry);
    telemetry.count(isHeldBack(why.code) ? 'LoadsThrottled' : 'LoadsFailed', 1);
  }

  /** Something else has told why the batch is not loaded. */
  told(): void {
    this.#isTold = true;
  }

  /** The batch is at its end. @in  outcomes: what became of its items */
  end<I extends Item>(batch: Batch<I>, outcomes: Outcomes<I>, telemetry: Telemetry): void {
    if (areAllAcked(outcomes)) return;
    const open = [...outcomes].flatMap(([item, outcome]) => (outcome.verdict === 'retry' ? [{ item, outcome }] : []));
    const [first] = open;
    if (first === undefined || this.#isTold || this.#isClosed) return;
    const items = open.map(({ item }) => item);
    this.#tell(factsOf(batch, items), first.outcome, telemetry);
  }

  /** The invocation has to answer: what ends later is told to nobody. */
  close<I extends Item>(batch: Batch<I>, why: Failed, telemetry: Telemetry): void {
    const loads = [...this.#underWay.values()];
    for (const load of loads) this.failed(load, why, telemetry);
    if (!this.#isTold) this.#tell(factsOf(batch, itemsOf(batch)), why, telemetry);
    this.#isClosed = true;
  }

  #tell(facts: Partial<LoadFacts>, { code, detail }: Failed, telemetry: Telemetry): void {
    this.#isTold = true;
    telemetry.event('warn', 'not loaded', { ...facts, code, reason: detail });
  }
}

const factsOf = <I extends Item>({ destination }: Batch<I>, items: readonly I[]) => ({
  table: `${destination.database}.${destination.table}`,
  ...{ rows: rowsIn(items), bytes: bytesIn(items) },
});
