import type { Body, Destination } from '../ports.ts';
import type { Join, Joined } from './batch.ts';
import { Pieces, writePieces } from './body-pieces.ts';
import type { Chunk } from './chunk.ts';
import { joinLastRows, lastOfEachKey, lastRows } from './collapse.ts';
import type { CsvLayout } from './csv-rows.ts';
import { originsOfChunk, originsOfRows } from './row-origins.ts';
import { joinStreams, type OpenRows } from './stream-body.ts';

/** A body whose bytes are in memory. */
export const bodyOf = (bytes: Uint8Array): Body => ({ bytes: bytes.byteLength, open: () => [bytes] });

/** Joins chunks into the body of a load, without parsing their rows: JSON as one array, CSV as one text. */
export const joinChunks =
  (csv: CsvLayout): Join<Chunk> =>
  (chunks, destination) =>
    isStreamed(chunks) ? joinStreams(openChunk)(chunks, destination) : joinRows(chunks, destination, csv);

/** Joins chunks into a segment: JSON rows separated by commas, which become part of an array later. */
export const joinSegment =
  (csv: CsvLayout): Join<Chunk> =>
  (chunks, destination) => {
    if (isStreamed(chunks)) {
      const joined = joinStreams(openChunk, false)(chunks, destination);
      return { ...joined, origins: chunks.flatMap(originsOfChunk) };
    }
    const last = mayDelete(chunks) ? lastRows(chunks, destination, csv) : undefined;
    if (last === undefined) return { ...writeRows(chunks, false), origins: chunks.flatMap(originsOfChunk) };
    return { ...writeRows(joinLastRows(chunks, last, csv), false), origins: originsOfRows(chunks, last) };
  };

const mayDelete = (chunks: readonly Chunk[]) => chunks.some(({ hasDeletes }) => hasDeletes);

const isStreamed = (chunks: readonly Chunk[]) => chunks.some(({ source }) => source !== undefined);

/** The rows of a chunk as a body has them, wherever they stand. */
export const openChunk: OpenRows<Chunk> = async function* open(chunk) {
  if (chunk.source) yield* chunk.source();
  else yield* writeRows([chunk], false).body.open();
};

const joinRows = (chunks: readonly Chunk[], destination: Destination, csv: CsvLayout): Joined =>
  writeRows(mayDelete(chunks) ? lastOfEachKey(chunks, destination, csv) : chunks, true);

/** Of all loads of a process. */
const pieces = new Pieces();
const giveBack = (piece: Uint8Array) => pieces.giveBack(piece);

/** The body is written whenever it is opened, so that it takes no memory before it is sent, nor behind that. */
function writeRows(chunks: readonly Chunk[], isWhole: boolean): Joined {
  const isCsv = chunks[0]?.layout === 'csv';
  const isArray = isWhole && !isCsv;
  let [rows, bytes, texts] = [0, isArray ? 2 : 0, 0];
  for (const chunk of chunks) {
    rows += chunk.rows;
    bytes += chunk.bytes;
    if (chunk.text !== '') texts++;
  }
  if (!isCsv && texts > 1) bytes += texts - 1;
  return { body: { bytes, open: () => writePieces(chunks, { bytes, isArray }, pieces), giveBack }, rows };
}
