import { SinkError } from '../kit/errors.ts';
import type { Destination, LoadResult, StarRocks } from '../ports.ts';
import { labelOf } from '../rows/label.ts';
import type { Batch, Item } from '../rows/plan.ts';
import { acked, type Outcome } from '../rows/settle.ts';
import { withoutBadRows } from './bad-rows.ts';
import { type LoadDeps, type Outcomes, refusalCodes, refused, sameFor, searchHalves, unreadable } from './outcomes.ts';
import type { Telemetry } from './telemetry.ts';

export interface PlainLoadDeps<I extends Item> extends LoadDeps<I> {
  readonly starrocks: StarRocks;
}

/**
 * Loads a batch at least once, by one plain Stream Load, and says what becomes of each item.
 *
 * The label is a digest of the items: the same batch loaded again is refused by StarRocks as long as it remembers.
 */
export async function loadBatch<I extends Item>(batch: Batch<I>, deps: PlainLoadDeps<I>): Promise<Outcomes<I>> {
  const result = await attempt(batch, deps);
  const loadHalf = (half: Batch<I>) => loadBatch(half, deps);
  if (result.state === 'refused' && result.kind === 'data') {
    const loadAlone = (item: I) => loadGoodRows(item, batch.destination, result.message, deps);
    return searchHalves(batch, refused('retry', result.message), deps, loadHalf, loadAlone);
  }
  if (result.state === 'failed' && result.error.code === 'SEGMENT_UNREADABLE') {
    const why = unreadable(result.error.detail);
    return searchHalves(batch, why, deps, loadHalf, async () => why);
  }
  return sameFor(batch.items, outcomeOf(result));
}

/** Loads the rows of an item in parts, each under a label of its own, until the bad ones are alone. */
async function loadGoodRows<I extends Item>(
  item: I,
  destination: Destination,
  reason: string,
  deps: PlainLoadDeps<I>,
): Promise<Outcome> {
  return withoutBadRows(item, destination, reason, deps, async (rows, from, to) => {
    const result = await attempt(
      { destination, items: [rows.part(from, to)] },
      { ...deps, join: rows.join, badRows: undefined },
    );
    if (result.state === 'loaded') return { state: 'good' };
    return result.state === 'refused' && result.kind === 'data'
      ? { state: 'bad', reason: result.message }
      : { state: 'unknown' };
  });
}

type Attempt = LoadResult | { readonly state: 'failed'; readonly error: SinkError };

async function attempt<I extends Item>({ destination, items }: Batch<I>, deps: PlainLoadDeps<I>): Promise<Attempt> {
  const { starrocks, telemetry, labelPrefix, deadlineMs } = deps;
  const label = labelOf(
    destination,
    items.map((item) => item.id),
    labelPrefix,
  );
  const { body, rows } = deps.join(items, destination);
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
      return { verdict: 'retry', code: refusalCodes[result.kind], detail: result.message };
    case 'unknown':
      return { verdict: 'retry', code: 'OUTCOME_UNKNOWN', detail: result.message };
    case 'failed':
      return { verdict: 'retry', code: result.error.code, detail: result.error.detail };
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
