import { createReadStream } from 'node:fs';
import { pipeline, Readable, type Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';
import { type Compression, UnreadableBody } from '../storage/load-plan.ts';

const chunkBytes = 1 << 20;

/**
 * The bytes of body files, one after the other, decompressed as one frame: what follows the first end of stream is lost.
 *
 * @throws UnreadableBody when the bytes are not of that compression
 * @source StreamLoadPipe: the decompressor is not begun again
 */
export async function* bodyBytes(files: readonly string[], compression: Compression): AsyncGenerator<Buffer> {
  const raw = Readable.from(fileBytes(files), { objectMode: false });
  if (compression === 'none') {
    yield* raw as AsyncIterable<Buffer>;
    return;
  }
  try {
    for await (const chunk of await decompressed(raw, compression)) yield chunk as Buffer;
  } catch (error) {
    if (error instanceof UnreadableBody) throw error;
    throw new UnreadableBody(
      `Failed to decompress the body as ${compression}: ${error instanceof Error ? error.message : error}`,
    );
  }
}

async function decompressed(raw: Readable, compression: Exclude<Compression, 'none'>): Promise<Readable> {
  switch (compression) {
    case 'gzip':
      return gunzipOne(raw);
    case 'zstd':
      return piped(raw, createZstdDecompress());
    case 'zlib':
      return piped(raw, createInflate());
    case 'lz4-frame':
      return Readable.from([await decompressLz4(await buffer(raw))]);
  }
}

/** The native module is loaded for those who need it. */
async function decompressLz4(frame: Buffer): Promise<Buffer> {
  const { decompressFrame } = await import('lz4-napi');
  return decompressFrame(frame);
}

async function* fileBytes(files: readonly string[]): AsyncGenerator<Buffer> {
  for (const file of files) yield* createReadStream(file, { highWaterMark: chunkBytes }) as AsyncIterable<Buffer>;
}

/** Errors of the source become errors of the transform. The source is closed with it. */
function piped(source: Readable, transform: Transform): Transform {
  return pipeline(source, transform, () => undefined);
}

/** node:zlib reads every member of a gzip file, so the header is taken off and the first member inflated alone. */
async function gunzipOne(raw: Readable): Promise<Readable> {
  let head = Buffer.alloc(0);
  for await (const chunk of raw.iterator({ destroyOnReturn: false })) {
    head = Buffer.concat([head, chunk as Buffer]);
    const start = gzipHeaderBytes(head);
    if (start !== undefined) {
      raw.unshift(head.subarray(start));
      return piped(raw, createInflateRaw());
    }
  }
  if (head.length === 0) return Readable.from([]);
  throw new UnreadableBody('Failed to decompress the body as gzip: incorrect header');
}

/** The length of a gzip member's header; undefined when more bytes are needed. @source RFC 1952, 2.3 */
function gzipHeaderBytes(head: Buffer): number | undefined {
  if (head.length < 10) return undefined;
  if (head.readUInt16BE(0) !== 0x1f8b || head[2] !== 8) {
    throw new UnreadableBody('Failed to decompress the body as gzip: incorrect header');
  }
  const flags = head[3] ?? 0;
  let at = 10;
  if ((flags & 4) !== 0) {
    if (head.length < at + 2) return undefined;
    at += 2 + head.readUInt16LE(at);
  }
  for (const text of [8, 16]) {
    if ((flags & text) === 0) continue;
    const end = head.indexOf(0, at);
    if (end < 0) return undefined;
    at = end + 1;
  }
  if ((flags & 2) !== 0) at += 2;
  return at <= head.length ? at : undefined;
}
