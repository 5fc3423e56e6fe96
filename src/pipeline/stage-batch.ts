/**
 * Puts a batch into S3 as a segment, and sends its pointer to the load queue.
 *
 *   at-least-once   write segment ─▶ send pointer ─▶ ack
 *   exactly-once    claim ─▶ write segment of what is mine ─▶ decide `staged` ─▶ send pointer ─▶ ack
 *
 * A segment is never changed. One that nobody decides on is never pointed at, and expires.
 */

import type { Clock } from '../kit/clock.ts';
import { decide, sendStaged, voidBatch } from '../ledger/ledger.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Chunk } from '../rows/chunk.ts';
import { labelOf } from '../rows/label.ts';
import type { Batch, Join } from '../rows/plan.ts';
import { compressBody, type Segment, type SegmentCompression, segmentKey } from '../rows/segment.ts';
import { acked, type Outcome } from '../rows/settle.ts';
import { claimAll, fates, overtakes, tellApart } from './claim-items.ts';
import type { AtLeastOnce, Delivery, ExactlyOnce, Run } from './delivery.ts';
import { ledgerOf } from './load-batch-once.ts';
import { type Outcomes, sameFor } from './outcomes.ts';

export interface Staging {
  readonly objects: ObjectStore;
  /** Sends the pointer of a segment to the load queue; may be repeated. */
  readonly sendPointer: (segment: Segment) => Promise<void>;
  /** Bytes of rows; a larger batch is staged. */
  readonly aboveBytes: number;
  readonly compression: SegmentCompression;
  readonly join: Join<Chunk>;
}

/** A load that would begin later than this before the deadline is left to the load function. */
const leastLoadMs = 10_000;

/** Messages of a FIFO queue all go the same way, or a small batch would overtake a staged one. */
export function isStaged(batch: Batch<Chunk>, run: Run, staging: Staging, clock: Pick<Clock, 'now'>): boolean {
  const bytes = batch.items.reduce((sum, { bytes }) => sum + bytes, 0);
  return run.isOrdered || bytes > staging.aboveBytes || run.deadlineMs - clock.now() < leastLoadMs;
}

export function stageBatch(
  batch: Batch<Chunk>,
  run: Run,
  staging: Staging,
  delivery: Delivery,
): Promise<Outcomes<Chunk>> {
  return delivery.semantic === 'exactly-once'
    ? stageOnce(batch, run, staging, delivery)
    : stage(batch, staging, delivery);
}

async function stage(
  { destination, items }: Batch<Chunk>,
  staging: Staging,
  { labelPrefix, telemetry }: AtLeastOnce,
): Promise<Outcomes<Chunk>> {
  const id = labelOf(
    destination,
    // The order counts: the same rows in another order are another segment, and a segment is never written over.
    items.map((item, index) => `${index}:${item.id}`),
    labelPrefix,
  );
  try {
    await staging.sendPointer(await writeSegment(id, { destination, items }, staging));
    telemetry.event('info', 'staged', { segment: id, messages: items.length });
    return sameFor(items, acked);
  } catch (error) {
    telemetry.event('error', 'not staged', { segment: id, error: String(error) });
    return sameFor(items, unavailable(id));
  }
}

async function stageOnce(
  batch: Batch<Chunk>,
  run: Run,
  staging: Staging,
  delivery: ExactlyOnce,
): Promise<Outcomes<Chunk>> {
  const { destination, items } = batch;
  const { telemetry } = delivery;
  const id = delivery.newBatchId(destination.table);
  const ledger = ledgerOf(delivery, run);
  const claims = await claimAll(id, batch, ledger);
  const claimed = tellApart(items, claims ?? new Map(), id);
  const { mine, others } = claimed;
  if (claims !== undefined && mine.length === 0) return others;
  if (claims !== undefined && run.isOrdered && overtakes(claimed, items)) {
    await voidBatch(id, ledger).catch(() => undefined);
    return new Map([...others, ...sameFor(mine, fates.busy(id))]);
  }
  try {
    if (claims === undefined) throw new Error('S3 did not settle the claims');
    const segment = await writeSegment(id, { destination, items: mine }, staging);
    const written = await decide(id, { state: 'staged', segment, atMs: delivery.clock.now() }, ledger);
    if (!written.won) return new Map([...others, ...sameFor(mine, fates.void(id))]);
    await sendStaged(segment, ledger);
    telemetry.event('info', 'staged', { segment: id, messages: mine.length });
    return new Map([...others, ...sameFor(mine, acked)]);
  } catch (error) {
    telemetry.event('error', 'not staged', { segment: id, error: String(error) });
    // Once `staged` is decided this changes nothing, and whoever finds the claims sends the pointer.
    await voidBatch(id, ledger).catch(() => undefined);
    return sameFor(items, unavailable(id));
  }
}

const unavailable = (id: string): Outcome => ({
  verdict: 'retry',
  code: 'LEDGER_UNAVAILABLE',
  detail: `Segment ${id}.`,
});

async function writeSegment(
  id: string,
  { destination, items }: Batch<Chunk>,
  { objects, join, compression }: Staging,
): Promise<Segment> {
  const { body, rows } = join(items, destination);
  const key = segmentKey(destination, id, compression);
  await objects.putBody(key, compressBody(body, compression));
  const hasDeletes = items.some((item) => item.hasDeletes);
  return {
    id,
    key,
    destination,
    rows,
    bytes: body.bytes,
    compression,
    ...(hasDeletes ? { hasDeletes: true as const } : {}),
  };
}
