import type { Rejection } from '../../rows/chunk.ts';
import { textOfBytes } from '../inflate.ts';
import { type Body, type Fields, unfit } from './envelope.ts';
import { readAggregate } from './kinesis-aggregate.ts';

/** Why bytes in an envelope are no text. */
export const isRejection = (found: readonly unknown[] | Rejection): found is Rejection => 'code' in found;

/** The texts of one record. */
export const textsOf = (service: string, data: string, maxBytes: number) => bodiesOf(service, [{ data }], maxBytes);

/**
 * Bytes that an envelope carries in base64, as the texts that they are: an aggregate of Kinesis has several. Bytes are looked at
 * before text: what is gzip or zstd is inflated, what is not UTF-8 is refused.
 *
 * @in   maxBytes: most bytes that they may inflate to, all together
 * @out  the texts, or why one record has none
 */
export function bodiesOf(
  service: string,
  records: readonly { readonly data: unknown; readonly fields?: Fields }[],
  maxBytes: number,
): readonly Body[] | Rejection {
  const bodies: Body[] = [];
  let left = maxBytes;
  for (const { data, fields } of records) {
    if (typeof data !== 'string') return unfit(service, 'a record has no data');
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(data)) return unfit(service, 'its data are expected to be base64');
    const bytes = Buffer.from(data, 'base64');
    for (const part of readAggregate(bytes) ?? [bytes]) {
      const text = textOfBytes(part, left);
      if (!text.ok) return text.rejection;
      bodies.push({ text: text.text, fields });
      left -= Math.min(left, Buffer.byteLength(text.text));
    }
  }
  return bodies;
}
