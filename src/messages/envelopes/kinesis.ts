import { type Envelope, isObject, recordsOf, unfit } from './envelope.ts';
import { isRejection, textsOfAll } from './envelope-bytes.ts';
import { timeOfEpoch } from './event-time.ts';

const source = 'aws:kinesis';

/**
 * A record of a Kinesis stream, as EventBridge Pipes send it, or records as a function gets them.
 *
 * @source  Kinesis event record of Lambda and Pipes
 */
export const kinesis: Envelope = {
  name: 'kinesis',
  service: 'Kinesis',
  isOne: (envelope) =>
    (envelope['eventSource'] === source && 'kinesisSchemaVersion' in envelope) ||
    recordsOf(envelope, source) !== undefined,
  unwrap(envelope, record, { maxInflatedBytes }) {
    const records = recordsOf(envelope, source) ?? [envelope];
    const flat = records.map((each) => (isObject(each['kinesis']) ? { ...each, ...each['kinesis'] } : each));
    const keys = flat.map(({ eventID, sequenceNumber }) => eventID ?? sequenceNumber);
    if (!keys.every((key) => typeof key === 'string')) return unfit('Kinesis', 'it has no eventID');
    const bodies = textsOfAll(
      'Kinesis',
      flat.map(({ data }) => data),
      maxInflatedBytes,
    );
    if (isRejection(bodies)) return bodies;
    const timeMs = timeOfEpoch(flat[0]?.['approximateArrivalTimestamp']);
    return { record, bodies, identity: { key: `kinesis:${keys.join()}`, timeMs } };
  },
};
