/**
 * Messages whose body stands in S3. A small one is read and decoded like any other; a large one is read twice, as a
 * stream: once to check and count its rows, once to load them.
 */
import type { SQSRecord } from 'aws-lambda';
import { SinkError } from '../kit/errors.ts';
import type { Decoded, Rejection } from '../rows/chunk.ts';
import { decodeAnnounced } from './announced-objects.ts';
import { readAttributes } from './attributes.ts';
import { type DecodeRules, decodeMessage } from './decode.ts';
import { decodeBodies, decodeText } from './decode-text.ts';
import { within } from './envelope-columns.ts';
import { unwrap } from './envelopes/unwrap.ts';
import { type PayloadPointer, type Payloads, readPayloadPointer } from './payload-pointer.ts';
import { type Reading, streamOrAborted, unbounded } from './reading.ts';
import { readText, streamAboveBytes, streamedChunk } from './streamed-chunk.ts';

/**
 * Decodes a message, wherever its body stands: at once when it carries the body itself, as nearly all do.
 *
 * @throws  never a SinkError
 */
export function decodeAnywhere(
  record: SQSRecord,
  rules: DecodeRules,
  payloads: Payloads | undefined,
  reading: Reading = unbounded(),
): Decoded | Promise<Decoded> {
  const { messageId } = record;
  const unwrapped = unwrap(record, rules);
  if (unwrapped && 'code' in unwrapped) return { ok: false, messageId, rejection: unwrapped };
  const inner = unwrapped?.record ?? record;
  const inside = within(rules, unwrapped?.fields);
  if (unwrapped?.objects) {
    return settled(messageId, decodeAnnounced(inner, unwrapped.objects, payloads, inside, reading));
  }
  if (unwrapped?.bodies) return decodeBodies(inner, unwrapped.bodies, inside, reading.budget);
  const pointer = readPayloadPointer(inner, payloads ?? { buckets: [] });
  if (pointer === undefined) {
    const isHidden = inner.messageAttributes['encoding'] !== undefined;
    if (isHidden) return decodeText(inner, inside, reading.budget);
    return decodeMessage(inner, inside, reading.budget, unwrapped ? undefined : record.md5OfBody);
  }
  if ('code' in pointer) return { ok: false, messageId, rejection: pointer };
  return settled(messageId, decodePayload(inner, pointer, payloads, inside, reading));
}

const settled = (messageId: string, decoded: Promise<Decoded>): Promise<Decoded> =>
  decoded.catch((error: unknown): Decoded => {
    if (!(error instanceof SinkError)) throw error;
    const rejection: Rejection = { code: error.code, detail: error.detail };
    return { ok: false, messageId, rejection };
  });

async function decodePayload(
  record: SQSRecord,
  pointer: PayloadPointer,
  payloads: Payloads | undefined,
  rules: DecodeRules,
  { budget, signal }: Reading,
): Promise<Decoded> {
  const attributes = readAttributes(record);
  if ('code' in attributes) return { ok: false, messageId: record.messageId, rejection: attributes };
  const open = (until?: AbortSignal) => streamOrAborted(openPayload(pointer, payloads), until);
  if (attributes.encoding === 'plain' && pointer.bytes > streamAboveBytes) {
    return { ok: true, chunks: [await streamedChunk(record, attributes, open, rules, signal)] };
  }
  budget.take(Math.min(pointer.bytes, rules.maxInflatedBytes));
  const body = await readText(open(signal), rules.maxInflatedBytes);
  // What is plain was counted; what is inflated is counted again, as what it becomes.
  return decodeText({ ...record, body }, rules, attributes.encoding === 'plain' ? undefined : budget);
}

async function* openPayload(
  { bucket, key }: PayloadPointer,
  payloads: Payloads | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    if (payloads) yield* payloads.bucket(bucket).open(key);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new SinkError('SEGMENT_UNREADABLE', `${bucket}/${key}: ${found}.`, { cause: error });
  }
}
