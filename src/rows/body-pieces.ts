/**
 * Memory for bodies of loads. A body is written piece by piece while it is sent, and the piece whose bytes have left is written over:
 *
 *   free ─ written to ─▶ handed out ─ given back ─▶ free
 *                            └─ not given back, whatever became of it ─▶ garbage
 *
 * Nobody has to give a piece back, and nobody may who is not sure that its bytes will not be read again.
 */
import type { Chunk } from './chunk.ts';
import { bytesOfUnit } from './look-at-row.ts';

/** So few that a processor has them near when they are copied to a socket. */
const usualBytes = 256 * 1024;
/** Of all bodies together. */
const mostFree = 8;
/** A body that is smaller than this part of a piece is written into memory of its own. */
const leastShared = 1 / 16;

export class Pieces {
  readonly #bytes: number;
  readonly #free: Buffer[] = [];
  readonly #handedOut = new WeakMap<Uint8Array, Buffer>();

  /** @in  bytes: of each piece */
  constructor(bytes = usualBytes) {
    this.#bytes = bytes;
  }

  /** @in  bytes: of the body. @out  nobody else has it; all of a small body has room in it */
  take(bytes: number): Buffer {
    if (bytes < this.#bytes * leastShared) return Buffer.allocUnsafe(bytes + slack);
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);
  }

  /** @in  piece: as it was taken. @out  its first bytes, which may be given back */
  handOut(piece: Buffer, bytes: number): Buffer {
    const written = piece.subarray(0, bytes);
    if (piece.length === this.#bytes) this.#handedOut.set(written, piece);
    return written;
  }

  /** @in  written: what was handed out, itself; anything else is left alone, as is what was given back before */
  giveBack(written: Uint8Array): void {
    const piece = this.#handedOut.get(written);
    if (piece === undefined) return;
    this.#handedOut.delete(written);
    if (this.#free.length < mostFree) this.#free.push(piece);
  }
}

/** Bytes that a piece has more than the body, or is left with, so that a character, what stands before it and what ends all fit. */
const slack = 16;
const [comma, openArray, closeArray] = [0x2c, 0x5b, 0x5d];

/**
 * Writes the rows of chunks behind each other: those of JSON with commas between them.
 *
 * @in   bytes: of all that is written; isArray: brackets stand around it
 * @out  pieces of it, each valid until it is given back
 */
export function* writePieces(
  chunks: readonly Chunk[],
  { bytes, isArray }: { readonly bytes: number; readonly isArray: boolean },
  pieces: Pieces,
): Generator<Uint8Array> {
  let [piece, end, isFirst] = [pieces.take(bytes), 0, true];
  if (isArray) piece[end++] = openArray;
  for (const { text, bytes: bytesOfText, layout } of chunks) {
    let left = bytesOfText;
    for (let at = 0; at < text.length; ) {
      if (piece.length - end < slack) {
        yield pieces.handOut(piece, end);
        [piece, end] = [pieces.take(bytes), 0];
      }
      if (at === 0 && !isFirst && layout !== 'csv') piece[end++] = comma;
      isFirst = false;
      // One byte is kept for what ends the array.
      const room = piece.length - end - 1;
      const part =
        left <= room ? restOf(text, at) : partOf(text, at, Math.floor(room / bytesOfUnit(text, bytesOfText)));
      const written = piece.write(part, end);
      if (layout === 'lines' && part.includes('\n')) joinLines(part, piece.subarray(end, end + written));
      at += part.length;
      end += written;
      left -= written;
    }
  }
  if (isArray) piece[end++] = closeArray;
  if (end > 0) yield pieces.handOut(piece, end);
}

const restOf = (text: string, at: number) => (at === 0 ? text : text.slice(at));

/** @out  so many units from `at` on, or one less that would be half a character */
function partOf(text: string, at: number, units: number): string {
  const isCut = (text.charCodeAt(at + units - 1) & 0xfc00) === highSurrogate;
  return text.slice(at, at + units - (isCut ? 1 : 0));
}

const highSurrogate = 0xd800;

/**
 * JSON has no raw newline inside a string, so every newline between two rows is white space that a comma may replace.
 *
 * @in  bytes: the text as it was written
 */
function joinLines(text: string, bytes: Buffer): void {
  // A text is searched faster than bytes are. Where all of it is ASCII both have a newline at the same place.
  const lines = bytes.length === text.length ? text : bytes;
  for (let at = lines.indexOf('\n'); at >= 0; at = lines.indexOf('\n', at + 1)) bytes[at] = comma;
}
