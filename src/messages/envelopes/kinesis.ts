import { isUtf8 } from 'node:buffer';
import { type Unwrap, unfit } from './envelope.ts';
import { timeOfEpoch } from './event-time.ts';

/** A record of a Kinesis stream, as EventBridge Pipes send it. @source  Kinesis event record of Lambda and Pipes */
export const unwrapKinesis: Unwrap = (envelope, record) => {
  const { eventSource, eventID, sequenceNumber, data } = envelope;
  if (eventSource !== 'aws:kinesis' || !('kinesisSchemaVersion' in envelope)) return undefined;
  const key = eventID ?? sequenceNumber;
  if (typeof data !== 'string' || typeof key !== 'string') return unfit('Kinesis', 'it has no data, or no eventID');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(data)) return unfit('Kinesis', 'data is expected to be base64');
  const bytes = Buffer.from(data, 'base64');
  const timeMs = timeOfEpoch(envelope['approximateArrivalTimestamp']);
  if (!isUtf8(bytes)) return { code: 'MESSAGE_NOT_TEXT', detail: 'The data of a Kinesis record are not UTF-8.' };
  return { record: { ...record, body: bytes.toString() }, identity: { key: `kinesis:${key}`, timeMs } };
};
