import { type Envelope, fieldsOf, isObject, unfit } from './envelope.ts';
import { timeOfText } from './event-time.ts';
import { announcedObject, isOfRows } from './s3-notification.ts';

/** An event of EventBridge: its detail is the row, or, of S3, the notice of an object. @source  EventBridge: event structure */
export const eventBridge: Envelope = {
  name: 'eventbridge',
  service: 'EventBridge',
  isOne: (envelope) =>
    envelope['version'] === '0' &&
    typeof envelope['detail-type'] === 'string' &&
    typeof envelope['source'] === 'string' &&
    'detail' in envelope,
  unwrap(envelope, record) {
    const { id, source, detail } = envelope;
    // Emulators leave the account out.
    if (typeof id !== 'string') return unfit('EventBridge', 'it has no id');
    if (!isObject(detail)) return unfit('EventBridge', 'detail is expected to be an object');
    // A schedule without an input of its own tells the time, and nothing else.
    if (source === 'aws.events' && Object.keys(detail).length === 0) return { record, objects: [] };
    const timeMs = timeOfText(envelope['time']);
    const identity = { key: `eventbridge:${id}`, timeMs };
    const fields = fieldsOf({ timeMs, id, source, topic: envelope['detail-type'] });
    if (source !== 'aws.s3') return { record: { ...record, body: JSON.stringify(detail) }, identity, fields };
    // Deleted, tagged, archived: S3 tells much that brings no rows.
    if (envelope['detail-type'] !== 'Object Created') return { record, objects: [] };
    const { bucket, object } = detail;
    if (!isObject(bucket) || !isObject(object))
      return unfit('EventBridge', 'an Object Created without bucket or object');
    const { key, size, etag, sequencer } = object;
    // Here, other than in notifications of S3 itself, the key is not encoded.
    const announced = announcedObject(
      bucket,
      { key, size, eTag: etag, versionId: object['version-id'], sequencer },
      timeMs,
    );
    if ('code' in announced) return announced;
    return { record, objects: [announced].filter(isOfRows), fields };
  },
};
