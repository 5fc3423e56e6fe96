/**
 * Messages whose body stands in S3. A small one is read and decoded like any other; a large one is read twice, as a
 * stream: once to check and count its rows, once to load them.
 */
import { isUtf8 } from 'node:buffer';
import type { SQSRecord } from 'aws-lambda';
import { SinkError } from '../kit/errors.ts';
import type { ObjectStore } from '../object-store.ts';
import { type Chunk, type Decoded, newChunk, type Rejection, type RowFormat } from '../rows/chunk.ts';
import { inflateStream } from '../rows/inflate-stream.ts';
import { RowSieve } from '../rows/row-sieve.ts';
import { streamRows } from '../rows/row-stream.ts';
import type { SegmentCompression } from '../rows/segment.ts';
import { type RowAttributes, readAttributes } from './attributes.ts';
import { type DecodeRules, decodeMessage, detectFormat, rowsProblem } from './decode.ts';
import { type RowsObject, unwrap } from './envelopes/unwrap.ts';
import { type PayloadPlaces, type PayloadPointer, readPayloadPointer } from './payload-pointer.ts';

export interface Payloads extends PayloadPlaces {
  readonly bucket: (name: string) => ObjectStore;
}

/** Above this a payload is not held in memory. */
const streamAboveBytes = 8 * 1024 ** 2;

/**
 * Decodes a message, wherever its body stands: at once when it carries the body itself, as nearly all do.
 *
 * @throws  never a SinkError
 */
export function decodeAnywhere(
  record: SQSRecord,
  rules: DecodeRules,
  payloads: Payloads | undefined,
): Decoded | Promise<Decoded> {
  const unwrapped = unwrap(record);
  if (unwrapped?.isEmpty) return { ok: true, chunk: emptyChunk(record.messageId) };
  const inner = unwrapped?.record ?? record;
  const pointer = unwrapped?.object
    ? allowed(unwrapped.object, payloads)
    : readPayloadPointer(inner, payloads ?? { buckets: [] });
  if (pointer === undefined) return decodeMessage(inner, rules);
  const { messageId } = record;
  if ('code' in pointer) return { ok: false, messageId, rejection: pointer };
  return decodePayload(inner, pointer, payloads, rules).catch((error: unknown): Decoded => {
    if (!(error instanceof SinkError)) throw error;
    return { ok: false, messageId, rejection: { code: error.code, detail: error.detail } };
  });
}

/** A notice that carries no rows, such as S3's test event. */
const emptyChunk = (messageId: string): Chunk => newChunk({ id: messageId, layout: 'items', rows: 0 });

function allowed(object: RowsObject, payloads: Payloads | undefined): RowsObject | Rejection {
  if (payloads?.buckets.includes(object.bucket) && object.bucket !== payloads.own) return object;
  return {
    code: 'POINTER_INVALID',
    detail: `A notification names the bucket ${JSON.stringify(object.bucket.slice(0, 64))}.`,
  };
}

type Open = () => AsyncIterable<Uint8Array>;

type Source = PayloadPointer & { readonly compression?: SegmentCompression };

async function decodePayload(
  record: SQSRecord,
  source: Source,
  payloads: Payloads | undefined,
  rules: DecodeRules,
): Promise<Decoded> {
  const attributes = readAttributes(record);
  if ('code' in attributes) return { ok: false, messageId: record.messageId, rejection: attributes };
  const { bytes, compression = 'none' } = source;
  const open = () => inflateStream(openPayload(source, payloads), compression);
  if (attributes.encoding === 'plain' && (bytes > streamAboveBytes || compression !== 'none')) {
    return { ok: true, chunk: await streamedChunk(record, attributes, open, rules) };
  }
  return decodeMessage({ ...record, body: await readText(open(), rules.maxInflatedBytes) }, rules);
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

async function readText(source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of source) {
    bytes += piece.byteLength;
    if (bytes > maxBytes) throw new SinkError('MESSAGE_TOO_LARGE', `The payload has more than ${maxBytes} bytes.`);
    pieces.push(piece);
  }
  const text = Buffer.concat(pieces);
  if (!isUtf8(text)) throw new SinkError('MESSAGE_NOT_TEXT', 'The payload is not UTF-8.');
  return new TextDecoder().decode(text);
}

/** Reads no further than to the first character that is no white space. */
async function formatOfStream(source: AsyncIterable<Uint8Array>): Promise<RowFormat | undefined> {
  for await (const piece of source) {
    const text = Buffer.from(piece).toString();
    if (text.trim() !== '') return detectFormat(text);
  }
  return undefined;
}

async function streamedChunk(
  record: SQSRecord,
  attributes: RowAttributes,
  open: Open,
  rules: DecodeRules,
): Promise<Chunk> {
  const format = attributes.format ?? (await formatOfStream(open())) ?? rules.defaultFormat;
  if (format === undefined)
    throw new SinkError('MESSAGE_SHAPE_UNKNOWN', 'The payload begins neither with { nor with [.');
  const sieve = new RowSieve();
  let [rows, bytes] = [0, 0];
  for await (const part of streamRows(open(), format, rules.csv, (cut) => sieve.passes(cut))) {
    rows += part.rows;
    bytes += part.bytes.byteLength;
  }
  const { badRows } = sieve;
  const problem = rowsProblem(rows, badRows, attributes, rules);
  if (problem) throw new SinkError(problem.code, problem.detail);
  const { messageId } = record;
  const { database, table, columns, chunk: id } = attributes;
  return newChunk({
    ...{ id, messageId, database, table, columns, rows, bytes },
    ...(badRows.length > 0 ? { badRows } : {}),
    layout: format === 'csv' ? 'csv' : 'items',
    async *source() {
      // The rows were looked at; only those that were bad must be found again, by their place.
      const bad = new Set(badRows.map(({ row }) => row));
      let row = 0;
      for await (const part of streamRows(open(), format, rules.csv, () => !bad.has(row++))) yield part.bytes;
    },
  });
}

/** A chunk with its rows in memory, wherever they stand. @throws SinkError SEGMENT_UNREADABLE */
export async function holdRows(chunk: Chunk): Promise<Chunk> {
  const { source, ...held } = chunk;
  if (source === undefined) return chunk;
  return { ...held, text: Buffer.concat(await Array.fromAsync(source())).toString() };
}
