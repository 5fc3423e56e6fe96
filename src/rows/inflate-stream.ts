import { pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { SegmentCompression } from './segment.ts';

/** Undoes compression piece by piece. */
export function inflateStream(
  bytes: AsyncIterable<Uint8Array>,
  compression: SegmentCompression,
): AsyncIterable<Uint8Array> {
  if (compression === 'none') return bytes;
  const inflater = compression === 'gzip' ? createGunzip() : createZstdDecompress();
  // Whoever reads meets the errors of both; whoever stops reading closes both.
  return pipeline(Readable.from(bytes), inflater, () => undefined);
}
