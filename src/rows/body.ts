import type { Body } from '../ports.ts';
import type { Chunk } from './chunk.ts';

const comma = 0x2c;
const newline = 0x0a;
const bracketOpen = 0x5b;
const bracketClose = 0x5d;

/**
 * Joins the rows of chunks into the body of one load, without parsing them: JSON as one array, CSV as one text.
 * All chunks have the format of the load.
 *
 * @out  the body; its bytes are held in one buffer
 */
export function joinRows(chunks: readonly Chunk[]): Body {
  const isCsv = chunks[0]?.layout === 'csv';
  const buffer = Buffer.allocUnsafe(chunks.reduce((bytes, chunk) => bytes + chunk.bytes + 1, 1));
  let end = isCsv ? 0 : buffer.writeUInt8(bracketOpen, 0);
  for (const { text, layout } of chunks) {
    if (text === '') continue;
    const start = end;
    end += buffer.write(text, end);
    if (layout === 'lines') replaceByte(buffer.subarray(start, end), newline, comma);
    if (!isCsv) end = buffer.writeUInt8(comma, end);
  }
  if (!isCsv) end = buffer.writeUInt8(bracketClose, end > 1 ? end - 1 : end);
  return bodyOf(buffer.subarray(0, end));
}

/** A body whose bytes are in memory. */
export const bodyOf = (bytes: Uint8Array): Body => ({ bytes: bytes.byteLength, open: () => [bytes] });

/** JSON has no raw newline inside a string, so every newline between two rows is white space that a comma may replace. */
function replaceByte(bytes: Buffer, from: number, to: number): void {
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes[at] = to;
}
