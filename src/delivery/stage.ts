/**
 * Puts a batch into S3 as a segment, and sends its pointer to the load queue.
 *
 *   at-least-once   write segment ─▶ send pointer ─▶ ack
 *   exactly-once    claim, and write segment meanwhile ─▶ decide `staged` ─▶ send pointer ─▶ ack
 *
 * Where others hold some of the chunks, a second segment is written, of what is mine. A segment is never changed. One that nobody decides on is never pointed at, and expires.
 */

import type { Clock } from '../kit/clock.ts';
import { SinkError } from '../kit/errors.ts';
import { decide, type Ledger, sendStaged, voidBatch } from '../ledger/ledger.ts';
import type { ObjectStore } from '../object-store.ts';
import { type Batch, bytesIn, type Join, rowsIn } from '../rows/batch.ts';
import { bodyOf } from '../rows/body.ts';
import type { Chunk } from '../rows/chunk.ts';
import { labelOf } from '../rows/label.ts';
import { writeOrigins } from '../rows/row-origins.ts';
import {
  compressBody,
  fitsPointer,
  originsKey,
  type Segment,
  type SegmentCompression,
  segmentKey,
} from '../rows/segment.ts';
import type { Telemetry } from '../telemetry.ts';
import { claimItems, fates, overtakes } from './claims.ts';
import type { Delivery, Run } from './delivery.ts';
import { acked, type Failed, joinOutcomes, notSettled, type Outcomes, sameFor } from './outcomes.ts';
import type { Pressure } from './pressure.ts';

export interface SegmentWriter {
  readonly objects: ObjectStore;
  readonly compression: SegmentCompression;
  readonly join: Join<Chunk>;
  /** Characters of what says whose rows a segment holds that its pointer carries; absent: the usual ones. */
  readonly mostInPointer?: number;
}

interface StageDeps extends SegmentWriter {
  readonly telemetry: Telemetry;
}

export interface StageAtLeastOnceDeps extends StageDeps {
  readonly labelPrefix: string | undefined;
  /** Sends the pointer of a segment to the load queue; may be repeated. */
  readonly sendPointer: (segment: Segment) => Promise<void>;
}

export interface StageExactlyOnceDeps extends StageDeps {
  readonly ledger: (run: Run) => Ledger;
  readonly newBatchId: (table: string) => string;
  readonly clock: Pick<Clock, 'now'>;
}

export interface StagingRules {
  /** Bytes of rows; a larger batch is staged. */
  readonly aboveBytes: number;
  readonly clock: Pick<Clock, 'now'>;
  /** Absent: no table rests. */
  readonly pressure?: Pick<Pressure, 'gathers'>;
}

/** A load that would begin later than this before the deadline is left to the load function. */
const leastLoadMs = 10_000;

/**
 * Stages what is large and loads the rest at once. Messages of a FIFO queue all go the same way, or a small batch would
 * overtake a staged one. What comes for a table that rests because its loads are
 * too many is staged too: its segments become one load later.
 */
export function staging(
  direct: Delivery<Chunk>,
  staged: Delivery<Chunk>,
  { aboveBytes, clock, pressure }: StagingRules,
): Delivery<Chunk> {
  return {
    take(batch, run) {
      const isStaged =
        run.isOrdered ||
        bytesIn(batch.items) > aboveBytes ||
        run.deadlineMs - clock.now() < leastLoadMs ||
        pressure?.gathers(batch.destination) === true;
      return (isStaged ? staged : direct).take(batch, run);
    },
  };
}

export const stageAtLeastOnce = (deps: StageAtLeastOnceDeps): Delivery<Chunk> => ({
  async take({ destination, items }, run) {
    const { labelPrefix, sendPointer, telemetry } = deps;
    // The order counts: the same rows in another order are another segment, and a segment is never written over.
    const ordered = items.map((item, index) => `${index}:${item.id}`);
    const id = labelOf(destination, ordered, labelPrefix);
    try {
      await sendPointer(await writeSegment(id, { destination, items }, deps));
      telemetry.event('info', 'staged', { segment: id, messages: items.length });
      return sameFor(items, acked);
    } catch (error) {
      return sameFor(items, notStaged(id, { destination, items }, notSettled(error, `Segment ${id}`), run, deps));
    }
  },
});

export const stageExactlyOnce = (deps: StageExactlyOnceDeps): Delivery<Chunk> => ({
  async take(batch, run) {
    const { destination, items } = batch;
    const id = deps.newBatchId(destination.table);
    const ledger = deps.ledger(run);
    const [claimed, whole] = await Promise.all([
      claimItems(id, batch, ledger),
      writeSegment(id, batch, deps).catch((error: unknown) => notSettled(error, `Segment ${id}`)),
    ]);
    if ('verdict' in claimed) return giveUp(id, batch, claimed, ledger, run, deps);
    const { mine, others } = claimed;
    if (mine.length === 0) return others;
    if (run.isOrdered && overtakes(claimed, items)) {
      await voidBatch(id, ledger).catch(() => undefined);
      return joinOutcomes([others, sameFor(mine, fates.busy(id))]);
    }
    const own = { destination, items: mine };
    const writing = mine.length === items.length ? whole : writeSegment(id, own, deps, `${id}-mine`);
    return joinOutcomes([others, await decideStaged(id, own, writing, ledger, run, deps)]);
  },
});

async function decideStaged(
  id: string,
  batch: Batch<Chunk>,
  writing: Segment | Failed | Promise<Segment>,
  ledger: Ledger,
  run: Run,
  deps: StageExactlyOnceDeps,
): Promise<Outcomes<Chunk>> {
  const { items } = batch;
  try {
    const segment = await writing;
    if ('verdict' in segment) return giveUp(id, batch, segment, ledger, run, deps);
    const written = await decide(id, { state: 'staged', segment, atMs: deps.clock.now() }, ledger);
    if (!written.won) return sameFor(items, fates.void(id));
    await sendStaged(segment, ledger);
    deps.telemetry.event('info', 'staged', { segment: id, messages: items.length });
    return sameFor(items, acked);
  } catch (error) {
    return giveUp(id, batch, notSettled(error, `Segment ${id}`), ledger, run, deps);
  }
}

/** Once `staged` is decided the void changes nothing, and whoever finds the claims sends the pointer. */
async function giveUp(
  id: string,
  batch: Batch<Chunk>,
  why: Failed,
  ledger: Ledger,
  run: Run,
  deps: StageDeps,
): Promise<Outcomes<Chunk>> {
  await voidBatch(id, ledger).catch(() => undefined);
  return sameFor(batch.items, notStaged(id, batch, why, run, deps));
}

function notStaged(
  id: string,
  { destination, items }: Batch<Chunk>,
  why: Failed,
  { loads }: Run,
  { telemetry }: StageDeps,
): Failed {
  const { database, table } = destination;
  const facts = { segment: id, table: `${database}.${table}`, rows: rowsIn(items) };
  telemetry.event('error', 'not staged', { ...facts, code: why.code, reason: why.detail });
  loads.told();
  return why;
}

/** @in  name: the object's, which nobody else writes */
async function writeSegment(
  id: string,
  { destination, items }: Batch<Chunk>,
  { objects, join, compression, mostInPointer }: SegmentWriter,
  name = id,
): Promise<Segment> {
  const { body, rows, origins } = join(items, destination);
  const key = segmentKey(destination, name, compression);
  const rowOrigins = origins && writeOrigins(origins);
  const text = rowOrigins ? JSON.stringify(rowOrigins) : '';
  const isShort = fitsPointer(text, mostInPointer);
  const told = isShort ? undefined : originsKey(destination, name);
  await Promise.all([
    objects.putBody(key, compressBody(body, compression)),
    told && objects.putBody(told, bodyOf(Buffer.from(text))),
  ]).catch((error: unknown) => {
    if (error instanceof SinkError) throw error;
    throw new SinkError('BUCKET_UNREACHABLE', `Segment ${id} (${error}).`, { cause: error });
  });
  const hasDeletes = items.some((item) => item.hasDeletes);
  return {
    ...{ id, key, destination, rows, bytes: body.bytes, compression },
    ...(hasDeletes ? { hasDeletes: true as const } : {}),
    ...(told ? { origins: told } : {}),
    ...(rowOrigins && isShort ? { rowOrigins } : {}),
  };
}
