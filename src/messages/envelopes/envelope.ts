import { createHash } from 'node:crypto';
import type { SQSMessageAttributes, SQSRecord } from 'aws-lambda';
import { stampedId } from '../../kit/time-ordered-id.ts';
import type { Rejection, RowFormat } from '../../rows/chunk.ts';

/** An object of S3 whose content is rows. */
export interface RowsObject {
  readonly bucket: string;
  readonly key: string;
  /** Bytes as it is stored. */
  readonly bytes: number;
  /** What its name says. */
  readonly format: RowFormat | undefined;
  /** Which of the object's versions was announced, as far as the notice tells. */
  readonly versionId: string | undefined;
  readonly etag: string | undefined;
  /** Tells one write of the key from another. */
  readonly sequencer: string | undefined;
}

/** The message as if it had no envelope; `objects` when its rows stand in S3; without any, it carries no rows. */
export interface Unwrapped {
  readonly record: SQSRecord;
  readonly objects?: readonly RowsObject[];
  readonly identity?: Identity;
}

/** The same event, delivered or announced twice, is the same chunk. */
export interface Identity {
  readonly key: string;
  /** When it happened, as every delivery of it says alike; events of one moment are claimed together. */
  readonly timeMs?: number | undefined;
}

export type Json = Readonly<Record<string, unknown>>;

/**
 * Takes one kind of envelope off.
 *
 * @out     undefined: it has not the marks of this kind; a rejection: it has, and does not fit otherwise
 * @throws  TypeError and its like, of what has the marks and not the shape
 */
export type Unwrap = (envelope: Json, record: SQSRecord) => Unwrapped | Rejection | undefined;

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

export const attribute = (stringValue: string, dataType = 'String'): SQSMessageAttributes[string] => ({
  stringValue,
  dataType,
});

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
