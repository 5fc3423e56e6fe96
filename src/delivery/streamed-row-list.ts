/**
 * The rows of items that are too large for memory: read as a stream each time that they are looked at or sent, so that only the
 * rows of one piece are held.
 */
import { SinkError } from '../kit/errors.ts';
import { RunSet } from '../kit/run-set.ts';
import { runsOf } from '../kit/runs.ts';
import type { Item } from '../rows/batch.ts';
import { type Chunk, newChunk, type RowFormat } from '../rows/chunk.ts';
import type { CsvLayout } from '../rows/csv-rows.ts';
import type { RowReader } from '../rows/row-readers.ts';
import { streamTexts } from '../rows/row-stream.ts';
import { type RowList, type Rows, type RowText, rowsId, rowsOf, unreadable } from './row-list.ts';

export function streamedRowList<I extends Item>(
  items: readonly I[],
  format: RowFormat,
  { csv, open }: Pick<RowReader<I>, 'csv' | 'open'>,
): RowList<I> {
  const starts: number[] = [];
  let count = 0;
  for (const { rows } of items) {
    starts.push(count);
    count += rows;
  }
  const rangeOf = (place: number) => [starts[place] ?? count, starts[place + 1] ?? count] as const;

  const placeOf = (row: number): number => {
    let [low, high] = [0, items.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (row < (starts[middle] ?? count)) high = middle - 1;
      else low = middle;
    }
    return low;
  };

  async function* read(rows: Rows): AsyncGenerator<readonly RowText[]> {
    for (const [place, item] of items.entries()) {
      const [start, end] = rangeOf(place);
      const part = { from: Math.max(start, rows.from), to: Math.min(end, rows.to), has: rows.has };
      if (part.from < part.to) yield* readItem(item, start, part);
    }
  }

  /** @in  rows: of this item, whose first is `start` */
  async function* readItem(item: I, start: number, { from, to, has }: Rows): AsyncGenerator<readonly RowText[]> {
    let row = start;
    try {
      for await (const texts of streamTexts(open(item), format, csv)) {
        const wanted = texts
          .map((text) => ({ row: row++, text }))
          .filter((each) => each.row >= from && each.row < to && has(each.row));
        if (wanted.length > 0) yield wanted;
        if (row >= to) return;
      }
    } catch (error) {
      throw unreadable(item, error);
    }
    throw new SinkError('SEGMENT_UNREADABLE', `${item.id} holds ${row - start} rows, and should hold ${item.rows}.`);
  }

  const layout = format === 'csv' ? ('csv' as const) : ('items' as const);
  const chunkOf = async (item: I, place: number, rows: Rows): Promise<Chunk | undefined> => {
    const [start, end] = rangeOf(place);
    const [from, to] = [Math.max(start, rows.from), Math.min(end, rows.to)];
    // What is chosen now stays so, while the search goes on.
    const chosen = new RunSet(runsOf(rowsOf({ from, to, has: rows.has })));
    const held = { layout, rows: chosen.size };
    if (chosen.size === 0) return undefined;
    if (chosen.size === item.rows)
      return newChunk({ ...held, id: item.id, bytes: item.bytes, source: () => open(item) });
    const source = () => joined(read({ from, to, has: (row) => chosen.has(row) }), layout, csv);
    let bytes = 0;
    for await (const piece of source()) bytes += piece.byteLength;
    return newChunk({ ...held, id: rowsId(item, chosen.within(start, end).runs), bytes, source });
  };

  return {
    ...{ items, count, placeOf, rangeOf, read },
    async chunksOf(rows) {
      const chunks: Chunk[] = [];
      for (const [place, item] of items.entries()) {
        const chunk = await chunkOf(item, place, rows);
        if (chunk) chunks.push(chunk);
      }
      return chunks;
    },
  };
}

/** Rows as a body has them. */
async function* joined(
  pieces: AsyncIterable<readonly RowText[]>,
  layout: Chunk['layout'],
  { rowDelimiter }: CsvLayout,
): AsyncGenerator<Uint8Array> {
  let separator = '';
  for await (const piece of pieces) {
    const texts = piece.map(({ text }) => text);
    if (layout === 'csv') yield Buffer.from(texts.map((text) => text + rowDelimiter).join(''));
    else yield Buffer.from(separator + texts.join(','));
    separator = ',';
  }
}
