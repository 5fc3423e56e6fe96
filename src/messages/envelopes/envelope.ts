import { createHash } from 'node:crypto';
import type { SQSMessageAttributes, SQSRecord } from 'aws-lambda';
import type { EnvelopeField, EnvelopeName } from '../../kit/envelope-names.ts';
import { stampedId } from '../../kit/time-ordered-id.ts';
import type { Rejection } from '../../rows/chunk.ts';
import { textOf } from '../../rows/json-values.ts';
import { datetimeOf } from '../changes/moments.ts';

/** An object of S3 whose content is rows. */
export interface RowsObject {
  readonly bucket: string;
  readonly key: string;
  /** Bytes as it is stored; infinite where the notice does not say. */
  readonly bytes: number;
  /** What its name says of how it is written, as attributes of a message do. */
  readonly attributes: SQSMessageAttributes;
  /** Which of the object's versions was announced, as far as the notice tells. */
  readonly versionId: string | undefined;
  readonly etag: string | undefined;
  /** Tells one write of the key from another. */
  readonly sequencer: string | undefined;
  readonly fields: Fields;
}

/** What an envelope says of what it carries, as text; columns are made of it. */
export type Fields = Readonly<Partial<Record<EnvelopeField, string>>>;

/** A text that an envelope carried, to be read like the body of a message. */
export interface Body {
  readonly text: string;
  readonly fields?: Fields | undefined;
}

/** The message as if it had no envelope; `objects` when its rows stand in S3; without any, it carries no rows. */
export interface Unwrapped {
  readonly record: SQSRecord;
  readonly objects?: readonly RowsObject[];
  /** It held several texts. */
  readonly bodies?: readonly Body[];
  readonly fields?: Fields | undefined;
  readonly identity?: Identity;
}

/** The same event, delivered or announced twice, is the same chunk. */
export interface Identity {
  readonly key: string;
  /** When it happened, as every delivery of it says alike; events of one moment are claimed together. */
  readonly timeMs?: number | undefined;
}

export type Json = Readonly<Record<string, unknown>>;

/** What taking an envelope off needs to know of the options. */
export interface UnwrapRules {
  /** Most bytes that what is compressed may inflate to. */
  readonly maxInflatedBytes: number;
  /** Those that are taken off; without it, all that are known. */
  readonly envelopes?: readonly string[];
}

/** One kind of envelope. */
export interface Envelope {
  readonly name: EnvelopeName;
  /** The service that writes it, as people call it. */
  readonly service: string;
  /** It has the marks of this kind; then it is no row, whatever else it is. */
  isOne(envelope: Json): boolean;
  /**
   * Takes it off. Numbers are in it with all their digits.
   *
   * @throws  TypeError and its like, of what has the marks and not the shape
   */
  unwrap(envelope: Json, record: SQSRecord, rules: UnwrapRules): Unwrapped | Rejection;
}

/** Records of one service, as a function gets them. @out  undefined: there are none of this service */
export function recordsOf({ Records: records }: Json, eventSource: string): readonly Json[] | undefined {
  if (!Array.isArray(records)) return undefined;
  const isOfService = (each: unknown) => sourceOf(each) === eventSource;
  if (!records.some(isOfService)) return undefined;
  if (records.every(isOfService)) return records as readonly Json[];
  throw new TypeError('Records of several services.');
}

/** The service that a record comes from, as it calls itself. */
export const sourceOf = (record: unknown): unknown =>
  isObject(record) ? (record['eventSource'] ?? record['EventSource']) : undefined;

/** What has the marks of an envelope is never taken for a row. */
export const unfit = (service: string, found: string): Rejection => ({
  code: 'ENVELOPE_INVALID',
  detail: `An envelope of ${service}: ${found}.`,
});

/** Gives a message the chunk id that follows from who its rows are, unless it names one. */
export function withChunkId(record: SQSRecord, { key, timeMs }: Identity): SQSRecord {
  if (record.messageAttributes['chunk'] !== undefined) return record;
  const chunk = stampedId(createHash('sha256').update(key).digest('hex'), timeMs);
  return { ...record, messageAttributes: { ...record.messageAttributes, chunk: attribute(chunk) } };
}

type Told = { readonly timeMs?: number | undefined } & { readonly [N in Exclude<EnvelopeField, 'time'>]?: unknown };

/** Those fields that hold something. */
export function fieldsOf({ timeMs, ...told }: Told): Fields {
  const time = timeMs === undefined ? undefined : datetimeOf(BigInt(Math.round(timeMs)), 'ms');
  const texts = Object.entries(told).map(([name, value]) => [name, textOf(value)?.toWellFormed()] as const);
  const held = [['time', time] as const, ...texts].filter(([, text]) => typeof text === 'string' && text !== '');
  return Object.fromEntries(held) as Fields;
}

export const attribute = (stringValue: string, dataType = 'String'): SQSMessageAttributes[string] => ({
  stringValue,
  dataType,
});

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
