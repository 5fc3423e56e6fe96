import { SinkError } from '../kit/errors.ts';
import { runsOf } from '../kit/runs.ts';
import type { Item } from '../rows/batch.ts';
import type { Chunk } from '../rows/chunk.ts';
import type { CsvLayout } from '../rows/csv-rows.ts';
import { chunkOfRows, rowTexts } from '../rows/row-parts.ts';

/** The rows of some items, in memory, each as text. Rows count from 0 through all items. */
export interface RowList<I extends Item> {
  readonly count: number;
  readonly items: readonly I[];
  textOf(row: number): string;
  /** The item's place in `items`. */
  placeOf(row: number): number;
  /** The item's first row, and the one behind its last. */
  rangeOf(place: number): readonly [from: number, to: number];
  /** Some rows, in their order, as chunks that a body is joined from: one for each item that has any. */
  chunksOf(rows: readonly number[]): Chunk[];
}

export interface RowReader<I extends Item> {
  readonly csv: CsvLayout;
  /** The rows of an item, in memory. */
  readonly read: (item: I) => Promise<Chunk>;
}

/** @throws SinkError SEGMENT_UNREADABLE */
export async function openRowList<I extends Item>(
  items: readonly I[],
  { csv, read }: RowReader<I>,
): Promise<RowList<I>> {
  const chunks: Chunk[] = [];
  const starts = [0];
  const texts: string[] = [];
  const places: number[] = [];
  for (const [place, item] of items.entries()) {
    const chunk = await read(item).catch((error: unknown) => {
      throw error instanceof SinkError ? error : new SinkError('SEGMENT_UNREADABLE', `${item.id}: ${error}.`);
    });
    chunks.push(chunk);
    for (const text of rowTexts(chunk, csv)) {
      texts.push(text);
      places.push(place);
    }
    starts.push(texts.length);
  }
  const startOf = (place: number) => starts[place] ?? texts.length;
  const placeOf = (row: number) => places[row] ?? items.length;
  return {
    ...{ items, count: texts.length, placeOf },
    textOf: (row) => texts[row] ?? '',
    rangeOf: (place) => [startOf(place), startOf(place + 1)],
    chunksOf(rows) {
      const byItem = Map.groupBy(rows, placeOf);
      return [...byItem].flatMap(([place, ofItem]) => {
        const chunk = chunks[place];
        if (chunk === undefined) return [];
        const first = startOf(place);
        if (ofItem.length === startOf(place + 1) - first) return [chunk];
        // The same rows of a chunk have the same name.
        const id = `${chunk.id}#${runsOf(ofItem.map((row) => row - first)).join()}`;
        const chosen = ofItem.map((row) => texts[row] ?? '');
        return [chunkOfRows(chunk, id, chosen, csv)];
      });
    },
  };
}
