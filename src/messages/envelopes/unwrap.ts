/**
 * Envelopes of AWS services around rows, recognised by their keys without being told:
 *
 *   SNS (not raw) → Message       EventBridge → detail              S3 notification → the object
 *   EventBridge Pipes: DynamoDB stream → image, or delete           Kinesis → data
 *
 * Numbers keep their digits on the way.
 */
import { createHash } from 'node:crypto';
import type { SQSMessageAttributes, SQSRecord } from 'aws-lambda';
import { keepDigits, textOf } from '../../rows/json-values.ts';
import type { SegmentCompression } from '../../rows/segment.ts';
import { rowOfChange } from './dynamodb-row.ts';

/** An object of S3 whose content is rows. */
export interface RowsObject {
  readonly bucket: string;
  readonly key: string;
  /** Bytes as it is stored. */
  readonly bytes: number;
  readonly compression: SegmentCompression;
}

/** The message as if it had no envelope; `object` when its rows stand in S3; `isEmpty` when it carries none. */
export interface Unwrapped {
  readonly record: SQSRecord;
  readonly object?: RowsObject;
  readonly isEmpty?: true;
}

type Json = Record<string, unknown>;
type Unwrap = (envelope: Json, record: SQSRecord) => Unwrapped | undefined;

/** Envelopes tell what they are at their beginning. */
const markers = /"(?:TopicArn|detail-type|aws:s3|s3:TestEvent|aws:dynamodb|kinesisSchemaVersion)"/;
const markedWithin = 4096;

/** @out undefined: the message has no envelope, as nearly all have none */
export function unwrap(record: SQSRecord): Unwrapped | undefined {
  // A chunk id is given by the producer library, which writes no envelopes.
  if (record.messageAttributes['chunk'] !== undefined) return undefined;
  if (!markers.test(record.body.slice(0, markedWithin))) return undefined;
  const envelope = parse(record.body);
  if (envelope === undefined) return undefined;
  try {
    for (const known of [sns, eventBridge, s3Notification, dynamoDb, kinesis]) {
      const unwrapped = known(envelope, record);
      if (unwrapped) return unwrapped;
    }
  } catch {
    // It has the keys of an envelope and not its shape: then it is rows, or nothing that is known.
  }
  return undefined;
}

const sns: Unwrap = (envelope, record) => {
  const { Type, TopicArn, Message, MessageId, MessageAttributes = {} } = envelope;
  if (Type !== 'Notification' || typeof TopicArn !== 'string' || typeof Message !== 'string') return undefined;
  const entries = Object.entries(MessageAttributes as Record<string, { Type: string; Value: string }>);
  const given = Object.fromEntries(
    entries.map(([name, { Type: dataType, Value }]) => [name, attribute(Value, dataType)]),
  );
  const inner = { ...record, body: Message, messageAttributes: { ...record.messageAttributes, ...given } };
  return unwrap(inner) ?? { record: identified(inner, `sns:${MessageId}`) };
};

const eventBridge: Unwrap = (envelope, record) => {
  const { version, id, source, account, detail } = envelope;
  if (version !== '0' || typeof id !== 'string' || typeof account !== 'string' || !isObject(detail)) return undefined;
  if (source === 'aws.s3' && envelope['detail-type'] === 'Object Created') {
    const { bucket, object } = detail as { bucket: Json; object: Json };
    // Here, other than in notifications of S3 itself, the key is not encoded.
    return objectOf(record, bucket, { ...object, eTag: object['etag'], versionId: object['version-id'] });
  }
  return { record: identified({ ...record, body: JSON.stringify(detail) }, `eventbridge:${id}`) };
};

const s3Notification: Unwrap = (envelope, record) => {
  if (envelope['Event'] === 's3:TestEvent') return { record, isEmpty: true };
  const { Records: records } = envelope;
  const [only, ...more] = Array.isArray(records) ? (records as Json[]) : [];
  const s3 = only?.['s3'] as { bucket: Json; object: Json } | undefined;
  if (only?.['eventSource'] !== 'aws:s3' || more.length > 0 || s3 === undefined) return undefined;
  const key = decodeURIComponent(String(s3.object['key']).replaceAll('+', ' '));
  return objectOf(record, s3.bucket, { ...s3.object, key });
};

const dynamoDb: Unwrap = (envelope, record) => {
  const { eventSource, eventID, eventName, dynamodb } = envelope;
  if (eventSource !== 'aws:dynamodb' || !isObject(dynamodb)) return undefined;
  const row = rowOfChange(String(eventName), dynamodb);
  return row && { record: identified({ ...record, body: JSON.stringify(row) }, `dynamodb:${eventID}`) };
};

const kinesis: Unwrap = (envelope, record) => {
  const { eventSource, eventID, sequenceNumber, data } = envelope;
  if (eventSource !== 'aws:kinesis' || typeof data !== 'string') return undefined;
  const body = Buffer.from(data, 'base64').toString();
  return { record: identified({ ...record, body }, `kinesis:${eventID ?? sequenceNumber}`) };
};

function objectOf(record: SQSRecord, bucket: Json, object: Json): Unwrapped {
  const key = String(object['key']);
  const ending = /\.(gz|zst)$/.exec(key)?.[1];
  const compression = ending === 'gz' ? 'gzip' : ending === 'zst' ? 'zstd' : 'none';
  const format = /\.csv(?:\.\w+)?$/.test(key)
    ? 'csv'
    : /\.(?:json|ndjson|jsonl)(?:\.\w+)?$/.test(key)
      ? 'json'
      : undefined;
  const version = object['versionId'] ?? object['eTag'] ?? object['sequencer'];
  const named = identified(record, `s3://${bucket['name']}/${key}#${version}`);
  const messageAttributes = format
    ? { format: attribute(format), ...named.messageAttributes }
    : named.messageAttributes;
  return {
    record: { ...named, messageAttributes },
    object: { bucket: String(bucket['name']), key, bytes: Number(textOf(object['size']) ?? 0), compression },
  };
}

/** The same event, delivered or announced twice, is the same chunk. */
function identified(record: SQSRecord, identity: string): SQSRecord {
  if (record.messageAttributes['chunk'] !== undefined) return record;
  const chunk = createHash('sha256').update(identity).digest('hex');
  return { ...record, messageAttributes: { ...record.messageAttributes, chunk: attribute(chunk) } };
}

const attribute = (stringValue: string, dataType = 'String'): SQSMessageAttributes[string] => ({
  stringValue,
  dataType,
});

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text, keepDigits);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
