/**
 * Objects that a notice of S3 tells of. What is read is the write that was announced: its version, or what has its ETag. One
 * that was written over since brings no rows; the notice of the later write brings them.
 */
import type { SQSRecord } from 'aws-lambda';
import { SinkError } from '../kit/errors.ts';
import { ObjectSuperseded, type OpenedObject, type VersionAsked, type VersionedObjects } from '../object-store.ts';
import { type Chunk, type Decoded, newChunk } from '../rows/chunk.ts';
import { inflateStream, sniffCompression } from '../rows/inflate-stream.ts';
import { readAttributes } from './attributes.ts';
import type { DecodeRules } from './decode.ts';
import { decodeText } from './decode-text.ts';
import { within } from './envelope-columns.ts';
import { type Identity, type RowsObject, withChunkId } from './envelopes/envelope.ts';
import { mergeChunks } from './merge-chunks.ts';
import type { Payloads } from './payload-pointer.ts';
import { orAborted, type Reading, streamOrAborted } from './reading.ts';
import { readText, streamAboveBytes, streamedChunk, textWithin } from './streamed-chunk.ts';

/**
 * Decodes the objects of one notice into one chunk.
 *
 * @throws  SinkError: one of them cannot be taken, so none is
 */
export async function decodeAnnounced(
  record: SQSRecord,
  objects: readonly RowsObject[],
  payloads: Payloads | undefined,
  rules: DecodeRules,
  reading: Reading,
): Promise<Decoded> {
  const chunks: Chunk[] = [];
  for (const object of writesOf(objects)) {
    if (!payloads?.buckets.includes(object.bucket) || object.bucket === payloads.own) {
      const detail = `A notification names the bucket ${JSON.stringify(object.bucket.slice(0, 64))}.`;
      throw new SinkError('POINTER_INVALID', detail);
    }
    const inside = within(rules, object.fields);
    const decoded = await decodeObject(record, object, payloads.bucket(object.bucket), inside, reading);
    if (!decoded.ok) return decoded;
    chunks.push(...decoded.chunks);
  }
  return { ok: true, chunks: mergeChunks(record.messageId, chunks) };
}

/** A write that is told of twice is one. */
function writesOf(objects: readonly RowsObject[]): Iterable<RowsObject> {
  const keyOf = ({ bucket, key, versionId, etag, sequencer }: RowsObject) =>
    JSON.stringify([bucket, key, versionId, etag, sequencer]);
  return new Map(objects.map((object) => [keyOf(object), object])).values();
}

async function decodeObject(
  record: SQSRecord,
  object: RowsObject,
  store: VersionedObjects,
  given: DecodeRules,
  { budget, signal }: Reading,
): Promise<Decoded> {
  const rules = { ...given, object: `${object.bucket}/${object.key}` };
  const first = await openWrite(object, store, signal);
  const named = withChunkId(record, identityOf(object, first));

  const whole = { ...named, messageAttributes: { ...object.attributes, ...named.messageAttributes } };
  const attributes = readAttributes(whole);
  if ('code' in attributes) throw new SinkError(attributes.code, attributes.detail);
  if (first === undefined) return { ok: true, chunks: [newChunk({ id: attributes.chunk, layout: 'items', rows: 0 })] };
  const { compression, bytes } = await sniffCompression(readAs(object, first.bytes, signal));
  const isSmall = object.bytes <= streamAboveBytes;
  if (attributes.encoding !== 'plain' || (isSmall && compression === 'none')) {
    budget.take(Math.min(object.bytes, rules.maxInflatedBytes));
    const body = await readText(bytes, rules.maxInflatedBytes);
    return decodeText({ ...whole, body }, rules, attributes.encoding === 'plain' ? undefined : budget);
  }
  // What is compressed may be large, however small it looks.
  const most = Math.min(streamAboveBytes, rules.maxInflatedBytes);
  const body = isSmall ? await textWithin(inflateStream(bytes, compression), most) : undefined;
  if (body !== undefined) return decodeText({ ...whole, body }, rules, budget);
  await bytes[Symbol.asyncIterator]().return?.();
  // Whatever the notice says, it is one and the same object that is counted and sent.
  const same = { versionId: first.versionId, etag: first.etag };
  const open = (until?: AbortSignal) => inflateStream(reopen(object, same, store, until), compression);
  return { ok: true, chunks: [await streamedChunk(whole, attributes, open, rules, signal)] };
}

/** @out  undefined: the object was written over since */
async function openWrite(
  object: RowsObject,
  store: VersionedObjects,
  signal: AbortSignal | undefined,
): Promise<OpenedObject | undefined> {
  const asked = versionOf(object);
  try {
    return await orAborted(store.openVersion(object.key, asked), signal);
  } catch (error) {
    if (error instanceof ObjectSuperseded) return undefined;
    throw unreadable(object, error);
  }
}

/** In a bucket whose versions are suspended, the version `null` is whatever was written last. */
function versionOf({ versionId, etag, bytes }: RowsObject): VersionAsked {
  if (versionId !== undefined && versionId !== 'null') return { versionId };
  const isOfS3 = etag !== undefined && /^[0-9a-f]{32}(?:-\d+)?$/.test(etag) && !(etag === etagOfNothing && bytes > 0);
  return isOfS3 ? { etag } : {};
}

/** What some that send notices write for every object. */
const etagOfNothing = 'd41d8cd98f00b204e9800998ecf8427e';

/** Each write is an identity. Where the notice does not say for certain which write it means, that which was read is it. */
function identityOf(object: RowsObject, opened: OpenedObject | undefined): Identity {
  const asked = versionOf(object);
  const key = `s3://${object.bucket}/${object.key}#`;
  if (asked.versionId && opened?.versionId === asked.versionId)
    return { key: `${key}${asked.versionId}`, timeMs: opened.modifiedMs };
  const { sequencer = '' } = object;
  // There are emulators that give every write the same sequencer.
  if (asked.etag) return { key: `${key}${asked.etag}:${sequencer}`, timeMs: timeOfSequencer(sequencer) };
  return { key: `${key}read:${opened?.versionId ?? opened?.etag}` };
}

/**
 * Sequencers begin with the second in which the key was written. S3 does not promise that; nothing depends on it but which claims
 * stand together. The time of the notice does not serve: S3, EventBridge and people who send notices again write different ones.
 */
function timeOfSequencer(sequencer: string): number | undefined {
  const [, seconds] = /^00([0-9a-f]{8})[0-9a-f]{8}$/i.exec(sequencer) ?? [];
  return seconds === undefined ? undefined : Number.parseInt(seconds, 16) * 1000;
}

async function* reopen(
  object: RowsObject,
  version: VersionAsked,
  store: VersionedObjects,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const opened = await orAborted(store.openVersion(object.key, version), signal).catch((error: unknown) => {
    throw unreadable(object, error);
  });
  yield* readAs(object, opened.bytes, signal);
}

async function* readAs(
  object: RowsObject,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    yield* streamOrAborted(bytes, signal);
  } catch (error) {
    throw unreadable(object, error);
  }
}

function unreadable({ bucket, key }: RowsObject, error: unknown): SinkError {
  if (error instanceof SinkError) return error;
  const found = error instanceof Error ? error.message : String(error);
  return new SinkError('SEGMENT_UNREADABLE', `${bucket}/${key}: ${found}.`, { cause: error });
}
