import type { SQSRecord } from 'aws-lambda';
import type { Chunk, Decoded } from '../rows/chunk.ts';
import { readAttributes } from './attributes.ts';
import { type DecodeRules, decodeMessage, inflateWithin } from './decode.ts';
import { within } from './envelope-columns.ts';
import { type Body, unfit } from './envelopes/envelope.ts';
import { unwrap } from './envelopes/unwrap.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { mergeChunks } from './merge-chunks.ts';

/**
 * Decodes a message whose text comes to light only now, since it stood in S3, or was compressed: it may have envelopes of its own,
 * unless the producer library wrote it, which counts what it sends.
 *
 * @out     the chunk, whose identity stays that which the message has; or why it cannot be taken
 * @throws  never
 */
export function decodeText(record: SQSRecord, rules: DecodeRules, budget?: MemoryBudget): Decoded {
  const { messageId, body } = record;
  const attributes = readAttributes(record);
  if ('code' in attributes) return { ok: false, messageId, rejection: attributes };
  if (attributes.rows !== undefined) return decodeMessage(record, rules, budget);
  const text = inflateWithin(body, attributes.encoding, rules.maxInflatedBytes, budget);
  if (!text.ok) return { ok: false, messageId, rejection: text.rejection };
  const { chunk, encoding: _, ...others } = record.messageAttributes;
  const named = chunk ? { chunk } : {};
  const plain = { ...record, body: text.text, messageAttributes: others };
  const unwrapped = unwrap(plain, rules) ?? { record: plain };
  if ('code' in unwrapped) return { ok: false, messageId, rejection: unwrapped };
  if (unwrapped.objects?.length)
    return { ok: false, messageId, rejection: unfit('S3', 'objects are announced by messages only') };
  const inner = { ...unwrapped.record, messageAttributes: { ...unwrapped.record.messageAttributes, ...named } };
  const bodies = unwrapped.objects ? [] : (unwrapped.bodies ?? [{ text: inner.body }]);
  return decodeBodies(inner, bodies, within(rules, unwrapped.fields));
}

/** Texts that came in one message are one chunk for each table. */
export function decodeBodies(
  record: SQSRecord,
  bodies: readonly Body[],
  rules: DecodeRules,
  budget?: MemoryBudget,
): Decoded {
  const { messageId } = record;
  const chunks: Chunk[] = [];
  for (const { text: body, fields } of bodies) {
    const decoded = decodeMessage({ ...record, body }, within(rules, fields), budget);
    if (!decoded.ok) return decoded;
    chunks.push(...decoded.chunks);
  }
  return { ok: true, chunks: mergeChunks(messageId, chunks) };
}
