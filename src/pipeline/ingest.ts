import type { SQSBatchItemFailure, SQSRecord } from 'aws-lambda';
import { failures, SinkError } from '../kit/errors.ts';
import { mapLimited } from '../kit/map-limited.ts';
import { joinRows } from '../rows/body.ts';
import type { Chunk } from '../rows/chunk.ts';
import { type Batch, type BatchLimits, planBatches, type Routed } from '../rows/plan.ts';
import { destinationKey } from '../rows/route.ts';
import { acked, type Outcome, settle } from '../rows/settle.ts';
import { type Delivery, deliver } from './delivery.ts';
import { type PrepareDeps, type Prepared, prepareMessage } from './prepare.ts';
import type { Telemetry } from './telemetry.ts';

/** Loads under way at once, of different tables: StarRocks wants few. */
const parallelLoads = 2;
/** Extra loads that one invocation spends on finding bad messages. */
const maxSearches = 64;

export interface IngestDeps extends PrepareDeps {
  readonly limits: BatchLimits;
  readonly delivery: Delivery;
  readonly telemetry: Telemetry;
}

/**
 * The way of every message: decode → route → plan → load → settle.
 *
 * @in      records of one event; deadlineMs, the epoch time at which this must have answered
 * @out     the messages that must be delivered again; none is held back by the failure of another
 * @throws  SinkError when not one message got anywhere for a reason that lies outside the messages, so that the event
 *          source backs off
 */
export async function ingest(
  records: readonly SQSRecord[],
  deadlineMs: number,
  deps: IngestDeps,
): Promise<SQSBatchItemFailure[]> {
  const prepared = await Promise.all(records.map((record) => prepareMessage(record, deps)));
  const chunks = distinctChunks(prepared);
  const batches = planBatches([...chunks.values()], deps.limits);
  const run = { deadlineMs, searches: { left: maxSearches } };
  const loaded = await mapLimited([...tablesOf(batches)], parallelLoads, (ofTable) =>
    mapLimited(ofTable, 1, (batch) => deliver(batch, joinRows, run, deps.delivery)),
  );
  const byChunk = new Map(loaded.flat().flatMap((part) => [...part]));

  const outcomeOf = (message: Prepared): Outcome | undefined => {
    if (!message.ok) return { verdict: failures[message.rejection.code].verdict, ...message.rejection };
    if (message.chunk.rows === 0) return acked;
    const first = chunks.get(identityOf(message));
    return first && byChunk.get(first.item);
  };
  const outcomes = new Map<string, Outcome>();
  for (const message of prepared) {
    const outcome = outcomeOf(message);
    if (outcome) outcomes.set(message.messageId, outcome);
  }
  report(outcomes, deps);
  throwWhenNothingWorked(outcomes);
  return settle(records, outcomes);
}

type Ready = Prepared & { ok: true };

/** The batches of a table are loaded one after the other, so that the last row of a key wins. */
const tablesOf = (batches: readonly Batch<Chunk>[]) =>
  Map.groupBy(batches, ({ destination: { database, table } }) => JSON.stringify([database, table])).values();

/** The same chunk may arrive twice in one event; it is loaded once. One without rows is not: StarRocks refuses that. */
function distinctChunks(prepared: readonly Prepared[]): ReadonlyMap<string, Routed<Chunk>> {
  const chunks = new Map<string, Routed<Chunk>>();
  for (const message of prepared) {
    if (message.ok && message.chunk.rows > 0 && !chunks.has(identityOf(message)))
      chunks.set(identityOf(message), { item: message.chunk, destination: message.destination });
  }
  return chunks;
}

const identityOf = ({ chunk, destination }: Ready) => `${destinationKey(destination)}${chunk.id}`;

function report(outcomes: ReadonlyMap<string, Outcome>, { telemetry }: IngestDeps): void {
  const rejected = [...outcomes].filter(([, outcome]) => outcome.verdict === 'reject');
  for (const [messageId, outcome] of rejected) telemetry.event('error', 'message rejected', { messageId, ...outcome });
  if (rejected.length > 0) telemetry.count('MessagesRejected', rejected.length);
}

function throwWhenNothingWorked(outcomes: ReadonlyMap<string, Outcome>): void {
  const all = [...outcomes.values()].filter((outcome) => outcome.verdict !== 'reject');
  const [first] = all;
  const isOutside = (outcome: Outcome) => outcome.verdict === 'retry' && failures[outcome.code].scope === 'invocation';
  if (first && first.verdict !== 'ack' && all.every(isOutside)) throw new SinkError(first.code, first.detail);
}
