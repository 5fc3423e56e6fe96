import type { Body, Destination } from '../ports.ts';
import { destinationKey } from './route.ts';

/** What batches are made of: chunks of messages, or segments in S3. */
export interface Item {
  /** Who it is, for ever: what is loaded once. */
  readonly id: string;
  readonly rows: number;
  /** Bytes that it adds to a body, without what joins it to its neighbours. */
  readonly bytes: number;
  /** Deletes rows by key, so that a row of a later item must not follow in the same load under the same key. */
  readonly hasDeletes?: true;
}

/** An item that knows its way. */
export interface Routed<I extends Item> {
  readonly item: I;
  readonly destination: Destination;
}

/** The rows of a batch as one request sends them. */
export interface Joined {
  readonly body: Body;
  /** Rows in the body: fewer than those of the items, when only the last row of a key is sent. */
  readonly rows: number;
}

/** Joins the rows of items of one destination. */
export type Join<I extends Item> = (items: readonly I[], destination: Destination) => Joined;

/** What one Stream Load carries. */
export interface Batch<I extends Item> {
  readonly destination: Destination;
  readonly items: readonly I[];
}

export interface BatchLimits {
  readonly maxRows: number;
  /** Bytes of the body. */
  readonly maxBytes: number;
  /** An item with deletes ends its batch. For items that are joined without looking for the last row of each key. */
  readonly endsAtDeletes?: true;
}

export const rowsOf = (items: readonly Item[]): number => items.reduce((rows, item) => rows + item.rows, 0);

/**
 * Cuts items into batches: one destination each, within the limits.
 *
 * @in      items in arrival order
 * @out     every item in exactly one batch, order kept within a destination; an item above a limit is alone in its batch
 * @throws  never
 * @source  one Stream Load loads one table: StarRocks docs, STREAM LOAD; what follows a delete: StarRocks issue 75014
 */
export function planBatches<I extends Item>(routed: readonly Routed<I>[], limits: BatchLimits): Batch<I>[] {
  const byDestination = Map.groupBy(routed, ({ destination }) => destinationKey(destination));
  return [...byDestination.values()].flatMap((group) => cut(group, limits));
}

function cut<I extends Item>(group: readonly Routed<I>[], limits: BatchLimits): Batch<I>[] {
  const { maxRows, maxBytes, endsAtDeletes = false } = limits;
  const batches: { destination: Destination; items: I[]; rows: number; bytes: number }[] = [];
  for (const { item, destination } of group) {
    const bytes = item.bytes + 1;
    const open = batches.at(-1);
    const isEnded = endsAtDeletes && open?.items.at(-1)?.hasDeletes;
    if (open && !isEnded && open.rows + item.rows <= maxRows && open.bytes + bytes <= maxBytes) {
      open.items.push(item);
      open.rows += item.rows;
      open.bytes += bytes;
    } else {
      batches.push({ destination, items: [item], rows: item.rows, bytes: bytes + 1 });
    }
  }
  return batches.map(({ destination, items }) => ({ destination, items }));
}
