import { createReadStream } from 'node:fs';
import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { chained, UnreadableFile } from '../src/rows/cutter.ts';

const gzip = Buffer.from([0x1f, 0x8b]);
const zstd = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const magicBytes = zstd.length;

/**
 * Reads a file, or standard input for `-`, as text: gzip and zstd are recognised by their first bytes.
 *
 * @in     onBytes: told the bytes read so far, before decompression
 * @throws UnreadableFile when it is not UTF-8, or its compression is broken; what the file system throws
 */
export async function* readText(
  path: string,
  stdin: Readable,
  onBytes: (bytes: number) => void,
): AsyncGenerator<string, void> {
  const source = path === '-' ? stdin : createReadStream(path, { highWaterMark: 256 * 1024 });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Buffer): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch (cause) {
      throw new UnreadableFile('it holds bytes that are not UTF-8; convert it (iconv -t utf-8)', { cause });
    }
  };
  try {
    for await (const bytes of inflated(counted(source, onBytes))) yield decode(bytes);
  } catch (cause) {
    // Node does not say of which file it was, where that was opened and could not be read: a folder.
    if (cause instanceof Error && 'syscall' in cause) throw Object.assign(cause, { path });
    if (!isZlibError(cause)) throw cause;
    throw new UnreadableFile(`it cannot be decompressed: ${cause.message}`, { cause });
  }
  yield decode();
}

const isZlibError = (error: unknown): error is Error =>
  error instanceof Error && /^(Z_|ZSTD_|ERR_ZSTD|ERR_ZLIB)/.test(String('code' in error ? error.code : ''));

async function* counted(source: Readable, onBytes: (bytes: number) => void): AsyncGenerator<Buffer, void> {
  for await (const chunk of source) {
    const bytes = Buffer.from(chunk);
    onBytes(bytes.length);
    yield bytes;
  }
}

async function* inflated(source: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  let head = Buffer.alloc(0);
  while (head.length < magicBytes) {
    const next = await source.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  const inflate = inflaterFor(head);
  if (inflate === undefined) {
    yield head;
    yield* source;
    return;
  }
  let bytesIn = 0;
  const input = async function* () {
    for await (const bytes of chained(head, source)) {
      bytesIn += bytes.length;
      yield bytes;
    }
  };
  // A failure of the pipeline comes out of `inflate` too, where the reader meets it.
  pipeline(input, inflate).catch(() => undefined);
  yield* inflate as AsyncIterable<Buffer>;
  // Node takes the end of the first zstd frame for the end of the text, and drops what comes behind without a word.
  if (inflate.bytesWritten < bytesIn) {
    throw new UnreadableFile('it holds more than one zstd frame; compress it in one piece');
  }
}

function inflaterFor(head: Buffer): (Transform & { readonly bytesWritten: number }) | undefined {
  if (head.subarray(0, gzip.length).equals(gzip)) return createGunzip();
  if (head.subarray(0, zstd.length).equals(zstd)) return createZstdDecompress();
  return undefined;
}
