/** How the rows of what a batch is made of are read again: into memory, or as a stream. */
import type { ObjectStore } from '../object-store.ts';
import type { Item } from './batch.ts';
import { openChunk } from './body.ts';
import { type Chunk, newChunk } from './chunk.ts';
import type { CsvLayout } from './csv-rows.ts';
import { originsOfChunk, parseOrigins, type RowOrigins, readOrigins } from './row-origins.ts';
import type { Segment } from './segment.ts';
import type { OpenRows } from './stream-body.ts';

export interface RowReader<I extends Item> {
  readonly csv: CsvLayout;
  /** Where its rows came from; nothing where nothing tells of it. @throws Error when S3 does not say */
  readonly originsOf: (item: I, objects: Pick<ObjectStore, 'getText'>) => Promise<RowOrigins>;
  /** True for an item whose rows are in memory already. */
  readonly isHeld: (item: I) => boolean;
  /** The rows of an item, in memory. */
  readonly read: (item: I) => Promise<Chunk>;
  /** The rows of an item as a stream, as a body has them. */
  readonly open: OpenRows<I>;
}

const textOf = async (rows: AsyncIterable<Uint8Array>) => Buffer.concat(await Array.fromAsync(rows)).toString();

export const chunkReader = (csv: CsvLayout): RowReader<Chunk> => ({
  csv,
  originsOf: async (chunk) => originsOfChunk(chunk),
  isHeld: ({ source }) => source === undefined,
  async read(chunk) {
    const { source, ...held } = chunk;
    return source === undefined ? chunk : newChunk({ ...held, text: await textOf(source()) });
  },
  open: openChunk,
});

/** @in  open: the rows of a segment, inflated */
export const segmentReader = (csv: CsvLayout, open: OpenRows<Segment>): RowReader<Segment> => ({
  csv,
  async originsOf({ id, key, rows, rowOrigins, origins }, objects) {
    if (rowOrigins) return readOrigins(rowOrigins);
    if (origins === undefined) return [{ id, source: key, place: 0, rows }];
    const found = await objects.getText(origins);
    return found ? parseOrigins(found.text) : [];
  },
  isHeld: () => false,
  async read(segment) {
    const layout = segment.destination.headers['format'] === 'csv' ? 'csv' : 'items';
    const { id, rows, bytes, destination } = segment;
    return newChunk({ id, ...destination, rows, bytes, layout, text: await textOf(open(segment)) });
  },
  open,
});
