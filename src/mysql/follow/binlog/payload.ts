import { zstdDecompressSync } from 'node:zlib';
import type { Bytes } from './bytes.ts';

const fields = { end: 0, size: 1, compression: 2, unpackedSize: 3 } as const;
const compressions = { zstd: 0, none: 255 } as const;

/** So that one transaction does not fill the memory. */
const mostBytes = 64 * 2 ** 20;

/**
 * The events of a compressed transaction, without checksums.
 *
 * @throws  RangeError
 * @source  MySQL, libs/mysql/binlog/event/control_events.h, Transaction_payload_event
 */
export function unpackTransaction(bytes: Bytes, onEvent: (event: Buffer) => void): void {
  let compression: number = compressions.none;
  let unpackedSize = 0;
  for (let field = bytes.length(); field !== fields.end; field = bytes.length()) {
    const length = bytes.length();
    const end = bytes.at + length;
    if (field === fields.compression) compression = bytes.length();
    if (field === fields.unpackedSize) unpackedSize = bytes.length();
    bytes.skip(end - bytes.at);
  }
  const payload = bytes.take(bytes.left);
  if (unpackedSize > mostBytes)
    throw new RangeError(`a compressed transaction of ${unpackedSize} bytes; at most ${mostBytes} are read`);
  if (compression !== compressions.zstd && compression !== compressions.none) {
    throw new RangeError(`a transaction compressed by the method ${compression}`);
  }
  const events =
    compression === compressions.none ? payload : zstdDecompressSync(payload, { maxOutputLength: mostBytes });
  for (let at = 0; at < events.length; ) {
    const size = events.readUInt32LE(at + 9);
    if (size < 19) throw new RangeError(`an event of ${size} bytes`);
    onEvent(events.subarray(at, at + size));
    at += size;
  }
}
