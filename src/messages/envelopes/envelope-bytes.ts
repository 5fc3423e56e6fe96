import type { Rejection } from '../../rows/chunk.ts';
import { textOfBytes } from '../inflate.ts';
import { unfit } from './envelope.ts';
import { readAggregate } from './kinesis-aggregate.ts';

/** Why bytes in an envelope are no text. */
export const isRejection = (found: readonly string[] | Rejection): found is Rejection => 'code' in found;

/**
 * Bytes that an envelope carries in base64, as the texts that they are: an aggregate of Kinesis has several. Bytes are looked at
 * before text: what is gzip or zstd is inflated, what is not UTF-8 is refused.
 *
 * @in  maxBytes: most bytes that they may inflate to, all together
 */
export function textsOf(service: string, data: string, maxBytes: number): readonly string[] | Rejection {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(data)) return unfit(service, 'its data are expected to be base64');
  const bytes = Buffer.from(data, 'base64');
  const texts: string[] = [];
  let left = maxBytes;
  for (const part of readAggregate(bytes) ?? [bytes]) {
    const text = textOfBytes(part, left);
    if (!text.ok) return text.rejection;
    texts.push(text.text);
    left -= Math.min(left, Buffer.byteLength(text.text));
  }
  return texts;
}

/** The texts of many records, or why one of them has none. */
export function textsOfAll(service: string, all: readonly unknown[], maxBytes: number): readonly string[] | Rejection {
  const texts: string[] = [];
  let left = maxBytes;
  for (const data of all) {
    const found = typeof data === 'string' ? textsOf(service, data, left) : unfit(service, 'a record has no data');
    if (isRejection(found)) return found;
    for (const text of found) left -= Math.min(left, Buffer.byteLength(text));
    texts.push(...found);
  }
  return texts;
}
