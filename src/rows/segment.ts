import { Readable } from 'node:stream';
import { createGzip, createZstdCompress } from 'node:zlib';
import * as v from 'valibot';
import { bucketPrefixes } from '../kit/bucket-prefixes.ts';
import { type Compression, compressions } from '../kit/compressions.ts';
import type { Body, Destination } from '../ports.ts';
import type { Item } from './batch.ts';
import { tableKey } from './destination.ts';
import { type WrittenOrigins, writtenOrigins } from './row-origins.ts';

export type SegmentCompression = 'none' | Compression;

/**
 * A batch staged in S3: immutable, loaded once, many of them in one load. JSON rows stand in it separated by commas, CSV rows
 * each with their delimiter, so that segments are joined without being parsed.
 */
export interface Segment extends Item {
  readonly destination: Destination;
  readonly key: string;
  readonly compression: SegmentCompression;
  /** Whose messages its rows are, where that is short. */
  readonly rowOrigins?: WrittenOrigins;
  /** The key of what says so where it is not. Both are absent where the rows were staged before that was told. */
  readonly origins?: string;
}

/**
 * What says whose messages the rows are travels with the pointer up to so many characters: an object of its own costs as much as the
 * segment, and an event of 6 MB holds pointers to some 400 segments still.
 */
const mostInPointer = 16_384;

/** Whether it may stand in a pointer: SQS refuses some characters, and ASCII is none of them. */
export const fitsPointer = (origins: string, most = mostInPointer): boolean =>
  origins.length <= most && /^[ -~]*$/.test(origins);

const text = v.pipe(v.string(), v.minLength(1));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const pointerSchema = v.object({
  starrocksSinkSegment: v.literal(1),
  id: text,
  key: v.pipe(text, v.startsWith(bucketPrefixes.segments)),
  database: text,
  table: text,
  headers: v.record(text, v.string()),
  primaryKey: v.optional(v.array(text)),
  rows: count,
  bytes: count,
  hasDeletes: v.optional(v.literal(true)),
  compression: v.picklist(['none', ...compressions]),
  rowOrigins: v.fallback(v.optional(writtenOrigins), undefined),
  origins: v.optional(v.pipe(text, v.startsWith(bucketPrefixes.origins))),
});

/** The message body that points at a segment. */
export function writePointer({ destination, ...segment }: Segment): string {
  return JSON.stringify({ starrocksSinkSegment: 1, ...segment, ...destination } satisfies
    | v.InferInput<typeof pointerSchema>
    | object);
}

/** @out undefined: the text is no pointer of this sink */
export function readPointer(body: string): Segment | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return undefined;
  }
  const parsed = v.safeParse(pointerSchema, json);
  if (!parsed.success) return undefined;
  const {
    starrocksSinkSegment: _,
    database,
    table,
    headers,
    primaryKey,
    hasDeletes,
    rowOrigins,
    origins,
    ...segment
  } = parsed.output;
  const destination = { database, table, headers, ...(primaryKey ? { primaryKey } : {}) };
  const told = { ...(rowOrigins && { rowOrigins }), ...(origins && { origins }) };
  return { ...segment, ...(hasDeletes && { hasDeletes }), ...told, destination };
}

/** Where the rows of a batch are staged. */
export function segmentKey(table: Destination, id: string, compression: SegmentCompression): string {
  const ending = { none: '', gzip: '.gz', zstd: '.zst' }[compression];
  return `${bucketPrefixes.segments}${tableKey(table)}/${id}.rows${ending}`;
}

/** Where it stands whose messages the rows of a segment are. */
export const originsKey = (table: Destination, id: string): string =>
  `${bucketPrefixes.origins}${tableKey(table)}/${id}.json`;

const compressors = { gzip: createGzip, zstd: createZstdCompress };

/** The body as it is kept in S3. @out  `bytes` are those before compression */
export function compressBody(body: Body, compression: SegmentCompression): Body {
  if (compression === 'none') return body;
  return { bytes: body.bytes, open: () => Readable.from(body.open()).compose(compressors[compression]()) };
}
