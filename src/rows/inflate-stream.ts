import { createGunzip, createZstdDecompress } from 'node:zlib';
import { SinkError } from '../kit/errors.ts';
import type { SegmentCompression } from './segment.ts';

const inflaters = { gzip: createGunzip, zstd: createZstdDecompress };

/**
 * Undoes compression piece by piece. All that was written one behind the other is read: gzip has members, zstd has frames, and
 * Node's streams stop behind the first frame without a word.
 *
 * @throws  SinkError MESSAGE_NOT_TEXT: cut off, broken, or followed by something else; what the source throws
 */
export async function* inflateStream(
  bytes: AsyncIterable<Uint8Array>,
  compression: SegmentCompression,
): AsyncGenerator<Uint8Array> {
  if (compression === 'none') {
    yield* bytes;
    return;
  }
  const pieces = bytes[Symbol.asyncIterator]();
  try {
    let rest = await nextPiece(pieces);
    if (rest === undefined) throw notWhole(compression, 'it is empty');
    while (rest !== undefined) {
      const frame: Frame = new Frame(compression, pieces, rest);
      yield* frame.read();
      rest = frame.rest ?? (await nextPiece(pieces));
    }
  } finally {
    pieces.return?.()?.catch(() => undefined);
  }
}

async function nextPiece(pieces: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  for (;;) {
    const { done, value } = await pieces.next();
    if (done) return undefined;
    if (value.byteLength > 0) return value;
  }
}

/** One member of gzip, or frame of zstd, or as many as the inflater reads by itself. */
class Frame {
  readonly #compression: keyof typeof inflaters;
  readonly #pieces: AsyncIterator<Uint8Array>;
  readonly #first: Uint8Array;
  /** Bytes that were fetched and belong to the next frame. */
  rest: Uint8Array | undefined;

  constructor(compression: keyof typeof inflaters, pieces: AsyncIterator<Uint8Array>, first: Uint8Array) {
    this.#compression = compression;
    this.#pieces = pieces;
    this.#first = first;
  }

  async *read(): AsyncGenerator<Uint8Array> {
    const inflater = inflaters[this.#compression]();
    const over = Promise.withResolvers<void>();
    let given = 0;
    let last = this.#first;
    let failure: unknown;
    const feed = async (): Promise<void> => {
      for (let piece: Uint8Array | undefined = last; piece; piece = await nextPiece(this.#pieces)) {
        last = piece;
        given += piece.byteLength;
        const { promise: written, resolve } = Promise.withResolvers<void>();
        inflater.write(piece, () => resolve());
        await Promise.race([written, over.promise]);
        // It reads no more: the frame is over, and the rest is the next one's.
        if (inflater.destroyed || inflater.bytesWritten < given) return;
      }
      inflater.end();
    };
    const fed = feed().catch((error: unknown) => {
      failure = error;
      inflater.destroy(error instanceof Error ? error : new Error(String(error)));
    });
    inflater.once('end', () => over.resolve());
    try {
      for await (const piece of inflater) yield piece as Uint8Array;
    } catch (error) {
      throw failure ?? notWhole(this.#compression, error instanceof Error ? error.message : 'it is broken');
    } finally {
      inflater.destroy();
      over.resolve();
    }
    await fed;
    const left = given - inflater.bytesWritten;
    if (left > 0) this.rest = last.subarray(last.byteLength - left);
  }
}

const notWhole = (compression: SegmentCompression, found: string) =>
  new SinkError('MESSAGE_NOT_TEXT', `It is not whole ${compression}, or something follows it: ${found}.`);

const magics = [
  { compression: 'gzip', bytes: [0x1f, 0x8b] },
  { compression: 'zstd', bytes: [0x28, 0xb5, 0x2f, 0xfd] },
] as const;

export const compressionOf = (head: Uint8Array): SegmentCompression =>
  magics.find(({ bytes }) => bytes.every((byte, at) => head[at] === byte))?.compression ?? 'none';

/** What the first bytes say, whatever the name of an object says. @out  `bytes`: all of them, the first again */
export async function sniffCompression(
  source: AsyncIterable<Uint8Array>,
): Promise<{ readonly compression: SegmentCompression; readonly bytes: AsyncIterable<Uint8Array> }> {
  const pieces = source[Symbol.asyncIterator]();
  let head: Uint8Array = Buffer.alloc(0);
  for (let piece = await nextPiece(pieces); piece; piece = head.byteLength < 4 ? await nextPiece(pieces) : undefined)
    head = Buffer.concat([head, piece]);
  async function* all() {
    try {
      yield head;
      for (let piece = await nextPiece(pieces); piece; piece = await nextPiece(pieces)) yield piece;
    } finally {
      pieces.return?.()?.catch(() => undefined);
    }
  }
  return { compression: compressionOf(head), bytes: all() };
}
