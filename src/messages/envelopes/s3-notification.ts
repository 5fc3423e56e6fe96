import type { SQSMessageAttributes } from 'aws-lambda';
import type { Rejection } from '../../rows/chunk.ts';
import { textOf } from '../../rows/json-values.ts';
import { attribute, type Envelope, fieldsOf, isObject, type Json, type RowsObject, unfit } from './envelope.ts';
import { timeOfText } from './event-time.ts';

/** A notification of S3, a record of one, or its test event, which is sent when notifications are set up. @source  S3: event message structure */
export const s3Notification: Envelope = {
  name: 's3',
  service: 'S3',
  isOne: ({ Event, Records: records, ...envelope }) =>
    (Event === 's3:TestEvent' && records === undefined) ||
    (Array.isArray(records) && records.some(isOfStore)) ||
    (isOfStore(envelope) && 's3' in envelope),
  unwrap(envelope, record) {
    const { Records: records = isOfStore(envelope) ? [envelope] : [] } = envelope;
    const created = (records as readonly unknown[]).map(createdObject);
    const rejection = created.find((each) => each !== undefined && 'code' in each);
    if (rejection) return rejection as Rejection;
    const objects = created.filter((each): each is RowsObject => each !== undefined && !('code' in each));
    return { record, objects: objects.filter(isOfRows) };
  },
};

/** S3, and stores that speak as it does. */
const isOfStore = (each: unknown) => isObject(each) && /^(?:aws|minio|ceph):s3$/.test(String(each['eventSource']));

/** @out  undefined: the record tells of something else than a new object */
function createdObject(notice: unknown): RowsObject | Rejection | undefined {
  if (!isObject(notice) || !isOfStore(notice)) return unfit('S3', 'a record is not of S3');
  const { eventName, s3 } = notice;
  if (typeof eventName !== 'string') return unfit('S3', 'a record has no eventName');
  if (!/^(?:s3:)?ObjectCreated:/.test(eventName)) return undefined;
  const { bucket, object } = isObject(s3) ? s3 : {};
  if (!isObject(bucket) || !isObject(object)) return unfit('S3', 'a record has no bucket, or no object');
  try {
    const key = decodeURIComponent(String(object['key']).replaceAll('+', ' '));
    return announcedObject(bucket, { ...object, key }, timeOfText(notice['eventTime']));
  } catch {
    return {
      code: 'POINTER_INVALID',
      detail: `A notification of S3 names a key that does not decode: ${JSON.stringify(String(object['key']).slice(0, 256))}.`,
    };
  }
}

/** @in  object: its key as it is in the bucket */
export function announcedObject({ name }: Json, object: Json, timeMs: number | undefined): RowsObject | Rejection {
  const { key } = object;
  if (typeof name !== 'string' || typeof key !== 'string' || name === '' || key === '')
    return unfit('S3', 'a record names no bucket, or no key');
  return {
    bucket: name,
    key,
    bytes: sizeOf(object['size']),
    attributes: attributesOfName(key),
    versionId: text(object['versionId']),
    etag: text(object['eTag']),
    sequencer: text(object['sequencer']),
    fields: fieldsOf({ timeMs, sequence: object['sequencer'], id: object['versionId'], bucket: name, key }),
  };
}

function sizeOf(size: unknown): number {
  const bytes = Number(textOf(size) ?? Number.NaN);
  return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : Number.POSITIVE_INFINITY;
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

function attributesOfName(key: string): SQSMessageAttributes {
  if (/\.csv(?:\.\w+)?$/i.test(key)) return { format: attribute('csv') };
  if (/\.(?:tsv|tab)(?:\.\w+)?$/i.test(key))
    return { format: attribute('csv'), csv: attribute('{"column_separator":"\\t"}') };
  return /\.(?:json|ndjson|jsonl)(?:\.\w+)?$/i.test(key) ? { format: attribute('json') } : {};
}

/** Folders, empty objects, and the marks that Hadoop leaves when a job is done, carry no rows. */
export const isOfRows = ({ bytes, key }: RowsObject): boolean =>
  bytes !== 0 && !key.endsWith('/') && !/(?:^|\/)_SUCCESS$/.test(key);
