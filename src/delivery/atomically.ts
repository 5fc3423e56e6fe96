/**
 * Loads batches of several tables at once, at least once: all rows of a message become visible, or none. What concerns one table
 * only goes its usual way.
 */
import { SinkError } from '../kit/errors.ts';
import type { SeveralTables } from '../ports.ts';
import { type Batch, bytesIn, itemsOf, type Join } from '../rows/batch.ts';
import type { Chunk } from '../rows/chunk.ts';
import { destinationKey } from '../rows/destination.ts';
import { labelOf } from '../rows/label.ts';
import { codeOfRefusal } from '../starrocks/refusal-codes.ts';
import type { Telemetry } from '../telemetry.ts';
import type { Delivery, Run } from './delivery.ts';
import { acked, areAllAcked, type Outcome, type Outcomes, reject, retry, sameFor } from './outcomes.ts';

export interface AtomicDeps {
  readonly starrocks: SeveralTables;
  readonly join: Join<Chunk>;
  readonly labelPrefix: string | undefined;
  readonly telemetry: Telemetry;
}

export const atomically = (single: Delivery<Chunk>, deps: AtomicDeps): Delivery<Chunk> => ({
  take: (batch, run) => (batch.others === undefined ? single.take(batch, run) : loadTogether(batch, run, deps)),
});

/** @in  isStep: a part of a batch whose rows were refused */
async function loadTogether(batch: Batch<Chunk>, run: Run, deps: AtomicDeps, isStep = false): Promise<Outcomes<Chunk>> {
  const { telemetry, join } = deps;
  const tables = [batch, ...(batch.others ?? [])];
  const all = itemsOf(batch);
  const { destination } = batch;
  // An item is known by its identity and its table.
  const identities = tables.flatMap(({ destination: own, items }) =>
    items.map(({ id }) => JSON.stringify([destinationKey(own), id])),
  );
  const label = labelOf(destination, identities, deps.labelPrefix);
  const joined = tables.map((table) => ({ destination: table.destination, ...join(table.items, table.destination) }));
  const rows = joined.reduce((sum, part) => sum + part.rows, 0);
  const names = tables.map((each) => each.destination.table).join(', ');
  const facts = { label, table: `${destination.database}.${names}`, rows, bytes: bytesIn(all) };
  run.loads.begin(facts);
  try {
    const { deadlineMs } = run;
    const result = await deps.starrocks.load({ database: destination.database, label, parts: joined, deadlineMs });
    if (result.state === 'loaded') {
      run.loads.over(label);
      telemetry.event('info', 'loaded', { ...facts, already: result.already, visible: result.visible });
      telemetry.count('Loads', 1);
      telemetry.count('RowsLoaded', rows);
      telemetry.count('BytesLoaded', facts.bytes);
      return sameFor(all, acked);
    }
    const failed =
      result.state === 'refused'
        ? retry(codeOfRefusal[result.kind], result.message)
        : retry('OUTCOME_UNKNOWN', result.message);
    const isBad = failed.code === 'ROWS_REFUSED';
    if (isBad && isStep) run.loads.over(label);
    else run.loads.failed(facts, failed, telemetry);
    return isBad ? halveMessages(batch, result.message, run, deps) : sameFor(all, failed);
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    const failed = retry(error.code, error.detail);
    run.loads.failed(facts, failed, telemetry);
    return sameFor(all, failed);
  }
}

/** Until the message that is wrong is alone: it is loaded as a whole, or not at all. */
async function halveMessages(
  batch: Batch<Chunk>,
  reason: string,
  run: Run,
  deps: AtomicDeps,
): Promise<Outcomes<Chunk>> {
  const all = itemsOf(batch);
  const messages = [...new Set(all.map(({ messageId }) => messageId))];
  if (messages.length === 1) return sameFor(all, reject('ROWS_REFUSED', reason));
  const { destination } = batch;
  if (!run.mayTry(destination) || !run.mayTry(destination)) return sameFor(all, retry('ROWS_REFUSED', reason));
  const middle = Math.ceil(messages.length / 2);
  const outcomes = new Map<Chunk, Outcome>();
  for (const half of [messages.slice(0, middle), messages.slice(middle)]) {
    const loaded = await loadTogether(partOf(batch, new Set(half)), run, deps, true);
    for (const [item, outcome] of loaded) outcomes.set(item, outcome);
    if (run.isOrdered && !areAllAcked(loaded)) break;
  }
  return outcomes;
}

/** The batch with only the rows of some messages, which may be those of one table. */
function partOf(batch: Batch<Chunk>, messages: ReadonlySet<string>): Batch<Chunk> {
  const [first, ...others] = [batch, ...(batch.others ?? [])]
    .map(({ destination, items }) => ({
      destination,
      items: items.filter(({ messageId }) => messages.has(messageId)),
    }))
    .filter(({ items }) => items.length > 0);
  return { ...(first as Batch<Chunk>), others };
}
