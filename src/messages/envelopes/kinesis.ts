import { isUtf8 } from 'node:buffer';
import { type Unwrap, unfit } from './envelope.ts';

/** A record of a Kinesis stream, as EventBridge Pipes send it. @source  Kinesis event record of Lambda and Pipes */
export const unwrapKinesis: Unwrap = (envelope, record) => {
  const { eventSource, eventID, sequenceNumber, data } = envelope;
  if (eventSource !== 'aws:kinesis' || !('kinesisSchemaVersion' in envelope)) return undefined;
  const identity = eventID ?? sequenceNumber;
  if (typeof data !== 'string' || typeof identity !== 'string')
    return unfit('Kinesis', 'it has no data, or no eventID');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(data)) return unfit('Kinesis', 'data is expected to be base64');
  const bytes = Buffer.from(data, 'base64');
  if (!isUtf8(bytes)) return { code: 'MESSAGE_NOT_TEXT', detail: 'The data of a Kinesis record are not UTF-8.' };
  return { record: { ...record, body: bytes.toString() }, identity: `kinesis:${identity}` };
};
