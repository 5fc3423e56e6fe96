import type { Clock } from '../kit/clock.ts';
import { SinkError } from '../kit/errors.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Destination, LoadResult, StarRocks } from '../ports.ts';
import type { Batch, Item, Join, Joined } from '../rows/batch.ts';
import { joinChunks } from '../rows/body.ts';
import type { Chunk } from '../rows/chunk.ts';
import { labelOf } from '../rows/label.ts';
import { codeOfRefusal } from '../starrocks/refusal-codes.ts';
import type { Telemetry } from '../telemetry.ts';
import { type BadRowDeps, searchBadRows, searchUntilMs } from './bad-rows.ts';
import type { Delivery, Run } from './delivery.ts';
import type { Refusal } from './error-log.ts';
import { halve } from './halve.ts';
import type { LoadFacts } from './load-log.ts';
import { acked, joinOutcomes, notSettled, type Outcomes, reject, retry, sameFor } from './outcomes.ts';
import type { Trial } from './part-rows.ts';
import { noteMiscount, wasMiscounted } from './search-progress.ts';

export interface AtLeastOnceDeps<I extends Item> {
  readonly starrocks: StarRocks;
  readonly join: Join<I>;
  /** How bad rows are parted from good ones; without it their whole message is rejected. */
  readonly badRows: BadRowDeps<I> | undefined;
  /** Where loads that counted short are noted; without it a label that is known is taken for good. */
  readonly miscounts: ObjectStore | undefined;
  readonly labelPrefix: string | undefined;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/**
 * Loads each batch at least once, by one plain Stream Load.
 *
 *   load ─▶ loaded, counts agree ─▶ ack
 *     └─▶ refused for its data, or miscounted ─▶ parts are loaded until each row is in, or bad and kept aside
 */
export const atLeastOnce = <I extends Item>(deps: AtLeastOnceDeps<I>): Delivery<I> => ({
  take: (batch, run) => loadBatch(batch, run, deps),
});

/** @in  isStep: a part of a batch that could not be loaded as a whole */
async function loadBatch<I extends Item>(
  batch: Batch<I>,
  run: Run,
  deps: AtLeastOnceDeps<I>,
  isStep = false,
): Promise<Outcomes<I>> {
  const { destination, items } = batch;
  const joined = deps.join(items, destination);
  const ids = items.map(({ id }) => id);
  const end = await load(destination, ids, joined, run, deps, isStep);
  switch (end.state) {
    case 'good':
      return sameFor(items, acked);
    case 'bad':
      return loadGoodRows(batch, end.refusal, run, deps);
    case 'stopped': {
      const { outcome } = end;
      if (outcome.code !== 'SEGMENT_UNREADABLE') return sameFor(items, outcome);
      // Rows of one item that S3 does not give must not hold back the others.
      return halve(batch, outcome, run, (half) => loadBatch(half, run, deps, true), outcome);
    }
  }
}

/** Loads the rows in parts, each under a label of its own, until the bad ones are known. */
async function loadGoodRows<I extends Item>(
  batch: Batch<I>,
  refusal: Refusal,
  run: Run,
  deps: AtLeastOnceDeps<I>,
): Promise<Outcomes<I>> {
  const { destination, items } = batch;
  const { badRows, telemetry, clock } = deps;
  const loadHalf = (half: Batch<I>) => loadBatch(half, run, deps, true);
  if (badRows === undefined) {
    const { message } = refusal;
    return halve(batch, retry('ROWS_REFUSED', message), run, loadHalf, reject('ROWS_REFUSED', message));
  }
  const join = joinChunks(badRows.csv);
  const tryRows = (rows: readonly Chunk[]) =>
    load(
      destination,
      rows.map(({ id }) => id),
      join(rows, destination),
      { ...run, deadlineMs: searchUntilMs(run) },
      deps,
      true,
    );
  const found = await searchBadRows(items, refusal, { badRows, destination, run, clock, telemetry, tryRows });
  if ('verdict' in found) return halve(batch, found, run, loadHalf, found);
  const ends = joinOutcomes([sameFor(found.done, acked), found.open]);
  found.tellRejected(ends);
  return ends;
}

/**
 * One Stream Load. Its label is a digest of what it carries: sent again, it is refused as long as StarRocks remembers.
 *
 * @in  isStep: of a search; that it is refused for its data is no failure, but what the search asks, as is whether several items can be read
 */
async function load<I extends Item>(
  destination: Destination,
  ids: readonly string[],
  { body, rows }: Joined,
  { deadlineMs, loads }: Run,
  { starrocks, labelPrefix, miscounts, telemetry }: AtLeastOnceDeps<I>,
  isStep = false,
): Promise<Trial> {
  const label = labelOf(destination, ids, labelPrefix);
  const facts = { label, table: `${destination.database}.${destination.table}`, rows, bytes: body.bytes };
  loads.begin(facts);
  try {
    const result = await starrocks.load({ destination, label, body, rows, deadlineMs });
    const end = endOf(result, rows);
    const isAnswer = isStep && result.state === 'refused' && result.kind === 'data';
    if (result.state === 'loaded' || isAnswer) loads.over(label);
    else loads.failed(facts, end.state === 'stopped' ? end.outcome : retry('ROWS_REFUSED', result.message), telemetry);
    if (result.state === 'loaded') report(result, facts, telemetry);
    if (miscounts === undefined || result.state !== 'loaded') return end;
    // The counts are told once, and not again to whoever finds that the label is known.
    if (result.miscounted) await noteMiscount(destination, label, miscounts);
    return result.already ? await readMiscount(destination, label, rows, miscounts) : end;
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    const outcome = retry(error.code, error.detail);
    if (isStep && error.code === 'SEGMENT_UNREADABLE' && ids.length > 1) loads.over(label);
    else loads.failed(facts, outcome, telemetry);
    return { state: 'stopped', outcome };
  }
}

/** What an earlier delivery saw of a load that is known already. */
async function readMiscount(
  destination: Destination,
  label: string,
  rows: number,
  objects: ObjectStore,
): Promise<Trial> {
  try {
    return (await wasMiscounted(destination, label, objects))
      ? { state: 'bad', refusal: { message: `StarRocks counted fewer than ${rows} rows when they were loaded.` } }
      : { state: 'good' };
  } catch (error) {
    return { state: 'stopped', outcome: notSettled(error, `Whether label ${label} was miscounted`) };
  }
}

function endOf(result: LoadResult, rows: number): Trial {
  switch (result.state) {
    case 'loaded':
      // Malformed JSON inside an array loses the rows behind it and still answers Success.
      return result.miscounted
        ? { state: 'bad', refusal: { message: `StarRocks counted ${result.counts?.total} of ${rows} rows.` } }
        : { state: 'good' };
    case 'unknown':
      return { state: 'stopped', outcome: retry('OUTCOME_UNKNOWN', result.message) };
    case 'refused':
      // The error log of StarRocks quotes rows, so only the message is told.
      return result.kind === 'data'
        ? { state: 'bad', refusal: result }
        : { state: 'stopped', outcome: retry(codeOfRefusal[result.kind], result.message) };
  }
}

function report(result: LoadResult & { state: 'loaded' }, facts: LoadFacts, telemetry: Telemetry): void {
  const { txnId, already, visible, counts } = result;
  telemetry.event('info', 'loaded', { ...facts, txnId, already, visible });
  telemetry.count('Loads', 1);
  telemetry.count('RowsLoaded', facts.rows);
  telemetry.count('BytesLoaded', facts.bytes);
  if (result.miscounted) {
    telemetry.event('error', 'ROWS_MISCOUNTED', { ...facts, counted: counts?.total });
    telemetry.count('RowsMiscounted', facts.rows);
  }
}
