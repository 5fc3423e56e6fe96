import { SinkError } from '../kit/errors.ts';
import type { Item } from '../rows/batch.ts';
import type { Chunk } from '../rows/chunk.ts';

/** Some of the rows from `from` to before `to`. */
export interface Rows {
  readonly from: number;
  readonly to: number;
  readonly has: (row: number) => boolean;
}

export interface RowText {
  readonly row: number;
  readonly text: string;
}

/** The rows of some items. They count from 0 through all items. */
export interface RowList<I extends Item> {
  readonly count: number;
  readonly items: readonly I[];
  /** The item's place in `items`. */
  placeOf(row: number): number;
  /** The item's first row, and the one behind its last. */
  rangeOf(place: number): readonly [from: number, to: number];
  /** Some rows in their order, piece by piece. @throws SinkError SEGMENT_UNREADABLE */
  read(rows: Rows): AsyncIterable<readonly RowText[]>;
  /** Some rows, in their order, as chunks that a body is joined from: one for each item that has any. @throws as read */
  chunksOf(rows: Rows): Promise<readonly Chunk[]>;
}

/** The numbers of some rows, in their order. */
export function* rowsOf({ from, to, has }: Rows): Generator<number> {
  for (let row = from; row < to; row++) if (has(row)) yield row;
}

/** The same rows of an item have the same name. @in runs: counted from its first row */
export const rowsId = ({ id }: Pick<Item, 'id'>, runs: readonly (readonly [number, number])[]): string =>
  `${id}#${runs.join()}`;

export const unreadable = ({ id }: Item, error: unknown): SinkError =>
  error instanceof SinkError ? error : new SinkError('SEGMENT_UNREADABLE', `${id}: ${error}.`);
