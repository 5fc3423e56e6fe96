import type { Clock } from '../kit/clock.ts';
import { SinkError } from '../kit/errors.ts';
import type { Destination, LoadResult, StarRocks } from '../ports.ts';
import type { Batch, Item, Join } from '../rows/batch.ts';
import { labelOf } from '../rows/label.ts';
import type { Telemetry } from '../telemetry.ts';
import { type BadRowDeps, withoutBadRows } from './bad-rows.ts';
import type { Delivery, Run } from './delivery.ts';
import { halve } from './halve.ts';
import { acked, codeOfRefusal, type Outcome, type Outcomes, retry, sameFor } from './outcomes.ts';

export interface AtLeastOnceDeps<I extends Item> {
  readonly starrocks: StarRocks;
  readonly join: Join<I>;
  /** How bad rows are parted from good ones; without it their whole message is rejected. */
  readonly badRows: BadRowDeps<I> | undefined;
  readonly labelPrefix: string | undefined;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** Loads each batch at least once, by one plain Stream Load. */
export const atLeastOnce = <I extends Item>(deps: AtLeastOnceDeps<I>): Delivery<I> => ({
  take: (batch, run) => loadBatch(batch, run, deps),
});

/** The label is a digest of the items: the same batch loaded again is refused by StarRocks as long as it remembers. */
async function loadBatch<I extends Item>(batch: Batch<I>, run: Run, deps: AtLeastOnceDeps<I>): Promise<Outcomes<I>> {
  const result = await attempt(batch, run, deps);
  const loadHalf = (half: Batch<I>) => loadBatch(half, run, deps);
  if (result.state === 'refused' && result.kind === 'data') {
    const loadAlone = (item: I) => loadGoodRows(item, batch.destination, result.message, run, deps);
    return halve(batch, retry('ROWS_REFUSED', result.message), run, loadHalf, loadAlone);
  }
  if (result.state === 'failed' && result.error.code === 'SEGMENT_UNREADABLE') {
    // Rows of one item that S3 does not give must not hold back the others.
    const why = retry('SEGMENT_UNREADABLE', result.error.detail);
    return halve(batch, why, run, loadHalf, async () => why);
  }
  return sameFor(batch.items, outcomeOf(result));
}

/** Loads the rows of an item in parts, each under a label of its own, until the bad ones are alone. */
async function loadGoodRows<I extends Item>(
  item: I,
  destination: Destination,
  reason: string,
  run: Run,
  deps: AtLeastOnceDeps<I>,
): Promise<Outcome> {
  return withoutBadRows(item, destination, reason, run, deps, async (rows, from, to) => {
    const part = { destination, items: [rows.part(from, to)] };
    const result = await attempt(part, run, { ...deps, join: rows.join, badRows: undefined });
    if (result.state === 'loaded') return { state: 'good' };
    return result.state === 'refused' && result.kind === 'data'
      ? { state: 'bad', reason: result.message }
      : { state: 'unknown' };
  });
}

type Attempt = LoadResult | { readonly state: 'failed'; readonly error: SinkError };

async function attempt<I extends Item>(
  { destination, items }: Batch<I>,
  { deadlineMs }: Run,
  { starrocks, join, labelPrefix, telemetry }: AtLeastOnceDeps<I>,
): Promise<Attempt> {
  const label = labelOf(
    destination,
    items.map((item) => item.id),
    labelPrefix,
  );
  const { body, rows } = join(items, destination);
  try {
    const result = await starrocks.load({ destination, label, body, rows, deadlineMs });
    report(
      result,
      { label, table: `${destination.database}.${destination.table}`, rows, bytes: body.bytes },
      telemetry,
    );
    return result;
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    telemetry.event('error', error.message, { code: error.code, label });
    telemetry.count('LoadsFailed', 1);
    return { state: 'failed', error };
  }
}

function outcomeOf(result: Attempt): Outcome {
  switch (result.state) {
    case 'loaded':
      return acked;
    case 'refused':
      return retry(codeOfRefusal[result.kind], result.message);
    case 'unknown':
      return retry('OUTCOME_UNKNOWN', result.message);
    case 'failed':
      return retry(result.error.code, result.error.detail);
  }
}

interface LoadFacts {
  readonly label: string;
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
}

function report(result: LoadResult, facts: LoadFacts, telemetry: Telemetry): void {
  if (result.state !== 'loaded') {
    // The error log of StarRocks quotes rows, so only the message is told.
    const { message } = result;
    telemetry.event('warn', 'not loaded', { ...facts, state: result.state, message });
    const isThrottled = result.state === 'refused' && result.kind === 'throttled';
    telemetry.count(isThrottled ? 'LoadsThrottled' : 'LoadsFailed', 1);
    return;
  }
  const { txnId, already, visible, counts } = result;
  telemetry.event('info', 'loaded', { ...facts, txnId, already, visible });
  telemetry.count('Loads', 1);
  telemetry.count('RowsLoaded', facts.rows);
  telemetry.count('BytesLoaded', facts.bytes);
  if (result.miscounted) {
    telemetry.event('error', 'ROWS_MISCOUNTED', { ...facts, counted: counts?.total });
    telemetry.count('RowsMiscounted', Math.abs(facts.rows - (counts?.total ?? 0)));
  }
}
