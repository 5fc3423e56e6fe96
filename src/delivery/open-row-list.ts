import { runsOf } from '../kit/runs.ts';
import { bytesIn, type Item } from '../rows/batch.ts';
import type { Chunk, RowFormat } from '../rows/chunk.ts';
import { chunkOfRows, rowTexts } from '../rows/row-parts.ts';
import type { RowReader } from '../rows/row-readers.ts';
import { type RowList, rowsId, rowsOf, unreadable } from './row-list.ts';
import { streamedRowList } from './streamed-row-list.ts';

/** More than this is not read into memory, but as a stream, as often as it is needed. */
const mostHeldBytes = 64 * 1024 ** 2;

/** @throws SinkError SEGMENT_UNREADABLE */
export async function openRowList<I extends Item>(
  items: readonly I[],
  format: RowFormat,
  reader: RowReader<I>,
  mostBytes = mostHeldBytes,
): Promise<RowList<I>> {
  const added = bytesIn(items.filter((item) => !reader.isHeld(item)));
  return added > mostBytes ? streamedRowList(items, format, reader) : holdRowList(items, reader);
}

/** The rows of items in memory, each as text. */
async function holdRowList<I extends Item>(items: readonly I[], { csv, read }: RowReader<I>): Promise<RowList<I>> {
  const chunks: Chunk[] = [];
  const starts = [0];
  const texts: string[] = [];
  const places: number[] = [];
  for (const [place, item] of items.entries()) {
    const chunk = await read(item).catch((error: unknown) => {
      throw unreadable(item, error);
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
    rangeOf: (place) => [startOf(place), startOf(place + 1)],
    async *read(rows) {
      yield [...rowsOf(rows)].map((row) => ({ row, text: texts[row] ?? '' }));
    },
    async chunksOf(rows) {
      return [...Map.groupBy(rowsOf(rows), placeOf)].flatMap(([place, ofItem]) => {
        const chunk = chunks[place];
        if (chunk === undefined) return [];
        const first = startOf(place);
        if (ofItem.length === startOf(place + 1) - first) return [chunk];
        const chosen = ofItem.map((row) => texts[row] ?? '');
        return [chunkOfRows(chunk, rowsId(chunk, runsOf(ofItem.map((row) => row - first))), chosen, csv)];
      });
    },
  };
}
