import type { Body, Destination } from '../ports.ts';
import type { RowOrigins } from './row-origins.ts';

/** What batches are made of: chunks of messages, or segments in S3. */
export interface Item {
  /** Who it is, for ever: what is loaded once. */
  readonly id: string;
  readonly rows: number;
  /** Bytes that it adds to a body, without what joins it to its neighbours. */
  readonly bytes: number;
  /** What its rows look like, so that the same identity with other rows is noticed. */
  readonly fingerprint?: string | undefined;
  /** Deletes rows by key, so that a row of a later item must not follow in the same load under the same key. */
  readonly hasDeletes?: true;
}

/** What one Stream Load carries. */
export interface Batch<I extends Item> {
  readonly destination: Destination;
  readonly items: readonly I[];
  /** Those of other tables of the database, which become visible together with this one. */
  readonly others?: readonly Batch<I>[];
}

/** All items of a batch, those of other tables too. */
export const itemsOf = <I extends Item>({ items, others = [] }: Batch<I>): readonly I[] =>
  others.length === 0 ? items : [...items, ...others.flatMap(itemsOf)];

/** The rows of a batch as one request sends them. */
export interface Joined {
  readonly body: Body;
  /** Rows in the body: fewer than those of the items, when only the last row of a key is sent. */
  readonly rows: number;
  /** Of a segment: whose messages its rows are. */
  readonly origins?: RowOrigins;
}

/** Joins the rows of items of one destination. */
export type Join<I extends Item> = (items: readonly I[], destination: Destination) => Joined;

export const rowsIn = (items: readonly Item[]): number => items.reduce((rows, item) => rows + item.rows, 0);
export const bytesIn = (items: readonly Item[]): number => items.reduce((bytes, item) => bytes + item.bytes, 0);
