import type { Body, Destination } from '../ports.ts';
import type { Join, Joined } from './batch.ts';
import type { Chunk } from './chunk.ts';
import { joinLastRows, lastOfEachKey, lastRows } from './collapse.ts';
import type { CsvLayout } from './csv-rows.ts';
import { originsOfChunk, originsOfRows } from './row-origins.ts';
import { joinStreams, type OpenRows } from './stream-body.ts';

const comma = 0x2c;
const newline = 0x0a;

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

function writeRows(chunks: readonly Chunk[], isWhole: boolean): Joined {
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
  const isCsv = chunks[0]?.layout === 'csv';
  // Each chunk is followed by one byte: a comma or the closing bracket; the opening bracket comes first.
  const buffer = Buffer.allocUnsafe(chunks.reduce((bytes, chunk) => bytes + chunk.bytes + 1, 2));
  let end = isCsv ? 0 : buffer.write('[');
  for (const { text, layout } of chunks) {
    if (text === '') continue;
    const start = end;
    end += buffer.write(text, end);
    if (layout === 'lines' && text.includes('\n')) replaceByte(buffer.subarray(start, end), newline, comma);
    if (!isCsv) buffer[end++] = comma;
  }
  if (isCsv) return { body: bodyOf(buffer.subarray(0, end)), rows };
  const last = end > 1 ? end - 1 : end;
  buffer.write(']', last);
  return { body: bodyOf(isWhole ? buffer.subarray(0, last + 1) : buffer.subarray(1, last)), rows };
}

/** JSON has no raw newline inside a string, so every newline between two rows is white space that a comma may replace. */
function replaceByte(bytes: Buffer, from: number, to: number): void {
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes[at] = to;
}
