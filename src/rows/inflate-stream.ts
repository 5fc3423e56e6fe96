import { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { SegmentCompression } from './segment.ts';

/** Undoes compression piece by piece. */
export function inflateStream(
  bytes: AsyncIterable<Uint8Array>,
  compression: SegmentCompression,
): AsyncIterable<Uint8Array> {
  if (compression === 'none') return bytes;
  const inflater = compression === 'gzip' ? createGunzip() : createZstdDecompress();
  const source = Readable.from(bytes);
  source.on('error', (error) => inflater.destroy(error));
  return source.pipe(inflater);
}
