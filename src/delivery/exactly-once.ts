/**
 * Loads a batch exactly once: StarRocks' transaction prepares it, the ledger decides about it.
 *
 *   claim items ────────────┐
 *                           ├─▶ all mine, prepared, counts agree ─▶ decide ─▶ commit ─▶ ack
 *   begin L, load ─▶ prepare┘          │            │
 *                                      │            └─ refused for its data ─▶ parts are prepared and rolled back until
 *                                      │               each row is good or bad; bad ones are kept aside, good ones go on
 *                                      └─ some are another batch's ─▶ roll back; the next attempt carries only mine
 *
 * What is decided carries every good row of exactly the items that are claimed, or nothing is decided. Everything that is not
 * certain ends in void and a later delivery.
 */
import { loadBackoff, waitMs } from '../kit/retry.ts';
import { commitBatch, type Ledger, voidBatch } from '../ledger/ledger.ts';
import type { Batch, Item, Join, Joined } from '../rows/batch.ts';
import { joinChunks } from '../rows/body.ts';
import type { Chunk } from '../rows/chunk.ts';
import type { Telemetry } from '../telemetry.ts';
import { type Attempt, type AttemptDeps, attemptTransaction, sizeOf } from './attempt-transaction.ts';
import { type BadRowDeps, type Found, searchBadRows, searchUntilMs } from './bad-rows.ts';
import { claimItems, fates, overtakes } from './claims.ts';
import { cutByBytes } from './cut-by-bytes.ts';
import type { Delivery, Run } from './delivery.ts';
import type { Refusal } from './error-log.ts';
import { halve } from './halve.ts';
import { acked, type Failed, joinOutcomes, notSettled, type Outcomes, reject, retry, sameFor } from './outcomes.ts';
import type { Trial } from './part-rows.ts';

export interface ExactlyOnceDeps<I extends Item> extends AttemptDeps {
  readonly ledger: (run: Run) => Ledger;
  /** A name that no batch had before. */
  readonly newBatchId: (table: string) => string;
  readonly join: Join<I>;
  readonly maxRetries: number;
  /** How bad rows are parted from good ones; without it their whole message is rejected. */
  readonly badRows: BadRowDeps<I> | undefined;
  readonly telemetry: Telemetry;
}

/** Loads each batch exactly once, by a prepared transaction that the ledger decides about. */
export const exactlyOnce = <I extends Item>(deps: ExactlyOnceDeps<I>): Delivery<I> => ({
  take: (batch, run) => new BatchOnce(batch, run, deps).take(),
});

/** One batch on its way: its identity, its claims and its labels are nobody else's. */
class BatchOnce<I extends Item> {
  readonly #batch: Batch<I>;
  readonly #run: Run;
  readonly #deps: ExactlyOnceDeps<I>;
  readonly #id: string;
  readonly #ledger: Ledger;
  /** The rows to send, where they are not all of the items' own. */
  readonly #rows: readonly Joined[] | undefined;
  /** It is a part of a batch that was refused, halved until what is bad is alone. */
  readonly #isHalf: boolean;
  #attempts = 0;

  constructor(
    batch: Batch<I>,
    run: Run,
    deps: ExactlyOnceDeps<I>,
    { rows, isHalf = false }: { readonly rows?: readonly Joined[]; readonly isHalf?: boolean } = {},
  ) {
    this.#batch = batch;
    this.#run = run;
    this.#deps = deps;
    this.#id = deps.newBatchId(batch.destination.table);
    this.#ledger = deps.ledger(run);
    this.#rows = rows;
    this.#isHalf = isHalf;
  }

  async take(): Promise<Outcomes<I>> {
    const { items } = this.#batch;
    const claiming = claimItems(this.#id, this.#batch, this.#ledger);
    const parts = this.#rows ?? this.#partsOf(items);
    const [claimed, first] = await Promise.all([claiming, this.#attempt(parts)]);
    if ('verdict' in claimed) {
      // A load that failed by itself was told of.
      if (first.state === 'prepared') this.#tell(first, claimed);
      await Promise.all([first.rollBack(), this.#giveUp()]);
      return sameFor(items, claimed);
    }
    const { mine, others } = claimed;
    const isWhole = mine.length === items.length;
    if (!isWhole) await this.#rollBack(first);
    if (mine.length === 0) return others;
    // Rows that were chosen from all of the items can not be sent for some of them.
    if ((this.#run.isOrdered && overtakes(claimed, items)) || (!isWhole && this.#rows !== undefined)) {
      await this.#giveUp();
      return joinOutcomes([others, sameFor(mine, fates.busy(this.#id))]);
    }
    return joinOutcomes([others, await this.#prepare(mine, isWhole ? { parts, first } : undefined)]);
  }

  /** Prepares the claimed items, as often as it is worth it, and takes the decision. @in  tried: an attempt that carries just them */
  async #prepare(
    mine: readonly I[],
    tried: { readonly parts: readonly Joined[]; readonly first: Attempt } | undefined,
  ): Promise<Outcomes<I>> {
    const parts = tried?.parts ?? this.#rows ?? this.#partsOf(mine);
    let current = tried?.first ?? (await this.#attempt(parts));
    for (let retries = 0; current.state === 'again' && retries < this.#deps.maxRetries; retries++) {
      await current.rollBack();
      const pauseMs = waitMs(loadBackoff, retries + 1, this.#deps.clock.random());
      if (this.#deps.clock.now() + pauseMs >= this.#run.deadlineMs) break;
      await this.#deps.clock.sleep(pauseMs);
      current = await this.#attempt(parts);
    }
    if (current.state === 'prepared') return this.#decide(mine, current);
    await current.rollBack();
    if (current.state === 'bad') return this.#loadGoodRows(mine, current.refusal);
    await this.#giveUp();
    const { code, detail } = current;
    const why = retry(code, detail);
    if (code === 'SEGMENT_UNREADABLE') return this.#halve(mine, why, why);
    return sameFor(mine, why);
  }

  async #loadGoodRows(mine: readonly I[], refusal: Refusal): Promise<Outcomes<I>> {
    const { badRows } = this.#deps;
    const refused = retry('ROWS_REFUSED', refusal.message);
    if (this.#rows !== undefined) {
      await this.#giveUp();
      return sameFor(mine, refused);
    }
    if (badRows === undefined) {
      await this.#giveUp();
      return this.#halve(mine, refused, reject('ROWS_REFUSED', refusal.message));
    }
    return this.#search(mine, refusal, badRows);
  }

  async #search(mine: readonly I[], refusal: Refusal, badRows: BadRowDeps<I>): Promise<Outcomes<I>> {
    const { destination } = this.#batch;
    const { clock, telemetry } = this.#deps;
    const join = (rows: readonly Chunk[]) => cutByBytes(rows, joinChunks(badRows.csv), this.#batch);
    let kept: Attempt | undefined;
    const tryRows = async (rows: readonly Chunk[], isRest: boolean) => {
      const tried = await this.#attempt(join(rows), true);
      // Nothing else is left to try: this transaction carries all that is good.
      if (tried.state === 'prepared' && isRest) kept = tried;
      else await this.#rollBack(tried);
      return trialOf(tried);
    };
    const found = await searchBadRows(mine, refusal, {
      ...{ badRows, destination, run: this.#run, clock, telemetry, tryRows },
      untilMs: this.#ledger.untilMs,
    });
    if ('verdict' in found) {
      await this.#giveUp();
      return this.#halve(mine, found, found);
    }
    const ends = await this.#loadFound(found, kept, join, refusal);
    found.tellRejected(ends);
    return ends;
  }

  /** @in  kept: a prepared transaction that carries all that is good */
  async #loadFound(
    found: Found<I>,
    kept: Attempt | undefined,
    join: (rows: readonly Chunk[]) => Joined[],
    refusal: Refusal,
  ): Promise<Outcomes<I>> {
    const { done, open } = found;
    if (open.size === 0 && kept !== undefined) return this.#decide(done, kept);
    const rows = await found.goodRows();
    if (open.size > 0 || 'verdict' in rows) {
      // Claims of this batch may not outlive their rows: it is void, and what is known goes on as a batch of its own.
      await Promise.all([kept && this.#rollBack(kept), this.#giveUp()]);
      const ends = 'verdict' in rows ? sameFor(done, rows) : await this.#loadKnown(done, join(rows));
      return joinOutcomes([open, ends]);
    }
    const good = join(rows);
    if (good.length === 0) {
      await this.#giveUp();
      return sameFor(done, acked);
    }
    const whole = await this.#attempt(good);
    if (whole.state === 'prepared') return this.#decide(done, whole);
    await Promise.all([whole.rollBack(), this.#giveUp()]);
    return sameFor(done, trialOf(whole).state === 'stopped' ? stopOf(whole) : retry('ROWS_REFUSED', refusal.message));
  }

  async #loadKnown(done: readonly I[], good: readonly Joined[]): Promise<Outcomes<I>> {
    if (good.length === 0) return sameFor(done, acked);
    const { destination } = this.#batch;
    return new BatchOnce({ destination, items: done }, this.#run, this.#deps, { rows: good }).take();
  }

  async #decide(items: readonly I[], prepared: Attempt): Promise<Outcomes<I>> {
    const { telemetry } = this.#deps;
    const { destination } = this.#batch;
    const { label, rows, bytes } = prepared;
    if (this.#deps.clock.now() >= this.#run.deadlineMs) {
      // It stood still. StarRocks may have ended the transaction by now, and forgotten it, and then nobody could tell.
      const why = retry('DEADLINE_NEAR', `Batch ${this.#id} was prepared too late.`);
      this.#tell(prepared, why);
      await Promise.all([prepared.rollBack(), this.#giveUp()]);
      return sameFor(items, why);
    }
    let fate: Awaited<ReturnType<typeof commitBatch>>;
    try {
      fate = await commitBatch(this.#id, label, destination, this.#ledger);
    } catch (error) {
      // The decision may have been written: whoever finds the claims, or the marker, reads it. Nothing is rolled back.
      const why = notSettled(error, `Batch ${this.#id}`);
      this.#tell(prepared, why);
      return sameFor(items, why);
    }
    if (fate === 'void') await prepared.rollBack();
    if (typeof fate !== 'object' || 'code' in fate) {
      // What is decided stays decided: the sweep, or whoever gets the messages next, asks StarRocks again.
      const why = typeof fate === 'object' ? retry(fate.code, fate.detail) : fates[fate](this.#id);
      this.#tell(prepared, why);
      return sameFor(items, why);
    }
    this.#run.loads.over(label);
    telemetry.event('info', 'loaded', { label, table: this.#table, rows, bytes });
    // Without the note the marker stays: once StarRocks forgets the label, nobody else could tell what it was.
    this.#run.beside(fate.noted.then((isNoted) => (isNoted ? prepared.forget() : undefined)));
    telemetry.count('Loads', 1);
    telemetry.count('RowsLoaded', rows);
    telemetry.count('BytesLoaded', bytes);
    return sameFor(items, acked);
  }

  async #attempt(parts: readonly Joined[], isStep = false): Promise<Attempt> {
    this.#attempts += 1;
    const name = { batch: this.#id, label: `${this.#id}-${this.#attempts}` };
    const ledger = isStep ? { ...this.#ledger, deadlineMs: searchUntilMs(this.#run) } : this.#ledger;
    this.#run.loads.begin({ label: name.label, table: this.#table, ...sizeOf(parts) });
    const attempt = await attemptTransaction(name, this.#batch.destination, parts, ledger, this.#deps);
    // That the step of a search is refused for its data is no failure, but what the search asks.
    const isAnswer = attempt.state === 'bad' ? isStep || this.#isHalf : this.#isHalf && this.#isUnreadable(attempt);
    if (isAnswer) this.#run.loads.over(name.label);
    else if (attempt.state !== 'prepared') this.#report(attempt);
    return attempt;
  }

  /** Which of the items can not be read is still to be found out. */
  #isUnreadable(attempt: Attempt): boolean {
    return 'code' in attempt && attempt.code === 'SEGMENT_UNREADABLE' && this.#batch.items.length > 1;
  }

  /** What is prepared, and not to be committed. */
  async #rollBack(attempt: Attempt): Promise<void> {
    this.#run.loads.over(attempt.label);
    await attempt.rollBack();
  }

  #report(attempt: Exclude<Attempt, { state: 'prepared' }>): void {
    const isBad = attempt.state === 'bad';
    if (isBad && attempt.miscounted) this.#deps.telemetry.count('RowsMiscounted', attempt.rows);
    this.#tell(attempt, isBad ? retry('ROWS_REFUSED', attempt.refusal.message) : retry(attempt.code, attempt.detail));
  }

  #tell({ label, rows, bytes }: Attempt, why: Failed): void {
    this.#run.loads.failed({ label, table: this.#table, rows, bytes }, why, this.#deps.telemetry);
  }

  #halve(items: readonly I[], why: Failed, alone: Failed): Promise<Outcomes<I>> {
    const { destination } = this.#batch;
    const takeHalf = (half: Batch<I>) => new BatchOnce(half, this.#run, this.#deps, { isHalf: true }).take();
    return halve({ destination, items }, why, this.#run, takeHalf, alone);
  }

  get #table(): string {
    const { database, table } = this.#batch.destination;
    return `${database}.${table}`;
  }

  #partsOf = (items: readonly I[]): Joined[] => cutByBytes(items, this.#deps.join, this.#batch);

  /** When S3 does not take it, the claims are simply too old one day. */
  #giveUp = (): Promise<void> => voidBatch(this.#id, this.#ledger).catch(() => undefined);
}

const stopOf = (attempt: Attempt): Failed =>
  'code' in attempt
    ? retry(attempt.code, attempt.detail)
    : retry('STARROCKS_TRANSIENT', 'The transaction did not end.');

function trialOf(attempt: Attempt): Trial {
  if (attempt.state === 'prepared') return { state: 'good' };
  return attempt.state === 'bad'
    ? { state: 'bad', refusal: attempt.refusal }
    : { state: 'stopped', outcome: stopOf(attempt) };
}
